import { Table, Text } from "@mantine/core";
import type { ModelCard } from "../../queries/models.ts";
import { Panel } from "../../ui/Panel.tsx";
import classes from "./Models.module.css";
import { metricWords } from "./versions.ts";

/** What a model is for, where it fails, and how it did. */
export function CardPanel({ card }: { readonly card: ModelCard }) {
  return (
    <Panel title="Model card">
      <Text fz="sm" mb="xs">
        {card.intended_use}
      </Text>
      <h3 className={classes.subtitle}>Known failures</h3>
      <ul className={classes.failures}>
        {card.known_failures.map((failure) => (
          <li key={failure}>{failure}</li>
        ))}
      </ul>
      <details className={classes.more}>
        <summary>How it did ({card.metrics.length} numbers, with 95 % intervals)</summary>
        <MetricTable metrics={card.metrics} />
      </details>
      <details className={classes.more}>
        <summary>What it learned from</summary>
        <Text fz="sm">{card.trained_on}</Text>
        <ul className={classes.failures}>
          {Object.entries(card.training_data).map(([name, license]) => (
            <li key={name}>
              {name}: {license}
            </li>
          ))}
        </ul>
        <Text fz="sm">{card.split}</Text>
      </details>
    </Panel>
  );
}

/** Measured numbers, how each was measured, and on how much. */
export function MetricTable({ metrics }: { readonly metrics: ModelCard["metrics"] }) {
  return (
    <Table className={classes.metrics}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Number</Table.Th>
          <Table.Th w={170}>Value (95 % interval)</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {metrics.map((metric) => (
          <Table.Tr key={`${metric.name} ${metric.source}`}>
            <Table.Td>
              {metric.name}
              <Text c="dark.1" fz="xs">
                {metric.how}
              </Text>
            </Table.Td>
            <Table.Td className={classes.number}>
              {metricWords(metric.value, metric.interval)}
              {metric.unit === "1" ? "" : ` ${metric.unit}`}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
