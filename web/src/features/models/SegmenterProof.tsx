import { Table, Text } from "@mantine/core";
import classes from "./Models.module.css";
import { metricWords } from "./versions.ts";

interface Change {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Mean overlap of one region, over studies that have it (`learn/corrections/certificate.py`). */
interface Row {
  readonly of: "edited" | "synthetic";
  readonly region: string;
  readonly n: number;
  readonly before: number;
  readonly after: number;
  readonly control: number;
  readonly change: Change;
}

const STUDIES: Readonly<Record<Row["of"], string>> = {
  edited: "Edited by readers, kept apart",
  synthetic: "Synthetic, kept apart",
};
const REGIONS: Readonly<Record<string, string>> = {
  WT: "Whole tumor",
  TC: "Tumor core",
  ET: "Enhancing tumor",
};

interface Props {
  readonly certificate: Readonly<Record<string, unknown>>;
}

/** What locked studies say of a retrained segmenter. */
export function SegmenterProof({ certificate }: Props) {
  const reasons = (certificate.reasons ?? []) as readonly string[];
  const rows = (certificate.rows ?? []) as readonly Row[];
  return (
    <>
      <ul className={classes.failures}>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      {(["edited", "synthetic"] as const).map((of) => (
        <Rows key={of} of={of} rows={rows.filter((row) => row.of === of)} />
      ))}
    </>
  );
}

function Rows({ of, rows }: { of: Row["of"]; rows: readonly Row[] }) {
  if (rows.length === 0) {
    return null;
  }
  return (
    <>
      <Text c="dark.1" component="h3" fz="xs" mb={2} mt="sm">
        {STUDIES[of]}: Dice overlap with the truth
      </Text>
      <Table aria-label={STUDIES[of]}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Region</Table.Th>
            <Table.Th>Studies</Table.Th>
            <Table.Th>Before</Table.Th>
            <Table.Th>Now</Table.Th>
            <Table.Th>Without edits</Table.Th>
            <Table.Th>Change (95 %)</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ region, n, before, after, control, change }) => (
            <Table.Tr key={region}>
              <Table.Td>{REGIONS[region] ?? region}</Table.Td>
              <Table.Td>{n}</Table.Td>
              <Table.Td>{metricWords(before, null)}</Table.Td>
              <Table.Td>{metricWords(after, null)}</Table.Td>
              <Table.Td>{metricWords(control, null)}</Table.Td>
              <Table.Td>{metricWords(change.value, [change.low, change.high])}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}
