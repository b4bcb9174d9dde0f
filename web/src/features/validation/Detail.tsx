import { Anchor, Button, Group, Kbd, Text, Textarea } from "@mantine/core";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { problemOf } from "../../client/api.ts";
import { className } from "../../queries/classes.ts";
import type { Tile } from "../../queries/tiles.ts";
import {
  type GridSlice,
  type Saying,
  useVerdicts,
  type Verdict,
  type Verdicts,
} from "../../queries/validation.ts";
import { Panel } from "../../ui/Panel.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { counted, inPercent, inTime } from "../../ui/words.ts";
import { FocusBars } from "./FocusBars.tsx";
import { TilePicture } from "./TilePicture.tsx";
import classes from "./Validation.module.css";
import { isRight, placeOf, VERDICTS, valueName } from "./words.ts";

interface Props {
  readonly slice: GridSlice;
  readonly tile: Tile | undefined;
  readonly hasOverlay: boolean;
  readonly onSay: (saying: Saying) => void;
  readonly failure: Error | null;
}

/** All about the current slice, and what you say of its map. */
export function Detail({ slice, tile, hasOverlay, onSay, failure }: Props) {
  const said = useVerdicts(slice.id);
  const right = isRight(slice);
  return (
    <aside aria-label={`Slice ${slice.name} of ${slice.pseudonym}`} className={classes.detail}>
      <div className={classes.large}>
        {tile?.picture ? (
          <TilePicture
            hasOverlay={hasOverlay}
            isGray={slice.passport === "failed"}
            label={`${slice.name} with the evidence for ${className(slice.predicted)}`}
            side={264}
            tile={tile}
          />
        ) : null}
      </div>
      <Panel
        aside={
          <Anchor component={Link} fz="xs" to={placeOf(slice)}>
            Open the slice
          </Anchor>
        }
        title={`${slice.pseudonym}, ${slice.name}`}
      >
        <dl className={classes.facts}>
          <dt>Network</dt>
          <dd>
            {className(slice.predicted)}, {inPercent(slice.p_predicted)}
          </dd>
          <dt>Readers</dt>
          <dd className={classes.answer} data-right={right}>
            {valueName("truth", slice.truth)}
          </dd>
          <dt>Reason</dt>
          <dd>{valueName("reason", slice.reason)}</dd>
          <dt>Map tests</dt>
          <dd>{valueName("passport", slice.passport)}</dd>
          {slice.abstained ? (
            <>
              <dt>Abstained</dt>
              <dd>Unlike what the network knows</dd>
            </>
          ) : null}
        </dl>
      </Panel>
      <Panel title="What is the map worth?">
        <VerdictForm onSay={onSay} slice={slice} said={said.data ?? null} />
        {failure ? <ProblemNote {...problemOf(failure)} /> : null}
        <History said={said.data ?? null} />
      </Panel>
      <Panel title="Where the evidence lies">
        <FocusBars slice={slice} />
      </Panel>
    </aside>
  );
}

interface FormProps {
  readonly slice: GridSlice;
  readonly said: Verdicts | null;
  readonly onSay: (saying: Saying) => void;
}

function VerdictForm({ slice, said, onSay }: FormProps) {
  const kept = said?.yours?.note ?? "";
  const [note, setNote] = useState(kept);
  const [about, setAbout] = useState(slice.id);
  useEffect(() => {
    setNote(kept);
    setAbout(slice.id);
  }, [kept, slice.id]);
  const shown = about === slice.id ? note : kept;
  const verdict: Verdict | null = slice.verdict === "none" ? null : slice.verdict;
  return (
    <>
      <Group aria-label="Your verdict" gap={6} role="group">
        {VERDICTS.map(({ value, name }, at) => (
          <Button
            aria-pressed={verdict === value}
            className={classes.choice ?? ""}
            data-verdict={value}
            key={value}
            onClick={() => onSay({ sliceId: slice.id, verdict: verdict === value ? null : value })}
            rightSection={<Kbd size="xs">{at + 1}</Kbd>}
            size="compact-sm"
            variant={verdict === value ? "filled" : "default"}
          >
            {name}
          </Button>
        ))}
      </Group>
      <Textarea
        label="Note"
        maxLength={2000}
        mt={8}
        onChange={(event) => setNote(event.currentTarget.value)}
        placeholder="What the map shows or misses; no names"
        rows={3}
        size="xs"
        value={shown}
      />
      {shown.trim() === kept ? null : (
        <Button
          mt={6}
          onClick={() => onSay({ sliceId: slice.id, verdict, note: shown.trim() })}
          size="compact-xs"
        >
          Save the note
        </Button>
      )}
    </>
  );
}

function History({ said }: { readonly said: Verdicts | null }) {
  if (!said) {
    return null;
  }
  const hidden = said.others > 0 && said.versions.every((one) => one.reader === said.yours?.reader);
  return (
    <>
      {hidden ? (
        <Text c="dark.1" fz="xs" mt={8}>
          {counted(said.others, "other reader has", "other readers have")} judged this map. Theirs
          is shown once you have given yours.
        </Text>
      ) : null}
      {said.versions.length > 0 ? (
        <details className={classes.facet}>
          <summary>{counted(said.versions.length, "entry", "entries")}</summary>
          <ol className={classes.history}>
            {said.versions.map((one) => (
              <li key={`${one.reader}/${one.version}`}>
                <b>{one.verdict ? valueName("verdict", one.verdict) : "Taken back"}</b> by{" "}
                {one.reader}, {inTime(one.created)}
                {one.note ? <q>{one.note}</q> : null}
              </li>
            ))}
          </ol>
        </details>
      ) : null}
    </>
  );
}
