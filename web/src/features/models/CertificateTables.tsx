import { Table, Text, VisuallyHidden } from "@mantine/core";
import type { Certificate, Difference, MetricRow, Score } from "../../queries/certificate.ts";
import { className } from "../../queries/classes.ts";
import { Hash } from "../../ui/Hash.tsx";
import classes from "./Certificate.module.css";
import {
  askedWords,
  interval,
  measuredOn,
  number,
  pWords,
  RIVAL_NAMES,
  RIVALS,
  type Rival,
  STATUS_WORDS,
  side,
  signed,
} from "./findings.ts";
import { settingRows } from "./versions.ts";

/** What the rule asks, what was found, and whether it holds. */
export function Conditions({ conditions }: { readonly conditions: Certificate["conditions"] }) {
  return (
    <section aria-label="What the rule asks">
      <h2 className={classes.title}>What the rule asks</h2>
      <Table.ScrollContainer minWidth={700}>
        <Table className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={110}>Holds?</Table.Th>
              <Table.Th w={200}>Demand</Table.Th>
              <Table.Th>Asked</Table.Th>
              <Table.Th>Found</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {conditions.map(({ name, demand, found, holds }) => (
              <Table.Tr key={name}>
                <Table.Td>
                  <span className={classes.holds} data-holds={String(holds)}>
                    {holds === null ? "? cannot tell" : holds ? "✓ yes" : "✗ no"}
                  </span>
                </Table.Td>
                <Table.Td fw={600}>{name}</Table.Td>
                <Table.Td>{demand}</Table.Td>
                <Table.Td>{found}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}

/** Every quantity of all four networks, with intervals; under each rival what the new one differs by. */
export function MeasuredTable({ certificate }: { readonly certificate: Certificate }) {
  return (
    <section aria-label="What was measured">
      <h2 className={classes.title}>What was measured</h2>
      <Text c="dark.1" fz="xs" mb={6} maw="90ch">
        95 % intervals over patients. Below each rival: the new network minus that one, and p of the
        permutation test by patient, adjusted for all tests (Holm). Colored where the interval of
        the difference does not hold 0: <span className={classes.better}>better</span>,{" "}
        <span className={classes.worse}>worse</span>.
      </Text>
      <Table.ScrollContainer minWidth={1040}>
        <Table className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Quantity</Table.Th>
              <Table.Th w={160}>After</Table.Th>
              {RIVALS.map((rival) => (
                <Table.Th key={rival} w={212}>
                  {RIVAL_NAMES[rival]}
                  {certificate.unmoved.includes(rival) ? (
                    <Text c="yellow.4" fz="xs">
                      stayed the network of before
                    </Text>
                  ) : null}
                </Table.Th>
              ))}
              <Table.Th w={100}>Slices of patients</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {certificate.rows.map((row) => (
              <Table.Tr key={row.metric}>
                <Table.Td>
                  {row.name}
                  <Text c="dark.1" fz="xs">
                    {row.better === "higher" ? "↑ higher is better" : "↓ lower is better"}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Value score={row.after} />
                </Table.Td>
                {RIVALS.map((rival) => (
                  <Table.Td key={rival}>
                    <Value score={row[rival]} />
                    <Versus row={row} test={testOf(certificate, row.metric, rival)} />
                  </Table.Td>
                ))}
                <Table.Td className={classes.number}>{measuredOn(row.after)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}

function testOf({ tests }: Certificate, metric: string, against: Rival): Difference | null {
  return tests.find((test) => test.metric === metric && test.against === against) ?? null;
}

function Value({ score }: { score: Score }) {
  return (
    <span className={classes.number}>
      <strong>{number(score.value)}</strong>{" "}
      <Text c="dark.1" component="span" fz="xs">
        {interval(score)}
      </Text>
    </span>
  );
}

function Versus({ row, test }: { row: MetricRow; test: Difference | null }) {
  if (!test || test.difference.value === null) {
    return null;
  }
  const where = side(test, row.better);
  return (
    <div className={classes.versus} data-side={where}>
      <VisuallyHidden>{where}: </VisuallyHidden>
      {signed(test.difference.value)}{" "}
      <span className={classes.fine}>
        ({interval(test.difference)}) {pWords(test.p_adjusted)}
      </span>
    </div>
  );
}

/** How much was held out of each class. */
export function HeldOut({ counts }: { readonly counts: Certificate["counts"] }) {
  return (
    <section aria-label="What was held out">
      <h2 className={classes.title}>What was held out</h2>
      <Table className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Class</Table.Th>
            <Table.Th>Marked slices of patients</Table.Th>
            <Table.Th>Labeled slices of patients</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {counts.map((count) => (
            <Table.Tr key={count.label}>
              <Table.Td>{className(count.label)}</Table.Td>
              <Table.Td className={classes.number}>
                {count.annotated_slices} of {count.annotated_patients}
              </Table.Td>
              <Table.Td className={classes.number}>
                {count.answer_slices} of {count.answer_patients}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

/** Where the weights and the numbers come from. */
export function Origin({ certificate }: { readonly certificate: Certificate }) {
  const { hashes, controls, settings, status, step, seed, rule } = certificate;
  const controlNames: Readonly<Record<string, string>> = RIVAL_NAMES;
  return (
    <section aria-label="How it came about">
      <h2 className={classes.title}>How it came about</h2>
      <dl className={classes.facts}>
        <dt>Training</dt>
        <dd>
          {STATUS_WORDS[status] ?? status} Weights of step {step}, seed {seed}.
        </dd>
        <dt>Asked before</dt>
        <dd>{askedWords(certificate)}</dd>
        {Object.entries(controls).map(([name, words]) => (
          <div className={classes.row} key={name}>
            <dt>{controlNames[name] ?? name}</dt>
            <dd>{words}</dd>
          </div>
        ))}
        <dt>Rule</dt>
        <dd>version {rule}</dd>
        {Object.entries(hashes).map(([name, value]) => (
          <div className={classes.row} key={name}>
            <dt>SHA-256, {name.replaceAll("_", " ")}</dt>
            <dd>
              <Hash of={`the hash of ${name.replaceAll("_", " ")}`} value={value} />
            </dd>
          </div>
        ))}
      </dl>
      <details className={classes.more}>
        <summary>All settings</summary>
        <dl className={classes.facts}>
          {settingRows(settings).map(([name, value]) => (
            <div className={classes.row} key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  );
}
