import { Loader, Text } from "@mantine/core";
import { problemOf } from "../../client/api.ts";
import type { Analysis } from "../../queries/analyses.ts";
import { className } from "../../queries/classes.ts";
import type { Target } from "../../queries/explanations.ts";
import { type Sequences, useSequences } from "../../queries/sequences.ts";
import type { Study } from "../../queries/studies.ts";
import { Panel } from "../../ui/Panel.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { inScore } from "./compare/replaced.ts";
import classes from "./SequencesPanel.module.css";

interface Props {
  readonly study: Study;
  readonly analysis: Analysis;
  /** The class that is explained. */
  readonly target: string;
}

/** Rounding apart, the shares must sum to the score. */
const SAME = 1e-6;

/** How much every sequence has in the answer on the study; nothing where only one was answered. */
export function SequencesPanel({ study, analysis, target }: Props) {
  const answered = analysis.series.filter(({ decision, slices }) => decision || slices.length > 0);
  const isWanted = answered.length > 1;
  const found = useSequences(study.id, analysis.id, target as Target, isWanted);
  if (!isWanted) {
    return null;
  }
  return (
    <Panel
      aside={found.isPending ? <Loader aria-label="Weighing" role="status" size={14} /> : null}
      title="Sequences"
    >
      {found.error ? <ProblemNote {...problemOf(found.error)} /> : null}
      {found.data ? <Shares sequences={found.data} study={study} /> : null}
    </Panel>
  );
}

function Shares({ sequences, study }: { readonly sequences: Sequences; readonly study: Study }) {
  const { shares, total, target, speaks } = sequences;
  const titles = new Map(study.series?.map((one) => [one.id, one.role_name]));
  const most = Math.max(...shares.map(({ share }) => Math.abs(share)), 1e-9);
  const sum = shares.reduce((all, { share }) => all + share, 0);
  const isWhole = Math.abs(sum - total) <= SAME * Math.max(1, Math.abs(total));
  return (
    <>
      <Text fz="xs" mb={8}>
        How much each sequence adds to the answer {className(target)}, or takes from it.
      </Text>
      <ul aria-label="Shares of the sequences" className={classes.bars}>
        {shares.map(({ series_id, share, alone }) => (
          <li
            className={classes.bar}
            data-speaks={series_id === speaks || undefined}
            key={series_id}
            title={`On its own: ${inScore(alone)}`}
          >
            <span>{titles.get(series_id) ?? series_id}</span>
            <span className={classes.track}>
              <span
                className={classes.fill}
                data-against={share < 0 || undefined}
                style={{ width: `${(50 * Math.abs(share)) / most}%` }}
              />
            </span>
            <span className={classes.number}>{inScore(share)}</span>
          </li>
        ))}
      </ul>
      <Text c="dark.1" component="div" fz="xs" mt={10}>
        {isWhole ? (
          <>
            Checked: the shares sum to the score of the study, {inScore(total)} logits above the
            mean of all four classes.{" "}
          </>
        ) : (
          <strong>
            Check failed: the shares sum to {inScore(sum)}, the score of the study is{" "}
            {inScore(total)}. Do not rely on them.{" "}
          </strong>
        )}
        {titles.get(speaks) ?? "One sequence"} speaks for the study. The share of another says what
        it would add if some of the others were missing, averaged over all ways to leave some out.
      </Text>
    </>
  );
}
