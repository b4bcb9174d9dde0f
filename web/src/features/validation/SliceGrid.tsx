import { useElementSize } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { className } from "../../queries/classes.ts";
import type { Tile } from "../../queries/tiles.ts";
import { blocksOf, type GridSlice, useRows, useTiles } from "../../queries/validation.ts";
import { inPercent } from "../../ui/words.ts";
import { TilePicture } from "./TilePicture.tsx";
import classes from "./Validation.module.css";
import { isRight, labelOf, marksOf, valueName } from "./words.ts";

interface Props {
  readonly ids: readonly number[];
  /** Place of the current slice in `ids`. */
  readonly current: number;
  readonly hasOverlay: boolean;
  readonly onChoose: (place: number) => void;
  readonly onOpen: (slice: GridSlice) => void;
  /** How many stand in a row: what an arrow up or down moves by. */
  readonly onColumns: (columns: number) => void;
}

const GAP = 8;
const LEAST = 148; // CSS pixels a tile
const CAPTION = 42;

/** All slices that match; only those in sight are in the page, and only theirs are asked for. */
export function SliceGrid({ ids, current, hasOverlay, onChoose, onOpen, onColumns }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { ref: size, width } = useElementSize();
  const columns = Math.max(1, Math.floor((width + GAP) / (LEAST + GAP)));
  const side = width > 0 ? Math.floor((width - GAP * (columns - 1)) / columns) : LEAST;
  const rows = useVirtualizer({
    count: Math.ceil(ids.length / columns),
    estimateSize: () => side + CAPTION + GAP,
    getScrollElement: () => box.current,
    overscan: 2,
    initialRect: { width: 800, height: 700 },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows are measured anew when tiles change their size
  useEffect(() => rows.measure(), [side]);
  useEffect(() => onColumns(columns), [columns, onColumns]);
  useEffect(() => {
    if (current < ids.length) {
      rows.scrollToIndex(Math.floor(current / columns), { align: "auto" });
    }
  }, [current, columns, rows, ids.length]);

  // Whoever comes here moves by keys at once.
  useEffect(() => box.current?.focus({ preventScroll: true }), []);

  const shown = rows.getVirtualItems();
  const first = (shown[0]?.index ?? 0) * columns;
  const last = ((shown.at(-1)?.index ?? 0) + 1) * columns - 1;
  const blocks = blocksOf(ids, first, last);
  const [slices, tiles] = [useRows(blocks), useTiles(blocks)];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table cannot be virtual
    <div
      aria-activedescendant={ids[current] === undefined ? undefined : `slice-${ids[current]}`}
      aria-colcount={columns}
      aria-label="Slices"
      aria-rowcount={Math.ceil(ids.length / columns)}
      className={classes.grid}
      onKeyDown={({ key }) => {
        const slice = slices.get(ids[current] ?? 0);
        if (key === "Enter" && slice) {
          onOpen(slice);
        }
      }}
      ref={box}
      role="grid"
      tabIndex={0}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a table cannot be virtual */}
      <div ref={size} role="rowgroup" style={{ height: rows.getTotalSize(), position: "relative" }}>
        {shown.map((row) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus for its cells
          // biome-ignore lint/a11y/useSemanticElements: a table cannot be virtual
          <div
            aria-rowindex={row.index + 1}
            className={classes.tiles}
            key={row.key}
            role="row"
            style={{ transform: `translateY(${row.start}px)`, gap: GAP }}
          >
            {ids.slice(row.index * columns, (row.index + 1) * columns).map((id, column) => (
              <Cell
                column={column}
                hasOverlay={hasOverlay}
                id={id}
                isCurrent={row.index * columns + column === current}
                key={id}
                onChoose={() => onChoose(row.index * columns + column)}
                onOpen={onOpen}
                side={side}
                slice={slices.get(id)}
                tile={tiles.get(id)}
              />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

interface CellProps {
  readonly id: number;
  readonly column: number;
  readonly slice: GridSlice | undefined;
  readonly tile: Tile | undefined;
  readonly side: number;
  readonly hasOverlay: boolean;
  readonly isCurrent: boolean;
  readonly onChoose: () => void;
  readonly onOpen: (slice: GridSlice) => void;
}

function Cell({ id, column, slice, tile, side, hasOverlay, isCurrent, ...on }: CellProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the page's keys move and open
    // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus for its cells
    // biome-ignore lint/a11y/useSemanticElements: a table cannot be virtual
    <div
      aria-colindex={column + 1}
      aria-label={slice ? labelOf(slice) : "Loading"}
      aria-selected={isCurrent}
      className={classes.tile}
      data-right={slice ? isRight(slice) : null}
      id={`slice-${id}`}
      onClick={on.onChoose}
      onDoubleClick={() => slice && on.onOpen(slice)}
      role="gridcell"
      style={{ width: side, height: side + CAPTION }}
    >
      <div className={classes.frame} style={{ height: side - 4 }}>
        {tile?.picture ? (
          <TilePicture
            hasOverlay={hasOverlay}
            isGray={slice?.passport === "failed"}
            label=""
            side={side - 4}
            tile={tile}
          />
        ) : (
          <span className={classes.waiting}>{tile ? "Analyze again for a picture" : ""}</span>
        )}
        {slice ? <Badges slice={slice} /> : null}
      </div>
      <div className={classes.caption}>{slice ? <Caption slice={slice} /> : null}</div>
    </div>
  );
}

interface PartProps {
  readonly slice: GridSlice;
}

function Badges({ slice }: PartProps) {
  return (
    <>
      {slice.verdict === "none" ? null : (
        <span className={classes.said} data-verdict={slice.verdict}>
          {valueName("verdict", slice.verdict)}
        </span>
      )}
      <span className={classes.marks}>
        {marksOf(slice).map((mark) => (
          <span className={classes.mark} key={mark}>
            {mark}
          </span>
        ))}
      </span>
    </>
  );
}

const SIGNS = { true: "✓ ", false: "✗ ", null: "" } as const;

function Caption({ slice }: PartProps) {
  const right = isRight(slice);
  return (
    <>
      <span className={classes.answer} data-right={right}>
        {SIGNS[`${right}`]}
        {className(slice.predicted).replace("Pituitary tumor", "Pituitary")}{" "}
        {inPercent(slice.p_predicted)}
      </span>
      <span className={classes.from}>
        {right === false ? `readers: ${valueName("truth", slice.truth)}` : slice.pseudonym}
      </span>
    </>
  );
}
