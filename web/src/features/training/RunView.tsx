import { Button, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import { problemOf } from "../../client/api.ts";
import {
  isTraining,
  type TrainingRun,
  useLiveTraining,
  useTrainingChanges,
} from "../../queries/training.ts";
import { Caution } from "../../ui/Caution.tsx";
import { Chart } from "../../ui/Chart.tsx";
import { Hash } from "../../ui/Hash.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { WorkProgress } from "../../ui/WorkProgress.tsx";
import { panelsOf, runName } from "./curves.ts";
import { Previews } from "./Previews.tsx";
import { TradeOffChart } from "./TradeOffChart.tsx";
import classes from "./Training.module.css";
import { inSeconds, outcomeWords, stateWords } from "./words.ts";

interface Props {
  readonly run: TrainingRun;
  /** The trainings of the same trade-off, this one among them. */
  readonly group: readonly TrainingRun[];
}

/** One training: how far it is, its curves, its maps before and now, and what came of it. */
export function RunView({ run, group }: Props) {
  const line = useLiveTraining(run);
  const panels = panelsOf(run);
  return (
    <section aria-label={`Training ${runName(run)}`}>
      <Panel aside={<Text fz="xs">{stateWords(run)}</Text>} title={runName(run)}>
        <div className={classes.state}>
          <State line={line} run={run} />
          <div>
            {run.cautions.map((caution) => (
              <Caution key={caution}>{caution}</Caution>
            ))}
          </div>
        </div>
      </Panel>
      <div className={classes.charts}>
        {panels.map((panel) => (
          <Chart key={panel.title} xName="Step" {...panel} />
        ))}
        <TradeOffChart runs={group} />
      </div>
      {panels.length === 0 && isTraining(run) ? (
        <Text c="dark.1" fz="sm" p="sm">
          The curves begin with the first look at everything, after some seconds.
        </Text>
      ) : null}
      <Previews run={run} />
      <Origin run={run} />
    </section>
  );
}

function State({ run, line }: { run: TrainingRun; line: "open" | "lost" | "closed" }) {
  const { stop, resume } = useTrainingChanges();
  const refusal = stop.error ?? resume.error;
  const again = (
    <Button
      loading={resume.isPending}
      onClick={() => resume.mutate(run.id)}
      size="xs"
      variant="light"
    >
      Go on
    </Button>
  );
  return (
    <>
      {isTraining(run) ? (
        <WorkProgress
          fraction={run.progress}
          label="Training"
          message={run.message || stateWords(run)}
        >
          <Button
            loading={stop.isPending}
            onClick={() => stop.mutate(run.id)}
            size="compact-xs"
            variant="default"
          >
            Stop
          </Button>
        </WorkProgress>
      ) : null}
      {line === "lost" ? (
        <Text c="yellow.4" fz="xs">
          The live line is broken. Trying again; the training itself goes on.
        </Text>
      ) : null}
      {run.state === "failed" && run.problem ? (
        <ProblemNote {...run.problem}>{again}</ProblemNote>
      ) : null}
      {run.state === "canceled" ? (
        <Group gap="sm">
          <Text fz="sm">Stopped. What it had learned is kept.</Text>
          {again}
        </Group>
      ) : null}
      {run.outcome ? <Text fz="sm">{outcomeWords(run)}</Text> : null}
      {run.model_id ? (
        <Group gap="xs" mt="xs">
          <Button component={Link} size="xs" to={`/models/${run.model_id}/certificate`}>
            Read the certificate
          </Button>
          <Button
            component={Link}
            size="xs"
            to={`/models?version=${run.model_id}`}
            variant="default"
          >
            Open the version
          </Button>
        </Group>
      ) : null}
      {refusal ? <ProblemNote {...problemOf(refusal)} /> : null}
    </>
  );
}

function Origin({ run }: { run: TrainingRun }) {
  const { manifest, outcome, tracking } = run;
  if (!manifest) {
    return null;
  }
  return (
    <details className={classes.more}>
      <summary>What it learned from, and how to find it again</summary>
      <dl className={classes.facts}>
        <dt>Learned from</dt>
        <dd>
          {manifest.annotated.slices} annotated slices of {manifest.annotated.patients} patients
        </dd>
        <dt>Replayed</dt>
        <dd>
          {manifest.replay
            .map(({ source, slices }) => `${slices} ${SOURCE_WORDS[source]}`)
            .join(", ")}
        </dd>
        <dt>Kept for the certificate</dt>
        <dd>
          {manifest.held_out.slices} annotated slices of {manifest.held_out.patients} patients
          {manifest.answers
            .map(({ source, slices }) => `, ${slices} answers ${SOURCE_WORDS[source]}`)
            .join("")}
        </dd>
        <dt>List of the data</dt>
        <dd>
          <Hash of="the hash of the data list" value={manifest.sha256} />
        </dd>
        {outcome ? (
          <>
            <dt>Took</dt>
            <dd>
              {inSeconds(outcome.seconds)} on {outcome.threads}{" "}
              {outcome.threads === 1 ? "thread" : "threads"}
            </dd>
            <dt>Weights (SHA-256)</dt>
            <dd>
              <Hash of="the hash of the weights" value={outcome.weights_sha256} />
            </dd>
          </>
        ) : null}
        {tracking ? (
          <>
            <dt>MLflow</dt>
            <dd>
              experiment {tracking.experiment}, run {tracking.run_id}
            </dd>
          </>
        ) : null}
      </dl>
    </details>
  );
}

const SOURCE_WORDS: Readonly<Record<string, string>> = {
  own: "of this store",
  phantom: "synthetic",
  development: "of the development data",
};
