import { Group, SegmentedControl, Table, Text } from "@mantine/core";
import { useState } from "react";
import { problemOf } from "../../client/api.ts";
import { type Agreement, type MarkKind, useAgreement, useDisputes } from "../../queries/readers.ts";
import { Caution } from "../../ui/Caution.tsx";
import { Fetched } from "../../ui/Fetched.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { counted } from "../../ui/words.ts";
import { AnswersPanel } from "./AnswersPanel.tsx";
import { DisputeList } from "./DisputeList.tsx";
import classes from "./Readers.module.css";
import { intervalWords, KIND_WORDS, kappaWords } from "./words.ts";

const KINDS = Object.entries(KIND_WORDS).map(([value, label]) => ({ value, label }));

/** How readers agree on marks of a kind, reader by reader, and the cases to discuss. */
export function AgreementTab() {
  const [kind, setKind] = useState<MarkKind>("tumor");
  const agreement = useAgreement(kind);
  const disputes = useDisputes(kind);
  const failed = agreement.isError ? agreement : disputes.isError ? disputes : null;
  return (
    <>
      <Group gap="sm" mb="md">
        <Text fz="sm">Marks of</Text>
        <SegmentedControl
          aria-label="Which marks are compared"
          data={KINDS}
          onChange={(value) => setKind(value as MarkKind)}
          size="xs"
          value={kind}
        />
      </Group>
      <Fetched
        isPending={agreement.isPending || disputes.isPending}
        label="Loading the agreement"
        onRetry={() => void failed?.refetch()}
        problem={failed ? problemOf(failed.error) : null}
      >
        {agreement.data ? <Overview agreement={agreement.data} /> : null}
        {agreement.data?.labels ? <AnswersPanel labels={agreement.data.labels} /> : null}
        {disputes.data && disputes.data.disputes.length > 0 ? (
          <DisputeList disputes={disputes.data.disputes} kind={kind} />
        ) : null}
      </Fetched>
    </>
  );
}

function Overview({ agreement }: { agreement: Agreement }) {
  const { all_readers: all, kappa, pairs, weights, series, hidden } = agreement;
  if (!all) {
    return (
      <Text className={classes.empty} fz="sm">
        No two readers have marked {KIND_WORDS[agreement.kind].toLowerCase()} on the same series
        yet. Give a series to two readers under “Readings”, and let both hand in.
        {hidden > 0
          ? ` ${counted(hidden, "series", "series")} stay hidden while you read them blind.`
          : ""}
      </Text>
    );
  }
  return (
    <div className={classes.box}>
      <Panel
        aside={
          <Text c="dark.1" fz="xs">
            {counted(series, "series", "series")}, {counted(all.dice.patients, "patient")}
          </Text>
        }
        title="How far readers agree"
      >
        {all.dice.few_patients ? (
          <Caution>Fewer than 20 patients: the intervals are shown but decide nothing.</Caution>
        ) : null}
        {hidden > 0 ? (
          <Caution>
            {counted(hidden, "series is", "series are")} left out while you read{" "}
            {hidden === 1 ? "it" : "them"} blind.
          </Caution>
        ) : null}
        <Table.ScrollContainer minWidth={620}>
          <Table className={classes.table}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Readers</Table.Th>
                <Table.Th>Dice</Table.Th>
                <Table.Th>Overlap (IoU)</Table.Th>
                <Table.Th>HD95, mm</Table.Th>
                <Table.Th>Only one found something</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              <Table.Tr className={classes.total ?? ""}>
                <Table.Td>All pairs</Table.Td>
                <Numbers found={all} />
              </Table.Tr>
              {pairs.map((pair) => (
                <Table.Tr key={pair.readers.join(" / ")}>
                  <Table.Td>{pair.readers.join(" and ")}</Table.Td>
                  <Numbers found={pair} />
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        {kappa?.value != null ? (
          <Text fz="sm" mt="xs">
            Fleiss' kappa over voxels: <strong>{intervalWords(kappa)}</strong>{" "}
            <Text c="dark.1" component="span" fz="sm">
              {kappaWords(kappa.value)}, within what anybody marked and a margin of 2 voxels
            </Text>
          </Text>
        ) : null}
        {Object.keys(weights).length > 0 ? (
          <Text fz="sm" mt="xs">
            How far the network trusts each reader:{" "}
            {Object.entries(weights)
              .map(([reader, weight]) => `${reader} ${intervalWords(alone(weight))}`)
              .join(", ")}
          </Text>
        ) : null}
      </Panel>
    </div>
  );
}

function alone(value: number) {
  return { value, low: null, high: null, n: 0, patients: 0, few_patients: false };
}

function Numbers({ found }: { found: NonNullable<Agreement["all_readers"]> }) {
  return (
    <>
      <Table.Td className={classes.number}>{intervalWords(found.dice)}</Table.Td>
      <Table.Td className={classes.number}>{intervalWords(found.iou)}</Table.Td>
      <Table.Td className={classes.number}>{intervalWords(found.hd95_mm, 1)}</Table.Td>
      <Table.Td className={classes.number}>{found.one_sided}</Table.Td>
    </>
  );
}
