import { Table } from "@mantine/core";
import type { AuditContent } from "../../queries/modelAudits.ts";
import { Chart } from "../../ui/Chart.tsx";
import type { Curve } from "../../ui/chartData.ts";
import table from "../../ui/Table.module.css";
import { colorOf, inUnit, rangeOf } from "./audit.ts";
import classes from "./Comparison.module.css";

interface Props {
  readonly audit: AuditContent;
  readonly section: string;
}

/** How numbers of a section change with something: every model a curve. */
export function AuditCurves({ audit, section }: Props) {
  const names = [
    ...new Set(
      audit.models.flatMap(({ curves = [] }) =>
        curves.filter((one) => one.section === section).map(({ name }) => name),
      ),
    ),
  ];
  if (names.length === 0) {
    return null;
  }
  return (
    <div className={classes.charts}>
      {names.map((name) => (
        <CurvesOf audit={audit} key={name} name={name} section={section} />
      ))}
    </div>
  );
}

function CurvesOf({ audit, section, name }: Props & { readonly name: string }) {
  const found = audit.models.flatMap((sheet, place) => {
    const curve = (sheet.curves ?? []).find((one) => one.name === name && one.section === section);
    return curve ? [{ sheet, place, curve }] : [];
  });
  const [first] = found;
  if (!first) {
    return null;
  }
  const curves: Curve[] = found.map(({ sheet, place, curve }) => ({
    name: sheet.name,
    color: colorOf(place),
    points: curve.x.flatMap((x, at) => (x === null ? [] : [[x, curve.y[at] ?? null] as const])),
  }));
  const areas = found
    .filter(({ curve }) => curve.area)
    .map(
      ({ sheet, curve }) =>
        `${sheet.name} ${inUnit(curve.area?.value ?? null, "")} (${curve.area ? rangeOf(curve.area, "") : ""})`,
    );
  return (
    <Chart
      about={`${first.curve.y_name} against ${first.curve.x_name}.${areas.length > 0 ? ` Area under the curve: ${areas.join("; ")}.` : ""}`}
      curves={curves}
      title={name}
      xName={first.curve.x_name}
    />
  );
}

/** Counts that belong together, model by model. */
export function AuditTables({ audit, section }: Props) {
  const found = audit.models.flatMap((sheet) =>
    (sheet.tables ?? [])
      .filter((one) => one.section === section)
      .map((one) => ({ ...one, model: sheet.name })),
  );
  return found.map(({ model, title, note, columns, rows }) => (
    <details className={table.more} key={`${model}/${title}`}>
      <summary>
        {title}: {model}
      </summary>
      <div className={classes.scroll}>
        <Table aria-label={`${title}: ${model}`} className={table.table} w="auto">
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => (
                <Table.Th key={column}>{column}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.join("|")}>
                {row.map((cell, at) => (
                  <Table.Td key={columns[at]}>{cell}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {note ? <p className={classes.how}>{note}</p> : null}
    </details>
  ));
}
