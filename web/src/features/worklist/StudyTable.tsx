import {
  ActionIcon,
  Anchor,
  Badge,
  Button,
  Group,
  Menu,
  Table,
  Text,
  VisuallyHidden,
} from "@mantine/core";
import { useRef, useState } from "react";
import { Link } from "react-router";
import { problemOf } from "../../client/api.ts";
import { className } from "../../queries/classes.ts";
import { isAbstained } from "../../queries/doubt.ts";
import { isAtWork, useJob } from "../../queries/jobs.ts";
import { type StudyRow, useDeleteStudy } from "../../queries/studies.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { WorkProgress } from "../../ui/WorkProgress.tsx";
import { counted, inPercent, inTime } from "../../ui/words.ts";
import { STATUS_NAMES } from "./filter.ts";
import classes from "./WorklistPage.module.css";

interface Doomed {
  readonly row: StudyRow;
  /** The button it was asked for with. */
  readonly opener: HTMLElement | null;
}

/** One row for each study, newest first. */
export function StudyTable({ rows }: { readonly rows: readonly StudyRow[] }) {
  const [doomed, setDoomed] = useState<Doomed | null>(null);
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <Table.ScrollContainer minWidth={900}>
        <Table className={classes.table} highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={110}>Study</Table.Th>
              <Table.Th w={120}>Status</Table.Th>
              <Table.Th w={170}>Finding</Table.Th>
              <Table.Th miw={230}>Caution</Table.Th>
              <Table.Th w={96}>Contents</Table.Th>
              <Table.Th w={120}>Added</Table.Th>
              <Table.Th w={44}>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <StudyLine
                key={row.id}
                onDelete={(opener) => {
                  setDoomed({ row, opener });
                  setIsAsking(true);
                }}
                row={row}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {doomed ? (
        <DeleteDialog {...doomed} isOpen={isAsking} onClose={() => setIsAsking(false)} />
      ) : null}
    </>
  );
}

interface LineProps {
  readonly row: StudyRow;
  readonly onDelete: (opener: HTMLElement | null) => void;
}

function StudyLine({ row, onDelete }: LineProps) {
  const actions = useRef<HTMLButtonElement>(null);
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
          <Group gap="0 8px">
            <Text fw={600} fz="sm">
              {isAbstained(row.headline.doubt) ? "No answer" : className(row.headline.label)}
            </Text>
            <Text c="dark.1" className={classes.whole} fz="sm">
              {isAbstained(row.headline.doubt)
                ? "the network abstains"
                : inPercent(row.headline.p_label)}
            </Text>
          </Group>
        ) : (
          <Text c="dark.2" fz="sm">
            none yet
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {row.job?.problem ? (
          <span className={classes.failure}>{row.job.problem.detail}</span>
        ) : null}
        {cautions[0] ? (
          <span className={classes.caution} title={cautions.join("\n")}>
            {cautions[0]}
            {cautions.length > 1 ? ` (and ${cautions.length - 1} more)` : ""}
          </span>
        ) : null}
      </Table.Td>
      <Table.Td>
        <Text c="dark.1" fz="sm">
          <span className={classes.whole}>{counted(row.series_count, "series", "series")},</span>{" "}
          <span className={classes.whole}>{counted(row.slice_count, "slice")}</span>
        </Text>
      </Table.Td>
      <Table.Td>
        <Text c="dark.1" fz="sm">
          {inTime(row.created)}
        </Text>
      </Table.Td>
      <Table.Td>
        {/* The placeholder is an empty child that a screen reader takes for an item. */}
        <Menu position="bottom-end" withInitialFocusPlaceholder={false} withinPortal>
          <Menu.Target>
            <ActionIcon
              aria-label={`Actions for ${row.pseudonym}`}
              color="gray"
              ref={actions}
              variant="subtle"
            >
              <span aria-hidden="true">⋯</span>
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item component={Link} to={`/studies/${row.id}`}>
              Open
            </Menu.Item>
            <Menu.Item color="red.4" onClick={() => onDelete(actions.current)}>
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

interface DeleteProps extends Doomed {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

function DeleteDialog({ row, opener, isOpen, onClose }: DeleteProps) {
  const remove = useDeleteStudy();
  return (
    <Dialog isOpen={isOpen} onClose={onClose} opener={opener} title={`Delete ${row.pseudonym}?`}>
      <Text fz="sm" mb="md">
        Its images, results and reports are deleted from this server. The files you imported it from
        stay where they are.
      </Text>
      {remove.isError ? <ProblemNote {...problemOf(remove.error)} /> : null}
      <Group gap="xs" justify="end" mt="md">
        <Button data-autofocus onClick={onClose} variant="default">
          Keep it
        </Button>
        <Button
          color="red"
          loading={remove.isPending}
          onClick={() => remove.mutate(row.id, { onSuccess: onClose })}
        >
          Delete
        </Button>
      </Group>
    </Dialog>
  );
}
