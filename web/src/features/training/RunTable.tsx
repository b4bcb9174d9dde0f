import { Checkbox, Table, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { Link } from "react-router";
import { isTraining, type TrainingRun } from "../../queries/training.ts";
import { short } from "../../ui/chartData.ts";
import { Panel } from "../../ui/Panel.tsx";
import { inTime } from "../../ui/words.ts";
import { keptPoint, runName } from "./curves.ts";
import classes from "./Training.module.css";
import { OUTCOME_WORDS, stateWords } from "./words.ts";

interface Props {
  readonly runs: readonly TrainingRun[];
  readonly shown: string;
  readonly compared: readonly string[];
  readonly onOpen: (id: string) => void;
  readonly onCompare: (ids: readonly string[]) => void;
}

/** Most curves on common axes that can still be told apart. */
const MOST = 6;

/** All trainings, newest first: what was asked, what came of it, and which to compare. */
export function RunTable({ runs, shown, compared, onOpen, onCompare }: Props) {
  const toggle = (id: string) =>
    onCompare(compared.includes(id) ? compared.filter((one) => one !== id) : [...compared, id]);
  return (
    <Panel
      aside={
        <Text c="dark.1" fz="xs">
          Tick two or more to compare them
        </Text>
      }
      title="Trainings"
    >
      <Table.ScrollContainer maxHeight={260} minWidth={560}>
        <Table className={classes.runs}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={34}>
                <VisuallyHidden>Compare</VisuallyHidden>
              </Table.Th>
              <Table.Th>Training</Table.Th>
              <Table.Th w={92}>State</Table.Th>
              <Table.Th w={118}>Evidence on marks</Table.Th>
              <Table.Th className={classes.accuracy} w={118}>
                Accuracy
              </Table.Th>
              <Table.Th w={96}>Certificate</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {runs.map((run) => (
              <Table.Tr data-shown={run.id === shown || undefined} key={run.id}>
                <Table.Td>
                  <Checkbox
                    aria-label={`Compare ${runName(run)}`}
                    checked={compared.includes(run.id)}
                    disabled={!compared.includes(run.id) && compared.length >= MOST}
                    onChange={() => toggle(run.id)}
                    size="xs"
                  />
                </Table.Td>
                <Table.Td>
                  <UnstyledButton
                    aria-pressed={run.id === shown}
                    className={classes.open ?? ""}
                    onClick={() => onOpen(run.id)}
                  >
                    {runName(run)}
                  </UnstyledButton>
                  <Text c="dark.1" fz="xs">
                    {inTime(run.created)}
                    {run.actor ? `, ${run.actor}` : ""}
                  </Text>
                </Table.Td>
                <Table.Td>
                  {run.outcome ? OUTCOME_WORDS[run.outcome.status] : stateWords(run)}
                </Table.Td>
                <Changes run={run} />
                <Table.Td>
                  {run.model_id && run.verdict ? (
                    <Link to={`/models/${run.model_id}/certificate`}>{run.verdict}</Link>
                  ) : (
                    "–"
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}

/** From the first point to the weights that were kept, or to the newest while it runs. */
function Changes({ run }: { run: TrainingRun }) {
  const first = run.points[0];
  const last = isTraining(run) ? run.points.at(-1) : (keptPoint(run) ?? run.points.at(-1));
  const words = (from: number | null | undefined, to: number | null | undefined) =>
    from == null && to == null ? "–" : `${short(from)} → ${short(to)}`;
  return (
    <>
      <Table.Td className={classes.number}>
        {words(first?.held_out_energy ?? first?.energy, last?.held_out_energy ?? last?.energy)}
      </Table.Td>
      <Table.Td className={`${classes.number} ${classes.accuracy}`}>
        {words(first?.held_out_accuracy, last?.held_out_accuracy)}
      </Table.Td>
    </>
  );
}
