import { ActionIcon, Anchor, Badge, Button, Group, Menu, Modal, Table, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { problemOf } from "../../client/api.ts";
import { className } from "../../queries/classes.ts";
import { isAtWork, useJob } from "../../queries/jobs.ts";
import { type StudyRow, useDeleteStudy } from "../../queries/studies.ts";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { WorkProgress } from "../../ui/WorkProgress.tsx";
import { counted, inPercent, inTime } from "../../ui/words.ts";
import { STATUS_NAMES } from "./filter.ts";
import classes from "./WorklistPage.module.css";

/** One row for each study, newest first. */
export function StudyTable({ rows }: { readonly rows: readonly StudyRow[] }) {
  const [doomed, setDoomed] = useState<StudyRow | null>(null);
  return (
    <>
      <Table.ScrollContainer minWidth={900}>
        <Table className={classes.table} highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={130}>Study</Table.Th>
              <Table.Th w={140}>Status</Table.Th>
              <Table.Th w={185}>Finding</Table.Th>
              <Table.Th miw={190}>Caution</Table.Th>
              <Table.Th w={110}>Contents</Table.Th>
              <Table.Th w={170}>Added</Table.Th>
              <Table.Th aria-label="Actions" w={44} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <StudyLine key={row.id} onDelete={() => setDoomed(row)} row={row} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <DeleteDialog onClose={() => setDoomed(null)} row={doomed} />
    </>
  );
}

function StudyLine({ row, onDelete }: { row: StudyRow; onDelete: () => void }) {
  const cautions = [...(row.headline?.cautions ?? []), ...(row.cautions ?? [])];
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} ff="monospace" fw={600} fz="sm" to={`/studies/${row.id}`}>
          {row.pseudonym}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <StatusCell row={row} />
      </Table.Td>
      <Table.Td>
        {row.headline ? (
          <Group gap={8} wrap="nowrap">
            <Text fw={600} fz="sm">
              {className(row.headline.label)}
            </Text>
            <Text c="dark.1" fz="sm">
              {inPercent(row.headline.p_label)}
            </Text>
          </Group>
        ) : (
          <Text c="dark.2" fz="sm">
            none yet
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {cautions[0] ? (
          <span className={classes.caution} title={cautions.join("\n")}>
            {cautions[0]}
            {cautions.length > 1 ? ` (and ${cautions.length - 1} more)` : ""}
          </span>
        ) : null}
      </Table.Td>
      <Table.Td>
        <Text c="dark.1" fz="sm">
          {counted(row.series_count, "series", "series")}, {counted(row.slice_count, "slice")}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text c="dark.1" fz="sm" style={{ whiteSpace: "nowrap" }}>
          {inTime(row.created)}
        </Text>
      </Table.Td>
      <Table.Td>
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon aria-label={`Actions for ${row.pseudonym}`} color="gray" variant="subtle">
              <span aria-hidden="true">⋯</span>
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item component={Link} to={`/studies/${row.id}`}>
              Open
            </Menu.Item>
            <Menu.Item color="red.4" onClick={onDelete}>
              Delete…
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}

const BADGE_COLORS = { analyzed: "teal", failed: "red", canceled: "gray" } as const;

function StatusCell({ row }: { row: StudyRow }) {
  const job = useJob(row.job);
  if (isAtWork(job)) {
    return (
      <WorkProgress
        fraction={job.progress}
        label={`Work on ${row.pseudonym}`}
        message={job.message || STATUS_NAMES[row.status]}
      />
    );
  }
  const color = BADGE_COLORS[row.status as keyof typeof BADGE_COLORS] ?? "gray";
  return (
    <Badge color={color} title={row.job?.problem?.detail} tt="none" variant="outline">
      {STATUS_NAMES[row.status]}
    </Badge>
  );
}

function DeleteDialog({ row, onClose }: { row: StudyRow | null; onClose: () => void }) {
  const remove = useDeleteStudy();
  return (
    <Modal
      closeButtonProps={{ "aria-label": "Close" }}
      onClose={onClose}
      opened={row !== null}
      title={`Delete ${row?.pseudonym ?? ""}?`}
    >
      <Text fz="sm" mb="md">
        Its images, results and reports are deleted from this server. The files you imported it from
        stay where they are.
      </Text>
      {remove.isError ? <ProblemNote {...problemOf(remove.error)} /> : null}
      <Group gap="xs" justify="end" mt="md">
        <Button onClick={onClose} variant="default">
          Keep it
        </Button>
        <Button
          color="red"
          loading={remove.isPending}
          onClick={() => row && remove.mutate(row.id, { onSuccess: onClose })}
        >
          Delete
        </Button>
      </Group>
    </Modal>
  );
}
