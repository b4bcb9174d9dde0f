import { Checkbox, Text, Textarea } from "@mantine/core";
import { useStore } from "zustand";
import type { OfSeries } from "../../queries/annotations.ts";
import { Caution } from "../../ui/Caution.tsx";
import { Panel } from "../../ui/Panel.tsx";
import classes from "./Annotate.module.css";
import type { RoomOfDrawing } from "./Annotator.tsx";
import { AnswerPanel } from "./AnswerPanel.tsx";
import { restate } from "./acts.ts";
import { ConflictNote, OpenConflict } from "./ConflictNote.tsx";
import { KIND_NAMES } from "./content.ts";
import { DrawingList } from "./DrawingList.tsx";
import { ExchangePanel } from "./ExchangePanel.tsx";
import type { NotebookState } from "./notebook.ts";
import { type Entry, isDirty } from "./outbox.ts";
import { seenOf } from "./painter.ts";
import { RefusedNote } from "./RefusedNote.tsx";
import { contradiction } from "./sight.ts";
import type { Hand } from "./sketch.ts";
import { useTools } from "./tools.ts";

interface Props {
  readonly hand: Hand;
  readonly of: OfSeries;
  readonly room: RoomOfDrawing;
}

/** Whether the server has everything, in words. */
export function savedWords(state: NotebookState): {
  words: string;
  state: "saved" | "saving" | "waiting";
} {
  const waiting = [...state.entries.values()].filter(isDirty).length;
  if (waiting === 0) {
    return { words: state.isLoaded ? "Saved" : "Asking for drawings…", state: "saved" };
  }
  if (state.trouble) {
    const why = state.trouble === "signed out" ? "not signed in" : "no line to the server";
    const where = state.isKept ? "kept in this browser" : "kept on this page only";
    return { words: `${waiting} not sent yet: ${why}; ${where}`, state: "waiting" };
  }
  const isStuck = [...state.entries.values()].some(({ refused, conflict }) => refused || conflict);
  return isStuck
    ? { words: `${waiting} not sent yet: see below`, state: "waiting" }
    : { words: "Saving…", state: "saving" };
}

/** All drawings of the series, what is chosen, and what waits to be settled. */
export function DrawingPanel({ hand, of, room }: Props) {
  const { notebook } = hand;
  const state = useStore(notebook.store);
  const saved = savedWords(state);
  const { selected, hidden, isShown } = useTools();
  const entries = [...state.entries.values()];
  const chosen = entries.find(({ id, local }) => id === selected && local);
  const clash =
    room.sheet && isShown && hidden ? contradiction(room.sheet, seenOf(notebook)) : null;
  return (
    <>
      <Panel
        aside={
          <span className={classes.state} data-state={saved.state} role="status">
            {saved.words}
          </span>
        }
        title="Drawings"
      >
        {state.isKept ? null : (
          <Caution>This browser keeps no drafts: a reload loses what is not sent yet.</Caution>
        )}
        {state.readsBlind ? (
          <Text c="dark.1" fz="xs" mb={6}>
            You read this series blind: you see only your own drawings until you submit.
          </Text>
        ) : null}
        <Text aria-live="polite" c="yellow.4" fz="xs" mb={state.news ? 6 : 0}>
          {state.news}
        </Text>
        {clash ? <Caution>{clash}</Caution> : null}
        {entries.map((entry) => (
          <Trouble entry={entry} hand={hand} key={entry.id} of={of} />
        ))}
        {chosen ? <Chosen entry={chosen} hand={hand} key={chosen.id} /> : null}
        <DrawingList entries={entries} hand={hand} room={room} />
      </Panel>
      <AnswerPanel of={of} sliceIndex={room.sheet?.sliceIndex ?? null} />
      <ExchangePanel isVolume={room.sheet?.sliceIndex === null} notebook={notebook} of={of} />
    </>
  );
}

function Trouble({ entry, hand, of }: { entry: Entry; hand: Hand; of: OfSeries }) {
  if (entry.conflict) {
    return <ConflictNote conflict={entry.conflict} entry={entry} hand={hand} />;
  }
  if (entry.refused) {
    return <RefusedNote entry={entry} hand={hand} problem={entry.refused} />;
  }
  return entry.facts && entry.facts.conflicts.length > 0 && !isDirty(entry) ? (
    <OpenConflict entry={entry} hand={hand} of={of} />
  ) : null;
}

/** Why it was drawn, and how much it says. */
function Chosen({ entry, hand }: { entry: Entry; hand: Hand }) {
  const { local } = entry;
  if (!local) {
    return null;
  }
  const keep = (reason: string) => restate(hand, entry.id, { reason }, `reason ${entry.id}`);
  return (
    <div>
      <Textarea
        label={local.kind === "note" ? "Note" : `Why “${KIND_NAMES[local.kind].toLowerCase()}”?`}
        maxLength={4000}
        rows={2}
        onChange={(event) => keep(event.currentTarget.value)}
        placeholder={
          local.kind === "note" ? "What is there to note?" : "For example: ring of contrast"
        }
        size="xs"
        value={local.reason}
      />
      {local.kind === "evidence" || local.kind === "tumor" ? (
        <Checkbox
          checked={local.only_this}
          label="Nothing else matters in this image (N)"
          my={8}
          onChange={(event) => restate(hand, entry.id, { only_this: event.currentTarget.checked })}
          size="xs"
        />
      ) : (
        <div style={{ height: 8 }} />
      )}
    </div>
  );
}
