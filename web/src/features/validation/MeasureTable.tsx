import { Table } from "@mantine/core";
import type { AuditContent, AuditInterval, Measure } from "../../queries/modelAudits.ts";
import table from "../../ui/Table.module.css";
import { basisOf, bestOf, inUnit, rangeOf } from "./audit.ts";
import classes from "./Comparison.module.css";

interface Props {
  readonly audit: AuditContent;
  readonly measures: readonly Measure[];
}

const BETTER = { higher: "higher is better", lower: "lower is better" } as const;

/** Numbers of all models, each with its interval and what it rests on. */
export function MeasureTable({ audit, measures }: Props) {
  if (measures.length === 0) {
    return null;
  }
  return (
    <div className={classes.scroll}>
      <Table className={table.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Measure</Table.Th>
            {audit.models.map(({ name, model_id: id }) => (
              <Table.Th key={id}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {measures.map((measure) => {
            const best = bestOf(audit, measure);
            return (
              <Table.Tr key={measure.name}>
                <Table.Td className={classes.measure}>
                  {measure.name}
                  <span className={classes.how}>
                    {measure.how}
                    {measure.better ? ` (${BETTER[measure.better]})` : ""}
                  </span>
                </Table.Td>
                {audit.models.map((sheet) => {
                  const found = (sheet.measures ?? []).find(
                    (one) => one.name === measure.name && one.section === measure.section,
                  );
                  return (
                    <Table.Td key={sheet.model_id}>
                      {found ? (
                        <Cell
                          interval={found.interval}
                          isBest={best === sheet.name}
                          unit={found.unit}
                        />
                      ) : (
                        <span className={classes.basis}>not measured</span>
                      )}
                    </Table.Td>
                  );
                })}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </div>
  );
}

interface CellProps {
  readonly interval: AuditInterval;
  readonly unit: string;
  readonly isBest: boolean;
}

function Cell({ interval, unit, isBest }: CellProps) {
  return (
    <>
      <span className={classes.number} data-best={isBest || undefined}>
        {inUnit(interval.value, unit)}
      </span>
      <span className={classes.basis}>{rangeOf(interval, unit)}</span>
      <span className={classes.basis} data-few={interval.few_units || undefined}>
        {basisOf(interval)}
      </span>
    </>
  );
}
