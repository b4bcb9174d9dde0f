import { Table, Text } from "@mantine/core";
import type { Agreement } from "../../queries/readers.ts";
import { Panel } from "../../ui/Panel.tsx";
import { counted, inPercent } from "../../ui/words.ts";
import classes from "./Readers.module.css";
import { intervalWords, kappaWords } from "./words.ts";

/** How readers agree on what images show: their own answers, beyond what chance would give. */
export function AnswersPanel({ labels }: { readonly labels: NonNullable<Agreement["labels"]> }) {
  const { alpha, pairs } = labels;
  return (
    <div className={classes.box}>
      <Panel
        aside={
          <Text c="dark.1" fz="xs">
            {counted(alpha.n, "image")}, {counted(alpha.patients, "patient")}
          </Text>
        }
        title="How far readers agree on what images show"
      >
        <Text fz="sm" mb="xs">
          Krippendorff's alpha of all readers: <strong>{intervalWords(alpha)}</strong>
        </Text>
        <Table className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Two readers</Table.Th>
              <Table.Th>Cohen's kappa</Table.Th>
              <Table.Th>Same answer</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {pairs.map(({ readers, kappa, same }) => (
              <Table.Tr key={readers.join(" / ")}>
                <Table.Td>{readers.join(" and ")}</Table.Td>
                <Table.Td className={classes.number}>
                  {intervalWords(kappa)}{" "}
                  <Text c="dark.1" component="span" fz="xs">
                    {kappa.value === null
                      ? "both gave one answer only: nothing to tell from chance"
                      : kappaWords(kappa.value)}
                  </Text>
                </Table.Td>
                <Table.Td className={classes.number}>{inPercent(same)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Panel>
    </div>
  );
}
