import { Text } from "@mantine/core";
import type { CSSProperties } from "react";
import type { GridSlice } from "../../queries/validation.ts";
import { inPercent } from "../../ui/words.ts";
import classes from "./Validation.module.css";
import { REGION_NAMES } from "./words.ts";

const FROM: Readonly<Record<string, string>> = {
  reader: "The tumor was outlined by a reader.",
  predicted: "The tumor was outlined by the segmentation network, not by a person.",
  none: "The answer of readers is that there is no tumor.",
  "not known":
    "Nobody has outlined a tumor here: whether the evidence lies on it cannot be told. Mark it in the reading room and analyze the study again.",
};

/** How the evidence for the answer is shared out over the regions of the picture. */
export function FocusBars({ slice }: { readonly slice: GridSlice }) {
  const { focus } = slice;
  if (!focus) {
    return (
      <Text c="dark.1" fz="xs">
        This slice was analyzed before regions were counted. Analyze its study again.
      </Text>
    );
  }
  const known = Object.entries(focus.fractions).filter(
    (pair): pair is [string, number] => pair[1] !== null,
  );
  return (
    <>
      {known.length === 0 ? (
        <Text c="dark.1" fz="xs">
          Nothing in the picture speaks for the answer.
        </Text>
      ) : (
        <table aria-label="Evidence by region" className={classes.bars}>
          <thead>
            <tr>
              <th scope="col">Region</th>
              <th scope="col">Evidence</th>
              <th scope="col">
                <abbr title="Evidence per area, compared with the whole picture">Density</abbr>
              </th>
            </tr>
          </thead>
          <tbody>
            {known.map(([region, fraction]) => {
              const dense = focus.enrichment[region as keyof typeof focus.enrichment];
              return (
                <tr key={region}>
                  <th scope="row">{REGION_NAMES[region] ?? region}</th>
                  <td>
                    <span
                      className={classes.bar}
                      style={{ "--share": fraction } as CSSProperties}
                    />
                    {inPercent(fraction)}
                  </td>
                  <td>{dense === null || dense === undefined ? "–" : times(dense)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <p className={classes.fine}>{FROM[focus.tumor_from]}</p>
      {focus.flags.map((flag) => (
        <p className={classes.flag} key={flag}>
          {flag.charAt(0).toUpperCase() + flag.slice(1)}
        </p>
      ))}
    </>
  );
}

/** Twice as dense is 2 x, half as dense ½; from the binary logarithm. */
export function times(log2: number): string {
  const factor = 2 ** log2;
  if (factor < 0.1) {
    return "< 0.1 ×";
  }
  return `${factor < 10 ? factor.toFixed(1) : Math.round(factor)} ×`;
}
