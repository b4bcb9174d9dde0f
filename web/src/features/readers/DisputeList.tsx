import { Button, Table, Text, VisuallyHidden } from "@mantine/core";
import { Fragment, useState } from "react";
import { Link } from "react-router";
import type { Dispute, MarkKind } from "../../queries/readers.ts";
import { Panel } from "../../ui/Panel.tsx";
import { DisputeView } from "./DisputeView.tsx";
import classes from "./Readers.module.css";

interface Props {
  readonly disputes: readonly Dispute[];
  readonly kind: MarkKind;
}

/** Cases to discuss, lowest agreement first; each opens to the map of where readers differ. */
export function DisputeList({ disputes, kind }: Props) {
  const [open, setOpen] = useState<string | null>(null);
  return (
    <div className={classes.box}>
      <Panel
        aside={
          <Text c="dark.1" fz="xs">
            lowest agreement first
          </Text>
        }
        title="To discuss"
      >
        <Table className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Case</Table.Th>
              <Table.Th w={110}>Mean Dice</Table.Th>
              <Table.Th>Farthest apart</Table.Th>
              <Table.Th w={170}>
                <VisuallyHidden>Map</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {disputes.map((dispute) => {
              const key = `${dispute.series_id}/${dispute.slice_index ?? ""}`;
              const name = `${dispute.pseudonym}${dispute.slice_index === null ? "" : `, picture ${dispute.slice_index + 1}`}`;
              return (
                <Fragment key={key}>
                  <Table.Tr>
                    <Table.Td>
                      <Link to={placeOf(dispute)}>{name}</Link>
                    </Table.Td>
                    <Table.Td className={classes.number}>{dispute.dice.toFixed(2)}</Table.Td>
                    <Table.Td>{dispute.farthest.join(" and ")}</Table.Td>
                    <Table.Td>
                      <Button
                        aria-expanded={open === key}
                        aria-label={`Where readers differ on ${name}`}
                        onClick={() => setOpen(open === key ? null : key)}
                        size="compact-xs"
                        variant="default"
                      >
                        {open === key ? "Close" : "Where they differ"}
                      </Button>
                    </Table.Td>
                  </Table.Tr>
                  {open === key ? (
                    <Table.Tr>
                      <Table.Td colSpan={4}>
                        <DisputeView dispute={dispute} kind={kind} />
                      </Table.Td>
                    </Table.Tr>
                  ) : null}
                </Fragment>
              );
            })}
          </Table.Tbody>
        </Table>
      </Panel>
    </div>
  );
}

function placeOf({ study_id: study, series_id: series, slice_index: slice }: Dispute): string {
  return `/studies/${study}?series=${series}${slice === null ? "" : `&slice=${slice}`}`;
}
