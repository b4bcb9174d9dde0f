import { Button, NativeSelect, NumberInput, Switch, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { problemOf } from "../../client/api.ts";
import { type TrainingChoices, useTrainingChanges } from "../../queries/training.ts";
import { Panel } from "../../ui/Panel.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import {
  boundWords,
  type Draft,
  draftOf,
  hindrance,
  LOSS_NAMES,
  MOST_EPSILONS,
  readEpsilons,
  TIER_NAMES,
  wishOf,
} from "./form.ts";
import { SliceChoice } from "./SliceChoice.tsx";
import classes from "./Training.module.css";

interface Props {
  readonly choices: TrainingChoices;
  /** Called with the first training that was started. */
  readonly onStarted: (id: string) => void;
}

/** What a training shall do; the usual answers are filled in. */
export function StartForm({ choices, onStarted }: Props) {
  const [draft, setDraft] = useState(() => draftOf(choices));
  const { start } = useTrainingChanges();
  const change = (facts: Partial<Draft>) => setDraft({ ...draft, ...facts });
  const why = choices.available ? hindrance(draft, choices) : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate(wishOf(draft, choices), {
      onSuccess: ([first]) => first && onStarted(first.id),
    });
  };
  const isHindered = !choices.available || why !== null;
  return (
    <Panel title="New training">
      <form className={classes.form} onSubmit={submit}>
        <TextInput
          label="Name"
          maxLength={80}
          onChange={(event) => change({ name: event.currentTarget.value })}
          placeholder="To find it again"
          size="sm"
          value={draft.name}
        />
        <Bound change={change} draft={draft} />
        <details className={classes.more}>
          <summary>More choices: what is asked, how much learns, steps, seed</summary>
          <Expert change={change} choices={choices} draft={draft} />
        </details>
        <SliceChoice
          onChange={(without) => change({ without })}
          slices={choices.slices}
          without={draft.without}
        />
        {start.isError ? <ProblemNote {...problemOf(start.error)} /> : null}
        {why ? (
          <Text c="yellow.4" fz="sm" id="why-not">
            {why}
          </Text>
        ) : null}
        <Button
          aria-describedby={why ? "why-not" : undefined}
          disabled={isHindered}
          loading={start.isPending}
          type="submit"
        >
          {startWords(draft)}
        </Button>
      </form>
    </Panel>
  );
}

function startWords(draft: Draft): string {
  const number = draft.isTradeOff ? (readEpsilons(draft.epsilons)?.length ?? 0) : 1;
  return number > 1 ? `Start ${number} trainings` : "Start the training";
}

interface PartProps {
  readonly draft: Draft;
  readonly change: (facts: Partial<Draft>) => void;
}

function Bound({ draft, change }: PartProps) {
  return (
    <>
      {draft.isTradeOff ? (
        <TextInput
          description={`Up to ${MOST_EPSILONS} bounds, one training for each; together they show what more room buys.`}
          label="How much worse may a class get? (ε, nats)"
          onChange={(event) => change({ epsilons: event.currentTarget.value })}
          value={draft.epsilons}
        />
      ) : (
        <NumberInput
          clampBehavior="strict"
          decimalScale={3}
          description={boundWords(draft.epsilon)}
          label="How much worse may a class get? (ε, nats)"
          max={5}
          min={0}
          onChange={(value) => change({ epsilon: Number(value) || 0 })}
          step={0.01}
          value={draft.epsilon}
        />
      )}
      <Switch
        checked={draft.isTradeOff}
        label="Try several bounds and compare them"
        onChange={(event) => change({ isTradeOff: event.currentTarget.checked })}
        size="xs"
      />
    </>
  );
}

function Expert({ draft, change, choices }: PartProps & { choices: TrainingChoices }) {
  const about = (options: TrainingChoices["losses"], name: string) =>
    options.find((option) => option.name === name)?.about ?? "";
  return (
    <div className={classes.form}>
      <NativeSelect
        data={choices.losses.map(({ name }) => ({
          value: name,
          label: LOSS_NAMES[name as Draft["loss"]] ?? name,
        }))}
        description={about(choices.losses, draft.loss)}
        label="What is asked of the map"
        onChange={(event) => change({ loss: event.currentTarget.value as Draft["loss"] })}
        value={draft.loss}
      />
      <NativeSelect
        data={choices.tiers.map(({ name }) => ({
          value: name,
          label: TIER_NAMES[name as Draft["tier"]] ?? name,
        }))}
        description={about(choices.tiers, draft.tier)}
        label="How much of the network learns"
        onChange={(event) => change({ tier: event.currentTarget.value as Draft["tier"] })}
        value={draft.tier}
      />
      <NumberInput
        allowDecimal={false}
        description="More steps learn more and take longer; 90 is about a minute."
        label="Steps"
        max={2000}
        min={1}
        onChange={(value) => change({ steps: Math.max(1, Number(value) || 1) })}
        value={draft.steps}
      />
      <NumberInput
        allowDecimal={false}
        description="The same seed and annotations give the same weights on one thread."
        label="Seed"
        max={2 ** 31 - 1}
        min={0}
        onChange={(value) => change({ seed: Math.max(0, Number(value) || 0) })}
        value={draft.seed}
      />
      <NumberInput
        allowDecimal={false}
        description="After the steps, until the weights come to rest. Empty: 100 for the two small choices above, none else. Each takes about as long as ten steps."
        label="Evaluations to come to rest"
        max={1000}
        min={0}
        onChange={(value) => change({ polish: value === "" ? null : Number(value) })}
        placeholder="usual"
        value={draft.polish ?? ""}
      />
      <Switch
        checked={draft.swapIgnored}
        description="Also replace, on slices nobody marked, what most marks of “ignore this” agree on. Answers stop following it sooner; slices that differ only there are harder to tell apart."
        label="Replace what is to be ignored everywhere"
        onChange={(event) => change({ swapIgnored: event.currentTarget.checked })}
        size="xs"
      />
    </div>
  );
}
