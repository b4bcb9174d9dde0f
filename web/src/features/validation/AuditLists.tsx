import { Table } from "@mantine/core";
import type { AuditContent } from "../../queries/modelAudits.ts";
import { short } from "../../ui/chartData.ts";
import table from "../../ui/Table.module.css";
import { basisOf, rangeOf } from "./audit.ts";
import classes from "./Comparison.module.css";

interface Props {
  readonly audit: AuditContent;
}

const STATES = { flagged: "Flagged", clear: "Clear", insufficient: "Insufficient" } as const;

/** Decisions by rules that were written down before. */
export function Flags({ audit }: Props) {
  const flags = audit.models.flatMap((sheet) =>
    (sheet.flags ?? []).map((flag) => ({ ...flag, model: sheet.name })),
  );
  return (
    <section aria-label="Flags">
      <h2 className={classes.title}>Flags</h2>
      {flags.length === 0 ? (
        <p className={classes.how}>No rule was tried on these models.</p>
      ) : (
        <ul className={classes.flags}>
          {flags.map((flag) => (
            <li key={`${flag.model}/${flag.name}`}>
              <span className={table.verdict} data-verdict={flag.state}>
                {STATES[flag.state]}
              </span>{" "}
              <b>{flag.model}</b>: {flag.name}
              <span className={classes.how}>
                {flag.why} {flag.rule}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Models two by two on the same pictures. */
export function Differences({ audit }: Props) {
  if (audit.comparisons.length === 0) {
    return null;
  }
  return (
    <section aria-label="Differences">
      <h2 className={classes.title}>Differences, on the same pictures</h2>
      <div className={classes.scroll}>
        <Table className={table.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Measure</Table.Th>
              <Table.Th>Models</Table.Th>
              <Table.Th>Difference</Table.Th>
              <Table.Th>p, after Holm</Table.Th>
              <Table.Th>Verdict</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {audit.comparisons.map((one) => (
              <Table.Tr key={`${one.section}/${one.measure}/${one.first}/${one.second}`}>
                <Table.Td>{one.measure}</Table.Td>
                <Table.Td>
                  {one.first} − {one.second}
                </Table.Td>
                <Table.Td className={table.number}>
                  {short(one.difference.value)}
                  <span className={classes.basis}>
                    {rangeOf(one.difference, "")}, {basisOf(one.difference)}
                  </span>
                </Table.Td>
                <Table.Td className={table.number}>{short(one.p_adjusted)}</Table.Td>
                <Table.Td>{one.verdict}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}

/** What could not be run, and why. */
export function NotDone({ audit }: Props) {
  const { unreadable = [] } = audit.data;
  if (audit.not_done.length === 0 && unreadable.length === 0) {
    return null;
  }
  return (
    <section aria-label="What was not done">
      <h2 className={classes.title}>What was not done</h2>
      <ul className={classes.flags}>
        {audit.not_done.map(({ part, model, why }) => (
          <li key={`${part}/${model}`}>
            <b>{part}</b>
            {model ? ` of ${model}` : ""}: {why}
          </li>
        ))}
        {unreadable.map(({ name, problem }) => (
          <li key={name}>
            <b>{name}</b> could not be read: {problem}
          </li>
        ))}
      </ul>
    </section>
  );
}
