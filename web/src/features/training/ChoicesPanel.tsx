import { Table, Text } from "@mantine/core";
import { className, TUMOR_CLASSES } from "../../queries/classes.ts";
import type { TrainingChoices } from "../../queries/training.ts";
import { Caution } from "../../ui/Caution.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import classes from "./Training.module.css";

/** What is annotated, what is kept for the certificate, what is replayed, and what is in the way. */
export function ChoicesPanel({ choices }: { readonly choices: TrainingChoices }) {
  const { annotated, held_out: heldOut, replay, problem } = choices;
  return (
    <Panel title="What there is to learn from">
      {problem ? (
        <ProblemNote detail={problem.problem} fix={problem.fix} title="Cannot train yet" />
      ) : null}
      <Table className={classes.counts}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Annotated slices</Table.Th>
            <Table.Th>learned from</Table.Th>
            <Table.Th>kept for the certificate</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {TUMOR_CLASSES.map((label) => (
            <Table.Tr key={label}>
              <Table.Td>{className(label)}</Table.Td>
              <Table.Td>{annotated.by_class[label] ?? 0}</Table.Td>
              <Table.Td>{heldOut.by_class[label] ?? 0}</Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr className={classes.total ?? ""}>
            <Table.Td>All</Table.Td>
            <Table.Td>{annotated.slices}</Table.Td>
            <Table.Td>{heldOut.slices}</Table.Td>
          </Table.Tr>
          <Table.Tr>
            <Table.Td>Patients</Table.Td>
            <Table.Td>{annotated.patients}</Table.Td>
            <Table.Td>{heldOut.patients}</Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
      <Text c="dark.1" fz="xs" mt={6}>
        About a third of the patients is never learned from: only on them can the certificate tell
        whether the network became better. Which ones is decided by their pseudonym, for good.
      </Text>
      <Text component="h3" fw={600} fz="xs" mb={2} mt="sm">
        Replayed, so that nothing is forgotten
      </Text>
      <ul className={classes.list}>
        {replay.map(({ source, about, slices }) => (
          <li key={source}>
            {about} {slices === null ? "" : <strong>{slices}</strong>}
          </li>
        ))}
      </ul>
      {choices.cautions.map((caution) => (
        <Caution key={caution}>{caution}</Caution>
      ))}
    </Panel>
  );
}
