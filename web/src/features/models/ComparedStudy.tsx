import { Button, Table, Text } from "@mantine/core";
import { useState } from "react";
import { className } from "../../queries/classes.ts";
import type { ComparedSeries, ComparedSlice, Comparison } from "../../queries/comparison.ts";
import type { Study } from "../../queries/studies.ts";
import { counted, inPercent } from "../../ui/words.ts";
import { ComparedMaps } from "./ComparedMaps.tsx";
import classes from "./Models.module.css";

interface Props {
  readonly comparison: Comparison;
  readonly study: Study;
}

/** What both versions say, series by series; slices on which they differ come first. */
export function ComparedStudy({ comparison, study }: Props) {
  const { first, second, changed } = comparison;
  const compared = comparison.series.reduce((sum, { slices }) => sum + slices.length, 0);
  return (
    <>
      <Text aria-live="polite" fw={600}>
        {changed === 0
          ? `Both name the same class on all ${counted(compared, "slice")}.`
          : `They name another class on ${changed} of ${counted(compared, "slice")}.`}
      </Text>
      {comparison.series.map((series) => (
        <SeriesPart comparison={comparison} key={series.series_id} series={series} study={study} />
      ))}
      <Text c="dark.1" fz="xs" mt="md">
        First: {first.model.version}. Second: {second.model.version}.
      </Text>
    </>
  );
}

interface SeriesProps extends Props {
  readonly series: ComparedSeries;
}

/** How many rows are shown before the reader asks for all. */
const FEW = 12;

function SeriesPart({ series, comparison, study }: SeriesProps) {
  const [isLong, setIsLong] = useState(false);
  const [open, setOpen] = useState<number | null>(null);
  const shown = study.series.find(({ id }) => id === series.series_id);
  const sorted = [...series.slices].sort((a, b) => Number(b.changed) - Number(a.changed));
  const rows = isLong ? sorted : sorted.slice(0, FEW);
  const hasMaps = shown?.kind === "slices";
  return (
    <section aria-label={`Series ${shown?.role_name ?? series.series_id}`}>
      <h2 className={classes.series}>{shown?.role_name ?? series.series_id}</h2>
      {series.first && series.second ? (
        <Text fz="sm" mb="xs">
          Whole volume: {className(series.first.label)}{" "}
          {inPercent(series.first.p_class[series.first.label] ?? 0)} (first),{" "}
          {className(series.second.label)}{" "}
          {inPercent(series.second.p_class[series.second.label] ?? 0)} (second)
        </Text>
      ) : null}
      {series.only_one > 0 ? (
        <Text c="yellow.4" fz="xs">
          {counted(series.only_one, "slice was", "slices were")} run by one version only and{" "}
          {series.only_one === 1 ? "is" : "are"} not compared.
        </Text>
      ) : null}
      <Table.ScrollContainer minWidth={760}>
        <Table className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Slice</Table.Th>
              <Table.Th w={170}>First says</Table.Th>
              <Table.Th w={170}>Second says</Table.Th>
              <Table.Th w={200}>Evidence in the same places</Table.Th>
              {hasMaps ? <Table.Th w={110}>Maps</Table.Th> : null}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((slice) => (
              <Row
                hasMaps={hasMaps}
                isOpen={open === slice.index}
                key={slice.index}
                onToggle={() => setOpen(open === slice.index ? null : slice.index)}
                slice={slice}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {sorted.length > FEW && !isLong ? (
        <Button onClick={() => setIsLong(true)} size="xs" variant="default">
          Show all {sorted.length}
        </Button>
      ) : null}
      {hasMaps && shown && open !== null ? (
        <ComparedMaps
          comparison={comparison}
          index={open}
          key={open}
          series={shown}
          studyId={study.id}
        />
      ) : null}
    </section>
  );
}

interface RowProps {
  readonly slice: ComparedSlice;
  readonly hasMaps: boolean;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function Row({ slice, hasMaps, isOpen, onToggle }: RowProps) {
  const said = ({ label, p_class: p }: ComparedSlice["first"]) =>
    `${className(label)} ${inPercent(p[label] ?? 0)}`;
  return (
    <Table.Tr data-chosen={isOpen || undefined}>
      <Table.Td>
        {slice.name}
        {slice.changed ? <span className={classes.changed}>changed</span> : null}
      </Table.Td>
      <Table.Td>{said(slice.first)}</Table.Td>
      <Table.Td>{said(slice.second)}</Table.Td>
      <Table.Td className={classes.number}>
        {slice.evidence_cosine === null ? "–" : inPercent(Math.max(0, slice.evidence_cosine))}
      </Table.Td>
      {hasMaps ? (
        <Table.Td>
          <Button
            aria-expanded={isOpen}
            aria-label={`Maps of ${slice.name}`}
            onClick={onToggle}
            size="compact-xs"
            variant="default"
          >
            {isOpen ? "Close" : "Show"}
          </Button>
        </Table.Td>
      ) : null}
    </Table.Tr>
  );
}
