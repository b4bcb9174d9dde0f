import { Text } from "@mantine/core";
import { Fragment, type ReactNode, useMemo } from "react";
import type { Volumetry } from "../../../queries/volumetry.ts";
import { Panel } from "../../../ui/Panel.tsx";
import { counted, inPercent } from "../../../ui/words.ts";
import { useViewer } from "../../../viewer/store.ts";
import { Swatch } from "./LayersPanel.tsx";
import {
  drawnRows,
  inDigits,
  lesionRows,
  NOT_ASSESSED,
  otherRows,
  overlapOf,
  type Row,
  regionRows,
  vasariRows,
} from "./rows.ts";
import classes from "./Volumetry.module.css";

interface Props {
  readonly volumetry: Volumetry;
}

/** All that was measured; a row leads to where it was taken and tells how. */
export function MeasurementsPanel({ volumetry }: Props) {
  const regions = useMemo(() => regionRows(volumetry), [volumetry]);
  const lesions = useMemo(() => lesionRows(volumetry), [volumetry]);
  const drawn = useMemo(() => drawnRows(volumetry), [volumetry]);
  const others = useMemo(() => otherRows(volumetry), [volumetry]);
  const vasari = useMemo(() => vasariRows(volumetry), [volumetry]);
  const assessed = vasari.filter(({ value }) => value !== NOT_ASSESSED).length;
  return (
    <>
      <Panel title="Volumes">
        <Table
          heads={["Region", "Volume", "Interval", "Overlap"]}
          label="Volumes"
          last={({ code }) => overlapOf(volumetry, code)}
          rows={regions}
        />
        <Hint>
          {volumetry.model ? "Overlap: the Dice to expect with an expert's outline. " : ""}Choose a
          row to see how it was measured and to go there.
        </Hint>
      </Panel>
      <Panel title={counted(lesions.length, "lesion")}>
        {lesions.length > 0 ? (
          <Table heads={["Lesion", "Volume", "Diameters"]} label="Lesions" rows={lesions} />
        ) : (
          <Hint>
            {volumetry.model
              ? "No lesion was outlined. If you see one, look at the uncertainty layer (U) and the cautions."
              : "The given segmentation holds no lesion."}
          </Hint>
        )}
      </Panel>
      {drawn.length > 0 ? (
        <Panel title="Drawn on the images">
          <Table heads={["Measurement", "Value", "Interval"]} label="Drawn" rows={drawn} />
        </Panel>
      ) : null}
      <Evidence volumetry={volumetry} />
      <More count={others.length} title="More numbers">
        <Table heads={["Measurement", "Value", "Interval"]} label="More numbers" rows={others} />
        <Hint>WT whole tumor, TC tumor core, ET enhancing, NCR necrosis, ED edema.</Hint>
      </More>
      <More count={vasari.length} title={`VASARI, ${assessed} of ${vasari.length} assessed`}>
        <Table heads={["Feature", "Value"]} label="VASARI" rows={vasari} />
      </More>
      <More count={volumetry.steps.length + volumetry.sequences.length} title="How it was made">
        <Preparation volumetry={volumetry} />
      </More>
    </>
  );
}

interface TableProps {
  readonly label: string;
  readonly heads: readonly string[];
  readonly rows: readonly Row[];
  /** A fourth cell. */
  readonly last?: (row: Row) => string;
}

function Table({ label, heads, rows, last }: TableProps) {
  return (
    <table aria-label={label} className={classes.table}>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <TableRow columns={heads.length} key={row.key} last={last?.(row)} row={row} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly row: Row;
  readonly columns: number;
  readonly last: string | undefined;
}

function TableRow({ row, columns, last }: RowProps) {
  const { measurement, set } = useViewer();
  const isChosen = measurement === row.key;
  const choose = () => {
    if (isChosen) {
      set({ measurement: "" });
    } else {
      set({ measurement: row.key, ...(row.place ? { crosshair: row.place } : {}) });
    }
  };
  const cells = [row.value, row.more, last].slice(0, columns - 1);
  return (
    <Fragment>
      <tr className={classes.measure} data-chosen={isChosen} title={row.how}>
        <th scope="row">
          <button aria-expanded={isChosen} onClick={choose} type="button">
            {row.code ? <Swatch code={row.code} /> : null}
            <span>{row.name}</span>
          </button>
        </th>
        {cells.map((cell, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the cells of a row never change places
          <td data-open={cell === NOT_ASSESSED} key={at}>
            {cell}
          </td>
        ))}
      </tr>
      {isChosen ? (
        <tr>
          <td className={classes.how} colSpan={columns}>
            {row.how || "No note was kept of how this was taken."}
            {row.place ? null : " It belongs to no single place."}
          </td>
        </tr>
      ) : null}
    </Fragment>
  );
}

function Evidence({ volumetry: { evidence } }: Props) {
  if (!evidence) {
    return null;
  }
  const { target, consistency, p_value, removed_share, dropped_ml, threshold, overlap } = evidence;
  const facts: readonly (readonly [string, string, string])[] = [
    ["For the class", target, "The class whose evidence was fused."],
    [
      "Agreement of the axes",
      consistency === null ? "not tested" : inDigits(consistency),
      "How far axial, coronal and sagittal slices point to the same places.",
    ],
    [
      "By chance",
      p_value === null ? "not tested" : `p = ${inDigits(p_value)}`,
      "How often maps of the same shape, moved at random, agree as well.",
    ],
    [
      "On the segmented tumor",
      overlap
        ? `${inPercent(overlap.share_on_tumor)}, peak ${overlap.peak_on_tumor ? "on it" : "beside it"}`
        : "not compared",
      overlap
        ? `By chance it would be ${inPercent(overlap.tumor_share)}: that share of the volume is tumor.`
        : "No tumor was segmented, or the evidence speaks for none.",
    ],
    ["Threshold", inDigits(threshold), "In units of strong evidence; the outermost shell."],
    [
      "Outside the brain",
      removed_share === null ? "unknown" : inPercent(removed_share),
      "The share of the evidence that was taken away with all that is not brain.",
    ],
    ["Dropped islands", `${inDigits(dropped_ml)} ml`, "Small pieces above the threshold."],
  ];
  return (
    <Panel title="Evidence in three axes">
      <dl className={classes.facts}>
        {facts.map(([name, value, how]) => (
          <div key={name} title={how}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function Preparation({ volumetry: { sequences, steps, model } }: Props) {
  return (
    <div className={classes.steps}>
      <ol>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <ul>
        {sequences.map(({ role, moved_mm, turned_deg }) => (
          <li key={role}>
            {role}: moved {inDigits(moved_mm)} mm, turned {inDigits(turned_deg)}°
          </li>
        ))}
      </ul>
      <p>
        {model
          ? `Segmented by ${model.name}, version ${model.version} (${model.sha256.slice(0, 12)}).`
          : "The outlines were given, not computed."}
      </p>
    </div>
  );
}

function More({ title, count, children }: { title: string; count: number; children: ReactNode }) {
  return count > 0 ? (
    <details className={classes.more}>
      <summary>{title}</summary>
      {children}
    </details>
  ) : null;
}

function Hint({ children }: { children: ReactNode }) {
  return (
    <Text c="dark.1" fz="xs" mt={6}>
      {children}
    </Text>
  );
}
