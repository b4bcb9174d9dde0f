import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { Table, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import classes from "./Chart.module.css";
import { aligned, type Curve, short } from "./chartData.ts";

interface Props {
  readonly title: string;
  /** How to read it, in a sentence. */
  readonly about: string;
  readonly xName: string;
  readonly curves: readonly Curve[];
  /** A line that means something: a bound, or what there was before. */
  readonly bound?: { readonly value: number; readonly name: string };
  /** The axis never shows less than this. */
  readonly range?: readonly [low: number, high: number];
  readonly height?: number;
}

const INK = "#a4adba";
const GRID = { stroke: "#232a33", width: 1 };
const BOUND = "#d6dbe3";

/** Curves over a common axis; the numbers stand below, for those who do not see curves. */
export function Chart({ title, about, xName, curves, bound, range, height = 170 }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = bound ? [...curves, boundCurve(curves, bound)] : curves;
  const data = aligned(shown) as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  const look = JSON.stringify([
    xName,
    range,
    height,
    shown.map(({ name, color, isDashed }) => [name, color, isDashed]),
  ]);

  useEffect(() => {
    if (!box.current) {
      return;
    }
    const made = new uPlot(
      optionsOf(JSON.parse(look), box.current.clientWidth),
      latest.current,
      box.current,
    );
    plot.current = made;
    showNewest(made);
    const watch = new ResizeObserver(([entry]) => {
      if (entry) {
        made.setSize({ width: entry.contentRect.width, height: made.height });
      }
    });
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [look]);

  const values = JSON.stringify(data);
  useEffect(() => {
    if (plot.current) {
      plot.current.setData(JSON.parse(values));
      showNewest(plot.current);
    }
  }, [values]);

  return (
    <figure aria-label={title} className={classes.chart}>
      <figcaption>
        <Text fw={600} fz="sm">
          {title}
        </Text>
        <Text c="dark.1" fz="xs">
          {about}
        </Text>
      </figcaption>
      <div aria-hidden="true" className={classes.plot} ref={box} />
      <details className={classes.numbers}>
        <summary>Numbers</summary>
        <Numbers curves={shown} data={data} title={title} xName={xName} />
      </details>
    </figure>
  );
}

function boundCurve(curves: readonly Curve[], bound: { value: number; name: string }): Curve {
  const xs = curves.flatMap(({ points }) => points.map(([x]) => x));
  const ends = xs.length > 0 ? [Math.min(...xs), Math.max(...xs)] : [];
  return {
    name: bound.name,
    color: BOUND,
    isDashed: true,
    points: ends.map((x) => [x, bound.value] as const),
  };
}

/** While no pointer is over the curves, their newest values stand below. */
function showNewest(plot: uPlot): void {
  if (plot.cursor.idx === null || plot.cursor.idx === undefined) {
    plot.setLegend({ idx: Math.max(0, plot.data[0].length - 1) }, false);
  }
}

type Look = [
  xName: string,
  range: [number, number] | null,
  height: number,
  curves: [name: string, color: string, isDashed: boolean | null][],
];

function optionsOf([xName, range, height, curves]: Look, width: number): uPlot.Options {
  const [low, high] = range ?? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const axis = { stroke: INK, grid: GRID, ticks: GRID, font: "12px system-ui, sans-serif" };
  return {
    width,
    height,
    scales: {
      x: { time: false },
      y: {
        range: (_, least, most) => {
          const [from, to] = [Math.min(least ?? 0, low), Math.max(most ?? 1, high)];
          const margin = (to - from || 1) * 0.06;
          return [from - margin, to + margin];
        },
      },
    },
    axes: [
      { ...axis, size: 30 },
      { ...axis, size: 54, values: (_, splits) => splits.map(short) },
    ],
    legend: { markers: { width: 2 } },
    cursor: { drag: { x: false, y: false } },
    hooks: { setCursor: [showNewest] },
    series: [
      { label: xName },
      ...curves.map(
        ([label, stroke, isDashed]): uPlot.Series => ({
          label,
          stroke,
          width: 2,
          spanGaps: true,
          points: { show: !isDashed, size: 5 },
          value: (_, value) => short(value),
          ...(isDashed ? { dash: [6, 5], width: 1.5 } : {}),
        }),
      ),
    ],
  };
}

interface NumbersProps {
  readonly title: string;
  readonly xName: string;
  readonly curves: readonly Curve[];
  readonly data: uPlot.AlignedData;
}

function Numbers({ title, xName, curves, data }: NumbersProps) {
  const [xs, ...values] = data;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section aria-label={`Numbers of ${title}`} className={classes.scroll} tabIndex={0}>
      <Table className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{xName}</Table.Th>
            {curves.map(({ name }) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {[...xs].map((x, at) => (
            <Table.Tr key={x}>
              <Table.Td>{x}</Table.Td>
              {curves.map(({ name }, of) => (
                <Table.Td key={name}>{short(values[of]?.[at])}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
