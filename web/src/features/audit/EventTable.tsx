import { Anchor, Code, Table, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { Fragment, useState } from "react";
import { Link } from "react-router";
import type { AuditEvent } from "../../queries/audit.ts";
import { Hash } from "../../ui/Hash.tsx";
import classes from "./AuditPage.module.css";
import { clockOf, deedOf, factsOf, gistOf, studyOf } from "./events.ts";

interface Props {
  readonly events: readonly AuditEvent[];
  /** The first event that is not what it was. */
  readonly brokenAt: number | null;
  /** Show only what happened to this object. */
  readonly onOnly: (objectId: string) => void;
}

/** One row for each event; a row opens to what was sealed. */
export function EventTable({ events, brokenAt, onOnly }: Props) {
  const [open, setOpen] = useState<number | null>(null);
  return (
    <Table.ScrollContainer minWidth={820}>
      <Table className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={70}>Event</Table.Th>
            <Table.Th w={180}>When (UTC)</Table.Th>
            <Table.Th w={150}>Who</Table.Th>
            <Table.Th>What</Table.Th>
            <Table.Th w={230}>On</Table.Th>
            <Table.Th w={90}>
              <VisuallyHidden>What was sealed</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {events.map((event) => (
            <Fragment key={event.seq}>
              <Table.Tr data-broken={event.seq === brokenAt || undefined}>
                <Table.Td ff="monospace">{event.seq}</Table.Td>
                <Table.Td className={classes.clock} ff="monospace" title={event.ts_utc}>
                  {clockOf(event)}
                </Table.Td>
                <Table.Td>{event.actor}</Table.Td>
                <Table.Td>
                  {deedOf(event)}
                  <Text c="dark.1" component="span" fz="sm" ml={8}>
                    {gistOf(event)}
                  </Text>
                  {event.seq === brokenAt ? (
                    <span className={classes.broken}>first broken event</span>
                  ) : null}
                </Table.Td>
                <Table.Td>
                  <UnstyledButton
                    className={classes.object ?? ""}
                    onClick={() => onOnly(event.object_id)}
                    title={`${event.object_id}\nShow only what happened to it`}
                  >
                    <VisuallyHidden>Only what happened to </VisuallyHidden>
                    <Code>{event.object_id}</Code>
                  </UnstyledButton>
                </Table.Td>
                <Table.Td>
                  <Anchor
                    aria-expanded={open === event.seq}
                    aria-label={`What was sealed in event ${event.seq}`}
                    component="button"
                    fz="sm"
                    onClick={() => setOpen(open === event.seq ? null : event.seq)}
                  >
                    {open === event.seq ? "Close" : "Details"}
                  </Anchor>
                </Table.Td>
              </Table.Tr>
              {open === event.seq ? (
                <Table.Tr>
                  <Table.Td colSpan={6}>
                    <Sealed event={event} />
                  </Table.Td>
                </Table.Tr>
              ) : null}
            </Fragment>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Sealed({ event }: { event: AuditEvent }) {
  const study = studyOf(event);
  const facts = factsOf(event);
  return (
    <div className={classes.sealed}>
      <Text c="dark.1" fz="sm">
        {event.action}
        {event.parent_version === null ? "" : `, on top of version ${event.parent_version}`}
        {study && event.action !== "study.delete" ? (
          <>
            {" · "}
            <Anchor component={Link} fz="sm" to={`/studies/${study}`}>
              Open the study
            </Anchor>
          </>
        ) : null}
      </Text>
      <Code block className={classes.payload ?? ""}>
        {Object.keys(facts).length > 0 ? JSON.stringify(facts, null, 2) : event.payload}
      </Code>
      <dl className={classes.hashes}>
        <dt>Seal</dt>
        <dd>
          <Hash of="the seal" value={event.hash} />
        </dd>
        <dt>Seal of the event before</dt>
        <dd>
          <Hash of="the seal of the event before" value={event.prev_hash} />
        </dd>
        <dt>Hash of the facts</dt>
        <dd>
          <Hash of="the hash of the facts" value={event.payload_hash} />
        </dd>
      </dl>
    </div>
  );
}
