import { Button, Center, Loader, Select, Slider, Text } from "@mantine/core";
import { useState } from "react";
import { problemOf } from "../../../client/api.ts";
import type { SeriesFinding } from "../../../queries/analyses.ts";
import { CLASS_NAMES, TUMOR_CLASSES } from "../../../queries/classes.ts";
import {
  type Explanation,
  type ExplanationMethod,
  type MethodName,
  type SliceAsked,
  type Target,
  useAskForExplanation,
  useExplanationMaps,
  useExplanationMethods,
  useExplanations,
} from "../../../queries/explanations.ts";
import { isAtWork, useJob } from "../../../queries/jobs.ts";
import { Caution } from "../../../ui/Caution.tsx";
import { ProblemNote } from "../../../ui/ProblemNote.tsx";
import classes from "./compare.module.css";
import { agreementWords, choices, LOW_AGREEMENT, ownScale } from "./compare.ts";
import { MapPicture } from "./MapPicture.tsx";

interface Props {
  readonly studyId: string;
  readonly analysisId: string;
  readonly finding: SeriesFinding;
  readonly firstSlice: number | null;
  readonly firstTarget: string;
  /** For every class, the value at which the colors of the evidence saturate. */
  readonly scale: Readonly<Record<string, number>>;
}

/** Choose a slice, a class and a method; evidence map left, the method right. */
export function CompareMaps({ studyId, analysisId, finding, scale, ...first }: Props) {
  const slices = finding.slices;
  const [at, setAt] = useState(() =>
    Math.max(
      slices.findIndex((slice) => slice.index === first.firstSlice),
      0,
    ),
  );
  const [target, setTarget] = useState(first.firstTarget as Target);
  const [method, setMethod] = useState<MethodName | null>(null);
  const slice = slices[at];
  const asked: SliceAsked = {
    studyId,
    analysisId,
    seriesId: finding.series_id,
    index: slice?.index ?? 0,
  };
  const methods = useExplanationMethods(true);
  const explanations = useExplanations(asked, slice !== undefined);
  const ask = useAskForExplanation(asked);
  const found =
    explanations.data?.find((one) => one.method === method && one.target === target) ?? null;

  const choose = (next: { method?: MethodName; target?: Target }) => {
    const wanted = { method: next.method ?? method, target: next.target ?? target };
    setMethod(wanted.method);
    setTarget(wanted.target);
    if (wanted.method) {
      ask.mutate({ method: wanted.method, target: wanted.target });
    }
  };
  const error = methods.error ?? explanations.error ?? ask.error;
  return (
    <>
      <div className={classes.choices}>
        <Select
          data={methods.data ? choices(methods.data) : []}
          label="Method"
          onChange={(value) => value && choose({ method: value as MethodName })}
          placeholder="Choose a method"
          value={method}
        />
        <Select
          allowDeselect={false}
          data={TUMOR_CLASSES.map((name) => ({ value: name, label: CLASS_NAMES[name] }))}
          label="Speaks for or against"
          onChange={(value) => value && choose({ target: value as Target })}
          value={target}
        />
        {slices.length > 1 ? (
          <div style={{ gridColumn: "1 / -1" }}>
            <Text fz="sm">{slice?.name}</Text>
            <Slider
              label={(value) => slices[value]?.name}
              max={slices.length - 1}
              onChange={setAt}
              size="sm"
              thumbLabel="Slice"
              value={at}
            />
          </div>
        ) : null}
      </div>
      {error ? <ProblemNote {...problemOf(error)} /> : null}
      {method === null ? (
        <Text c="dark.1" fz="sm">
          Choose a method to lay beside the evidence map. Quick ones answer at once, the others work
          in the background: you may close this window and come back.
        </Text>
      ) : found ? (
        <Compared
          asked={asked}
          found={found}
          method={methods.data?.find((one) => one.name === method) ?? null}
          onAgain={() => choose({})}
          scale={scale[target] ?? 1}
        />
      ) : ask.isPending || explanations.isFetching ? (
        <Center h={120}>
          <Loader aria-label="Asking for the map" role="status" size="sm" />
        </Center>
      ) : (
        <>
          <Text c="dark.1" fz="sm" mb={8}>
            This slice was not explained by this method yet.
          </Text>
          <Button onClick={() => choose({})} size="xs" variant="light">
            Explain it
          </Button>
        </>
      )}
    </>
  );
}

interface ComparedProps {
  readonly asked: SliceAsked;
  readonly found: Explanation;
  readonly method: ExplanationMethod | null;
  readonly scale: number;
  readonly onAgain: () => void;
}

/** Both maps once they are there; until then, how far the work has come. */
function Compared({ asked, found, method, scale, onAgain }: ComparedProps) {
  const job = useJob(found.job);
  const maps = useExplanationMaps(asked, found);
  if (job?.state === "failed" && job.problem) {
    return (
      <ProblemNote {...job.problem}>
        <Button onClick={onAgain} size="xs" variant="light">
          Try again
        </Button>
      </ProblemNote>
    );
  }
  if (maps.error) {
    return <ProblemNote {...problemOf(maps.error)} />;
  }
  if (!maps.data) {
    return (
      <Center h={120}>
        <Loader aria-label="Making the map" mr={10} role="status" size="sm" />
        <Text c="dark.1" fz="sm">
          {isAtWork(job) ? job.message : "Fetching the map"}
        </Text>
      </Center>
    );
  }
  const { rows, columns, picture, evidence, map } = maps.data;
  const title = method?.title ?? found.method;
  return (
    <>
      <div className={classes.pair}>
        <MapPicture
          columns={columns}
          map={evidence}
          passport={found.evidence_passport}
          picture={picture}
          rows={rows}
          scale={scale}
          title="Evidence map"
        />
        <MapPicture
          columns={columns}
          map={map}
          passport={found.passport}
          picture={picture}
          rows={rows}
          scale={ownScale(map)}
          title={title}
        />
      </div>
      {found.agreement !== null && found.agreement < LOW_AGREEMENT ? (
        <Caution>{agreementWords(found.agreement)}</Caution>
      ) : (
        <Text fz="sm" mt={10}>
          {found.method === "evidence" ? null : agreementWords(found.agreement)}
        </Text>
      )}
      {found.cautions
        .filter((caution) => !caution.startsWith("This map and the evidence map"))
        .map((caution) => (
          <Caution key={caution}>{caution}</Caution>
        ))}
      <Text c="dark.1" fz="xs" mt={10}>
        {method?.meaning} {found.seconds === null ? null : `It took ${secondsOf(found.seconds)}. `}
        Both show the slice as the network sees it, cropped to the head, in the same gray window.
        The colors of the method saturate at its own strong places: compare where, not how much.
      </Text>
    </>
  );
}

function secondsOf(seconds: number): string {
  return seconds < 0.95 ? "less than a second" : `${Math.round(seconds)} s`;
}
