import { Badge, Button, Group, Table, Text, VisuallyHidden } from "@mantine/core";
import { useRef, useState } from "react";
import { Link } from "react-router";
import { problemOf } from "../../client/api.ts";
import { useReader } from "../../queries/reader.ts";
import { type Assignment, useAssignmentChanges, useAssignments } from "../../queries/readers.ts";
import { useStudy } from "../../queries/studies.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { Fetched } from "../../ui/Fetched.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { counted, inTime } from "../../ui/words.ts";
import { AssignForm } from "./AssignForm.tsx";
import classes from "./Readers.module.css";

/** Who reads what: one's own open readings first, then all, and the form that gives out more. */
export function AssignmentsTab() {
  const assignments = useAssignments();
  const name = useReader((reader) => reader.name);
  const all = assignments.data ?? [];
  const mine = all.filter(({ reader, submitted }) => reader === name && submitted === null);
  const others = all.filter((one) => !mine.includes(one));
  return (
    <Fetched
      isPending={assignments.isPending}
      label="Loading the readings"
      onRetry={() => void assignments.refetch()}
      problem={assignments.isError ? problemOf(assignments.error) : null}
    >
      <div className={classes.columns}>
        <div className={classes.stack}>
          <div className={classes.box}>
            <Panel title={name ? `Open readings of ${name}` : "Your open readings"}>
              {name ? null : (
                <Text c="yellow.4" fz="sm">
                  Say who you are at the top right; then your readings stand here.
                </Text>
              )}
              {name && mine.length === 0 ? (
                <Text c="dark.1" fz="sm">
                  Nothing is waiting for you.
                </Text>
              ) : null}
              {mine.length > 0 ? <AssignmentTable assignments={mine} isMine /> : null}
            </Panel>
          </div>
          <div className={classes.box}>
            <Panel title="All other readings">
              {others.length > 0 ? (
                <AssignmentTable assignments={others} />
              ) : (
                <Text c="dark.1" fz="sm">
                  Nobody else was given a series.
                </Text>
              )}
            </Panel>
          </div>
        </div>
        <div className={classes.box}>
          <AssignForm />
        </div>
      </div>
    </Fetched>
  );
}

interface TableProps {
  readonly assignments: readonly Assignment[];
  readonly isMine?: boolean;
}

function AssignmentTable({ assignments, isMine = false }: TableProps) {
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Series</Table.Th>
            <Table.Th>Reader</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th w={130}>
              <VisuallyHidden>What can be done</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {assignments.map((one) => (
            <Row
              assignment={one}
              isMine={isMine}
              key={`${one.study_id}/${one.series_id}/${one.reader}`}
            />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ assignment, isMine }: { assignment: Assignment; isMine: boolean }) {
  const { study_id: study, series_id: series, submitted } = assignment;
  const found = useStudy(study);
  const role = found.data?.series.find(({ id }) => id === series)?.role_name ?? series;
  const name = `${found.data?.pseudonym ?? study}, ${role}`;
  return (
    <Table.Tr>
      <Table.Td>
        <Link to={`/studies/${study}?series=${series}`}>{name}</Link>
        {assignment.blind && submitted === null ? (
          <Badge color="gray" ml={8} size="sm" tt="none" variant="outline">
            blind
          </Badge>
        ) : null}
      </Table.Td>
      <Table.Td>{assignment.reader}</Table.Td>
      <Table.Td>
        {submitted
          ? `handed in ${inTime(submitted)}, ${counted(assignment.annotations ?? 0, "annotation")}`
          : `open, given by ${assignment.assigned_by}`}
      </Table.Td>
      <Table.Td>
        {submitted === null ? (
          <RowAction assignment={assignment} isMine={isMine} name={name} />
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}

interface ActionProps {
  readonly assignment: Assignment;
  readonly isMine: boolean;
  readonly name: string;
}

function RowAction({ assignment, isMine, name }: ActionProps) {
  const [isAsking, setIsAsking] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const { submit, withdraw } = useAssignmentChanges();
  const change = isMine ? submit : withdraw;
  const close = () => setIsAsking(false);
  return (
    <>
      <Button
        aria-label={`${isMine ? "Hand in" : "Take back"} ${name}`}
        onClick={() => setIsAsking(true)}
        ref={opener}
        size="compact-xs"
        variant={isMine ? "light" : "default"}
      >
        {isMine ? "Hand in…" : "Take back…"}
      </Button>
      <Dialog
        isOpen={isAsking}
        onClose={close}
        opener={opener.current}
        title={isMine ? `Hand in ${name}?` : `Take ${name} back from ${assignment.reader}?`}
      >
        <Text fz="sm">
          {isMine
            ? "Your reading counts as it is now. Afterwards you see what others drew, and what you draw then does not change the agreement. An empty reading says: looked, found nothing."
            : "What the reader drew stays. The reading no longer waits to be handed in."}
        </Text>
        {change.isError ? <ProblemNote {...problemOf(change.error)} /> : null}
        <Group gap="xs" justify="end" mt="md">
          <Button data-autofocus onClick={close} variant="default">
            Not yet
          </Button>
          <Button
            loading={change.isPending}
            onClick={() => change.mutate(assignment, { onSuccess: close })}
          >
            {isMine ? "Hand it in" : "Take it back"}
          </Button>
        </Group>
      </Dialog>
    </>
  );
}
