import { Anchor, Button, Group, Table, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { problemOf } from "../../client/api.ts";
import { className } from "../../queries/classes.ts";
import { type Queue, useAnalyzeAgain, useQueue } from "../../queries/readers.ts";
import { Fetched } from "../../ui/Fetched.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { counted, inPercent } from "../../ui/words.ts";
import classes from "./Readers.module.css";
import { addressOf, RULE_WORDS } from "./words.ts";

const FIRST = 20;
const MOST = 200;

/** The slices to annotate next, with the reason for each. */
export function QueueTab() {
  const [number, setNumber] = useState(FIRST);
  const queue = useQueue(number);
  return (
    <Fetched
      isPending={queue.isPending}
      label="Loading the queue"
      onRetry={() => void queue.refetch()}
      problem={queue.isError ? problemOf(queue.error) : null}
    >
      {queue.data ? (
        <>
          <Summary queue={queue.data} />
          {queue.data.slices.length > 0 ? (
            <QueueTable queue={queue.data} />
          ) : (
            <Empty queue={queue.data} />
          )}
          {queue.data.slices.length === number && number < MOST ? (
            <Button
              mt="md"
              onClick={() => setNumber(Math.min(MOST, number + FIRST))}
              variant="default"
            >
              Show more
            </Button>
          ) : null}
        </>
      ) : null}
    </Fetched>
  );
}

function Summary({ queue }: { queue: Queue }) {
  const again = useAnalyzeAgain();
  const { to_analyze_again: studies, unlike, annotated, candidates } = queue;
  return (
    <>
      <Text c="dark.1" fz="sm" mb="xs">
        Chosen from {counted(candidates, "slice")}. Left out:{" "}
        {counted(annotated, "annotated slice")}, {counted(unlike, "slice")} unlike anything the
        network was trained on. One in {queue.every_random} is drawn at random.
      </Text>
      {studies.length > 0 ? (
        <Group className={classes.note} gap="md">
          <Text fz="sm">
            {counted(studies.length, "study is", "studies are")} left out until the active model has
            analyzed {studies.length === 1 ? "it" : "them"}.
          </Text>
          <Button
            disabled={again.isSuccess}
            loading={again.isPending}
            onClick={() => again.mutate(studies)}
            size="xs"
            variant="light"
          >
            {again.isSuccess ? "Asked for" : "Analyze again"}
          </Button>
        </Group>
      ) : null}
      {again.isError ? <ProblemNote {...problemOf(again.error)} /> : null}
    </>
  );
}

function QueueTable({ queue }: { queue: Queue }) {
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table className={classes.table} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={44}>#</Table.Th>
            <Table.Th w={220}>Slice</Table.Th>
            <Table.Th w={170}>The network says</Table.Th>
            <Table.Th w={130}>Chosen as</Table.Th>
            <Table.Th>Reason</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {queue.slices.map((slice, at) => (
            <Table.Tr key={`${slice.series_id}/${slice.index}`}>
              <Table.Td>{at + 1}</Table.Td>
              <Table.Td>
                <Anchor component={Link} fz="sm" to={addressOf(slice)}>
                  {slice.pseudonym}, {slice.name}
                </Anchor>
              </Table.Td>
              <Table.Td>
                {className(slice.label)} {inPercent(slice.p_class[slice.label] ?? 0)}
              </Table.Td>
              <Table.Td>{RULE_WORDS[slice.rule]}</Table.Td>
              <Table.Td>{slice.reason}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Empty({ queue }: { queue: Queue }) {
  if (queue.to_analyze_again.length > 0) {
    return null;
  }
  return (
    <Text className={classes.empty} fz="sm">
      {queue.annotated > 0
        ? "All slices that can be asked for are annotated. Bring in more studies, or train."
        : "There is no analyzed slice to annotate. Bring studies in from the worklist and let them be analyzed."}{" "}
      <Anchor component={Link} fz="sm" to="/">
        Open the worklist
      </Anchor>
    </Text>
  );
}
