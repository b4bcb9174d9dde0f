import { Text } from "@mantine/core";
import type { TrainingRun } from "../../queries/training.ts";
import { Chart } from "../../ui/Chart.tsx";
import { comparisonOf } from "./curves.ts";
import { TradeOffChart } from "./TradeOffChart.tsx";
import classes from "./Training.module.css";

/** Several trainings on the same axes. */
export function ComparisonView({ runs }: { readonly runs: readonly TrainingRun[] }) {
  const panels = comparisonOf(runs);
  return (
    <section aria-label="Comparison">
      <Text component="h2" fw={600} fz="md" p="sm" pb={0}>
        {runs.length} trainings compared
      </Text>
      <div className={classes.charts}>
        {panels.map((panel) => (
          <Chart key={panel.title} xName="Step" {...panel} />
        ))}
        <TradeOffChart runs={runs} />
      </div>
      {panels.length === 0 ? (
        <Text c="dark.1" fz="sm">
          None of them has come to its first look yet.
        </Text>
      ) : null}
    </section>
  );
}
