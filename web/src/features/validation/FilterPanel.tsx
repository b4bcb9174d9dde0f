import { Checkbox, NativeSelect, RangeSlider, Text, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import type { GridFilter, Slices } from "../../queries/validation.ts";
import { inPercent } from "../../ui/words.ts";
import { ORDERS, toggled } from "./filter.ts";
import classes from "./Validation.module.css";
import { FACETS } from "./words.ts";

interface Props {
  readonly facets: Slices["facets"];
  readonly filter: GridFilter;
  readonly onChange: (filter: GridFilter) => void;
}

const OPEN = new Set(["reason", "dominant", "verdict"]);

/** Which slices the grid shows; behind every value, how many there are. */
export function FilterPanel({ facets, filter, onChange }: Props) {
  return (
    <div className={classes.filters}>
      <NativeSelect
        data={Object.entries(ORDERS).map(([value, label]) => ({ value, label }))}
        label="Order"
        onChange={(event) => {
          const order = event.currentTarget.value as GridFilter["order"];
          onChange({ ...filter, order });
        }}
        size="xs"
        value={filter.order}
      />
      <Words filter={filter} onChange={onChange} />
      <Confidence filter={filter} onChange={onChange} />
      {FACETS.map(({ facet, title, about, values }) => (
        <details
          className={classes.facet}
          key={facet}
          open={OPEN.has(facet) || filter[facet].length > 0}
        >
          <summary>{title}</summary>
          {about ? <p className={classes.fine}>{about}</p> : null}
          <fieldset aria-label={title} className={classes.values}>
            {Object.entries(values).map(([value, name]) => {
              const count = facets[facet]?.[value] ?? 0;
              const chosen: readonly string[] = filter[facet];
              const isChosen = chosen.includes(value);
              return count > 0 || isChosen ? (
                <Checkbox
                  checked={isChosen}
                  key={value}
                  label={
                    <span className={classes.value}>
                      {name}
                      <span className={classes.count}>{count}</span>
                    </span>
                  }
                  onChange={() => onChange(toggled(filter, facet, value))}
                  size="xs"
                  styles={{ body: { alignItems: "center" }, labelWrapper: { flex: 1 } }}
                />
              ) : null;
            })}
          </fieldset>
        </details>
      ))}
    </div>
  );
}

type PartProps = Omit<Props, "facets">;

function Words({ filter, onChange }: PartProps) {
  const [typed, setTyped] = useState(filter.words);
  useEffect(() => setTyped(filter.words), [filter.words]);
  const search = () => typed !== filter.words && onChange({ ...filter, words: typed });
  return (
    <TextInput
      label="Study"
      maxLength={64}
      onBlur={search}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Enter" && search()}
      placeholder="Pseudonym, e.g. NS-7Q2K"
      size="xs"
      type="search"
      value={typed}
    />
  );
}

function Confidence({ filter, onChange }: PartProps) {
  const [range, setRange] = useState<[number, number]>([filter.p_from, filter.p_to]);
  useEffect(() => setRange([filter.p_from, filter.p_to]), [filter.p_from, filter.p_to]);
  return (
    <div>
      <Text fz="xs">
        Confidence {inPercent(range[0])} to {inPercent(range[1])}
      </Text>
      <RangeSlider
        label={null}
        max={1}
        min={0}
        minRange={0.05}
        my={6}
        onChange={setRange}
        onChangeEnd={([from, to]) => onChange({ ...filter, p_from: from, p_to: to })}
        size="sm"
        step={0.05}
        thumbFromLabel="Least confidence"
        thumbToLabel="Largest confidence"
        value={range}
      />
    </div>
  );
}
