import { Text, UnstyledButton } from "@mantine/core";
import type { SeriesFinding } from "../../queries/analyses.ts";
import { className } from "../../queries/classes.ts";
import type { Series } from "../../queries/studies.ts";
import { VirtualList } from "../../ui/VirtualList.tsx";
import { inPercent } from "../../ui/words.ts";
import classes from "./ReadingPage.module.css";

interface Props {
  readonly series: Series;
  readonly finding: SeriesFinding | null;
  readonly current: number;
  readonly onChoose: (index: number) => void;
}

/** All slices of a series with what was found in each. */
export function SliceList({ series, finding, current, onChoose }: Props) {
  const slices = series.slices ?? [];
  const said = new Map(finding?.slices.map((slice) => [slice.index, slice]));
  return (
    <VirtualList
      count={slices.length}
      current={current}
      label="Slices"
      row={(index) => {
        const found = said.get(index);
        return (
          <UnstyledButton
            aria-current={index === current}
            className={classes.sliceRow}
            onClick={() => onChoose(index)}
          >
            <Text className={classes.sliceName} fz="xs" title={slices[index]?.name}>
              {index + 1}. {slices[index]?.name}
            </Text>
            <Text c={found ? "dark.1" : "dark.2"} fz="xs" truncate>
              {found
                ? `${className(found.label)} ${inPercent(found.p_class[found.label] ?? 0)}`
                : "not analyzed"}
              {found?.cautions?.length ? <span className={classes.flag}> · caution</span> : null}
            </Text>
          </UnstyledButton>
        );
      }}
      rowHeight={62}
    />
  );
}
