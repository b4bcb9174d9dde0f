import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";

interface Props {
  readonly label: string;
  readonly count: number;
  readonly rowHeight: number;
  /** Kept in view when it changes. */
  readonly current?: number | undefined;
  readonly height?: string | number;
  readonly row: (index: number) => ReactNode;
}

/** A long list of which only the rows in view are in the page. */
export function VirtualList({ label, count, rowHeight, current, height = "100%", row }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count,
    estimateSize: () => rowHeight,
    getScrollElement: () => box.current,
    overscan: 8,
    initialRect: { width: 200, height: 600 },
  });
  useEffect(() => {
    if (current !== undefined && current >= 0) {
      rows.scrollToIndex(current, { align: "auto" });
    }
  }, [current, rows]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section aria-label={label} ref={box} style={{ height, overflowY: "auto" }} tabIndex={0}>
      <ul
        style={{
          height: rows.getTotalSize(),
          position: "relative",
          margin: 0,
          padding: 0,
          listStyle: "none",
        }}
      >
        {rows.getVirtualItems().map((item) => (
          <li
            key={item.key}
            style={{
              position: "absolute",
              insetInline: 0,
              height: item.size,
              transform: `translateY(${item.start}px)`,
            }}
          >
            {row(item.index)}
          </li>
        ))}
      </ul>
    </section>
  );
}
