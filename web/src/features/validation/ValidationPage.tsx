import { Button, Group, Switch, Text, Title } from "@mantine/core";
import { useCallback, useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { problemOf } from "../../client/api.ts";
import {
  blocksOf,
  type GridSlice,
  useRows,
  useSay,
  useSlices,
  useTable,
  useTiles,
} from "../../queries/validation.ts";
import { Fetched } from "../../ui/Fetched.tsx";
import { KeyHelp } from "../../ui/KeyHelp.tsx";
import { type KeyBinding, useKeys } from "../../ui/keymap.ts";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { counted } from "../../ui/words.ts";
import { Detail } from "./Detail.tsx";
import { FilterPanel } from "./FilterPanel.tsx";
import { EVERYTHING, isFiltered, useGridFilter } from "./filter.ts";
import { Matrix } from "./Matrix.tsx";
import { NothingHere } from "./NothingHere.tsx";
import { SliceGrid } from "./SliceGrid.tsx";
import { Tabs } from "./Tabs.tsx";
import classes from "./Validation.module.css";
import { ViewsBar } from "./ViewsBar.tsx";
import { placeOf, VERDICTS } from "./words.ts";

const NOBODY: readonly number[] = [];

/** All analyzed slices: is the network right, and for the right reasons? */
export function ValidationPage() {
  const [filter, setFilter] = useGridFilter();
  const found = useSlices(filter);
  const ids = found.data?.ids ?? NOBODY;
  const [place, setPlace] = useState(0);
  const [columns, setColumns] = useState(1);
  const [hasOverlay, setOverlay] = useState(true);
  const [isHelping, setHelping] = useState(false);
  const current = Math.min(place, Math.max(0, ids.length - 1));
  const block = blocksOf(ids, current, current);
  const [rows, tiles] = [useRows(block), useTiles(block)];
  const id = ids[current];
  const slice = id === undefined ? undefined : rows.get(id);
  const say = useSay();
  const table = useTable();
  const navigate = useNavigate();
  const open = useCallback((one: GridSlice) => void navigate(placeOf(one)), [navigate]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter starts at its first slice
  useEffect(() => setPlace(0), [filter]);
  const by = (steps: number) => () =>
    setPlace(Math.min(Math.max(current + steps, 0), Math.max(0, ids.length - 1)));
  const bindings: KeyBinding[] = [
    { keys: ["ArrowRight"], does: "Next slice", onPress: by(1) },
    { keys: ["ArrowLeft"], does: "Slice before", onPress: by(-1) },
    { keys: ["ArrowDown"], does: "A row down", onPress: by(columns) },
    { keys: ["ArrowUp"], does: "A row up", onPress: by(-columns) },
    { keys: ["PageDown"], does: "Four rows down", onPress: by(4 * columns) },
    { keys: ["PageUp"], does: "Four rows up", onPress: by(-4 * columns) },
    { keys: ["Home"], does: "First slice", onPress: by(-ids.length) },
    { keys: ["End"], does: "Last slice", onPress: by(ids.length) },
    ...VERDICTS.map(({ value, name }, at) => ({
      keys: [String(at + 1)],
      does: `Verdict: ${name.toLowerCase()}`,
      onPress: () => slice && say.mutate({ sliceId: slice.id, verdict: value }),
    })),
    {
      keys: ["0"],
      does: "Take your verdict back",
      onPress: () =>
        slice && slice.verdict !== "none" && say.mutate({ sliceId: slice.id, verdict: null }),
    },
    { keys: ["O"], does: "Evidence on and off", onPress: () => setOverlay((on) => !on) },
    { keys: ["Enter"], does: "Open the slice in the reading room" }, // the grid listens to it
    { keys: ["?"], does: "Keys", onPress: () => setHelping(true) },
  ];
  useKeys(bindings.filter(({ onPress }) => onPress));

  return (
    <main className={classes.page}>
      <title>Validation · Neuroscope</title>
      <header className={classes.heading}>
        <Title order={1} size="h3">
          Validation
        </Title>
        <Tabs />
        <Text aria-live="polite" c="dark.1" fz="sm">
          {found.data ? countOf(found.data.total, found.data.all_slices) : ""}
        </Text>
        <Group gap="sm" ml="auto" wrap="nowrap">
          <Switch
            checked={hasOverlay}
            label="Evidence"
            onChange={(event) => setOverlay(event.currentTarget.checked)}
            size="xs"
          />
          <Button
            disabled={!found.data?.total}
            loading={table.isPending}
            onClick={() => table.mutate(filter, { onSuccess: offer })}
            size="compact-sm"
            variant="default"
          >
            Export table
          </Button>
          <Button onClick={() => setHelping(true)} size="compact-sm" variant="subtle">
            Keys
          </Button>
        </Group>
      </header>
      <ViewsBar filter={filter} onChange={setFilter} />
      {table.error ? <ProblemNote {...problemOf(table.error)} /> : null}
      <div className={classes.room}>
        <aside aria-label="Filters" className={classes.side}>
          {found.data ? (
            <>
              <Matrix filter={filter} matrix={found.data.matrix} onChange={setFilter} />
              {isFiltered(filter) ? (
                <Button
                  fullWidth
                  my={6}
                  onClick={() => setFilter({ ...EVERYTHING, order: filter.order })}
                  size="compact-sm"
                  variant="default"
                >
                  Show all slices
                </Button>
              ) : null}
              <FilterPanel facets={found.data.facets} filter={filter} onChange={setFilter} />
            </>
          ) : null}
        </aside>
        <Fetched
          isPending={found.isPending}
          label="Loading the slices"
          onRetry={() => void found.refetch()}
          problem={found.isError ? problemOf(found.error) : null}
        >
          {ids.length > 0 ? (
            <SliceGrid
              current={current}
              hasOverlay={hasOverlay}
              ids={ids}
              onChoose={setPlace}
              onColumns={setColumns}
              onOpen={open}
            />
          ) : (
            <NothingHere
              hasSlices={(found.data?.all_slices ?? 0) > 0}
              onShowAll={() => setFilter(EVERYTHING)}
            />
          )}
        </Fetched>
        {slice ? (
          <Detail
            failure={say.error}
            hasOverlay={hasOverlay}
            onSay={say.mutate}
            slice={slice}
            tile={tiles.get(slice.id)}
          />
        ) : null}
      </div>
      <KeyHelp
        bindings={bindings}
        gestures={[
          ["Click", "Choose a slice"],
          ["Double click", "Open it in the reading room"],
          ["Click a number of the matrix", "Show its slices"],
        ]}
        isOpen={isHelping}
        onClose={() => setHelping(false)}
      />
    </main>
  );
}

function countOf(total: number, all: number): string {
  return total === all ? counted(all, "slice") : `${total} of ${counted(all, "slice")}`;
}

/** Give the reader a file. */
function offer(table: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(table);
  link.download = "neuroscope-slices.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}
