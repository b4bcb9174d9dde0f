import { Text, UnstyledButton } from "@mantine/core";
import type { Analysis } from "../../queries/analyses.ts";
import { className } from "../../queries/classes.ts";
import type { Series } from "../../queries/studies.ts";
import { counted, inPercent } from "../../ui/words.ts";
import { findingOf } from "./findings.ts";
import classes from "./ReadingPage.module.css";

interface Props {
  readonly series: readonly Series[];
  readonly analysis: Analysis | null;
  readonly current: string;
  readonly onChoose: (seriesId: string) => void;
}

/** The series of a study, each with its own decision. */
export function SeriesList({ series, analysis, current, onChoose }: Props) {
  return (
    <nav aria-label="Series" className={classes.seriesList}>
      {series.map((one) => {
        const decision = findingOf(analysis, one.id)?.decision;
        return (
          <UnstyledButton
            aria-current={one.id === current}
            className={classes.seriesRow}
            key={one.id}
            onClick={() => onChoose(one.id)}
          >
            <Text fw={600} fz="sm">
              {one.role_name}
            </Text>
            {one.description ? (
              <Text c="dark.1" fz="xs" truncate>
                {one.description}
              </Text>
            ) : null}
            <Text c="dark.1" fz="xs">
              {one.shape ? one.shape.join(" × ") : counted(one.slices?.length ?? 0, "slice")}
            </Text>
            {decision ? (
              <Text fz="xs">
                {className(decision.label)} {inPercent(decision.p_label)}
              </Text>
            ) : null}
          </UnstyledButton>
        );
      })}
    </nav>
  );
}
