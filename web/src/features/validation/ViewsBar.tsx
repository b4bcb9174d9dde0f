import { Button, CloseButton, Group, TextInput, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { problemOf } from "../../client/api.ts";
import { type GridFilter, useViewChanges, useViews } from "../../queries/validation.ts";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { addressOf, EVERYTHING, isFiltered } from "./filter.ts";
import classes from "./Validation.module.css";

interface Props {
  readonly filter: GridFilter;
  readonly onChange: (filter: GridFilter) => void;
}

/** What many readers look for first. */
const GIVEN: readonly { readonly name: string; readonly filter: GridFilter }[] = [
  { name: "All slices", filter: EVERYTHING },
  {
    name: "Right for the wrong reason",
    filter: { ...EVERYTHING, reason: ["right_elsewhere"], order: "sure" },
  },
  {
    name: "Mistakes",
    filter: { ...EVERYTHING, reason: ["wrong_there", "wrong_elsewhere"], order: "sure" },
  },
  {
    name: "Off the brain",
    filter: { ...EVERYTHING, dominant: ["skull", "border", "background", "text"] },
  },
  {
    name: "Not judged, least sure",
    filter: { ...EVERYTHING, verdict: ["none"], order: "unsure" },
  },
];

/** Filters under a name: some that come with the page, and those that readers kept. */
export function ViewsBar({ filter, onChange }: Props) {
  const views = useViews();
  const { save, forget } = useViewChanges();
  const [name, setName] = useState<string | null>(null);
  const now = addressOf(filter).toString();
  const failed = save.error ?? forget.error;
  const keep = () => {
    if (name?.trim()) {
      save.mutate({ name: name.trim(), filter }, { onSuccess: () => setName(null) });
    }
  };
  return (
    <nav aria-label="Views" className={classes.views}>
      {GIVEN.map((view) => (
        <UnstyledButton
          aria-pressed={addressOf(view.filter).toString() === now}
          className={classes.view ?? ""}
          key={view.name}
          onClick={() => onChange(view.filter)}
        >
          {view.name}
        </UnstyledButton>
      ))}
      {(views.data ?? []).map((view) => (
        <span className={classes.saved} key={view.id}>
          <UnstyledButton
            aria-pressed={addressOf({ ...EVERYTHING, ...view.filter }).toString() === now}
            className={classes.view ?? ""}
            onClick={() => onChange({ ...EVERYTHING, ...view.filter })}
            title={`Kept by ${view.author}`}
          >
            {view.name}
          </UnstyledButton>
          <CloseButton
            aria-label={`Forget the view ${view.name}`}
            onClick={() => forget.mutate(view.id)}
            size="xs"
          />
        </span>
      ))}
      {name === null ? (
        <Button
          disabled={!isFiltered(filter)}
          onClick={() => setName("")}
          size="compact-xs"
          title={isFiltered(filter) ? "" : "Choose a filter first"}
          variant="subtle"
        >
          Keep this view…
        </Button>
      ) : (
        <Group component="span" gap={6} wrap="nowrap">
          <TextInput
            aria-label="Name of the view"
            data-autofocus
            maxLength={64}
            onChange={(event) => setName(event.currentTarget.value)}
            onKeyDown={(event) => event.key === "Enter" && keep()}
            placeholder="Name of the view"
            ref={(input) => input?.focus()}
            size="xs"
            value={name}
          />
          <Button disabled={!name.trim()} loading={save.isPending} onClick={keep} size="compact-xs">
            Keep
          </Button>
          <Button onClick={() => setName(null)} size="compact-xs" variant="subtle">
            Leave it
          </Button>
        </Group>
      )}
      {failed ? <ProblemNote {...problemOf(failed)} /> : null}
    </nav>
  );
}
