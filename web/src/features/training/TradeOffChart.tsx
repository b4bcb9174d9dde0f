import { Text } from "@mantine/core";
import type { TrainingRun } from "../../queries/training.ts";
import { Chart } from "../../ui/Chart.tsx";
import type { Place } from "../../ui/chartData.ts";
import { COLORS, tradeOffOf } from "./curves.ts";

/** What more room for the classes bought; nothing while fewer than two bounds have ended. */
export function TradeOffChart({ runs }: { readonly runs: readonly TrainingRun[] }) {
  const found = tradeOffOf(runs);
  if (new Set(found.map(({ epsilon }) => epsilon)).size < 2) {
    return null;
  }
  const closed = found.filter(({ isFeasible }) => !isFeasible).map(({ epsilon }) => epsilon);
  const places = (read: (one: (typeof found)[number]) => number | null): Place[] =>
    found.map((one) => [one.epsilon, read(one)]);
  return (
    <div>
      <Chart
        about="At the weights each training kept, by the bound ε it was given."
        curves={[
          { name: "evidence on marks", color: COLORS[0], points: places(({ energy }) => energy) },
          {
            name: "balanced accuracy",
            color: COLORS[1],
            points: places(({ accuracy }) => accuracy),
          },
        ]}
        range={[0, 1]}
        title="What more room buys"
        xName="ε"
      />
      {closed.length > 0 ? (
        <Text c="yellow.4" fz="xs" mt={4}>
          With ε {closed.join(", ")} no step kept the bounds: the values there are those of before.
        </Text>
      ) : null}
    </div>
  );
}
