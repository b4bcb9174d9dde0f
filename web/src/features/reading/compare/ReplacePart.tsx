import { Button, Center, Input, Loader, SegmentedControl, Select, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { problemOf } from "../../../client/api.ts";
import { CLASS_NAMES, className, TUMOR_CLASSES } from "../../../queries/classes.ts";
import type { SliceAsked, Target } from "../../../queries/explanations.ts";
import { isAtWork, useJob } from "../../../queries/jobs.ts";
import {
  type Region,
  type Replacement,
  useAskToReplace,
  useReplacementPictures,
  useReplacements,
} from "../../../queries/replacements.ts";
import { ProblemNote } from "../../../ui/ProblemNote.tsx";
import { counted } from "../../../ui/words.ts";
import classes from "./compare.module.css";
import {
  changed,
  inScore,
  middle,
  outlined,
  outlinedBy,
  REGION_NAMES,
  replacedWords,
} from "./replaced.ts";

interface Props {
  readonly asked: SliceAsked;
  /** The name of the slice. */
  readonly name: string;
  readonly firstTarget: string;
}

const REGIONS = (Object.keys(REGION_NAMES) as Region[]).map((value) => ({
  value,
  label: REGION_NAMES[value],
}));

/** Replace a part of a slice by plausible tissue, and see how far the score of a class falls. */
export function ReplacePart({ asked, name, firstTarget }: Props) {
  const [region, setRegion] = useState<Region>("tumor");
  const [target, setTarget] = useState(firstTarget as Target);
  const replacements = useReplacements(asked, target);
  const ask = useAskToReplace(asked);
  const found = replacements.data?.find((one) => one.region === region) ?? null;
  const replace = () => ask.mutate({ region, target });
  const error = replacements.error ?? ask.error;
  return (
    <>
      <div className={classes.choices}>
        <Input.Wrapper label="Replace" labelElement="div">
          <SegmentedControl
            aria-label="What to replace"
            data={REGIONS}
            fullWidth
            onChange={(value) => setRegion(value as Region)}
            value={region}
          />
        </Input.Wrapper>
        <Select
          allowDeselect={false}
          data={TUMOR_CLASSES.map((value) => ({ value, label: CLASS_NAMES[value] }))}
          label="And follow the score for"
          onChange={(value) => value && setTarget(value as Target)}
          value={target}
        />
      </div>
      {error ? <ProblemNote {...problemOf(error)} /> : null}
      {replacements.isPending ? (
        <Waiting words="Looking for earlier ones" />
      ) : found ? (
        <Found asked={asked} found={found} key={`${region} ${target}`} onAgain={replace} />
      ) : (
        <>
          <Text c="dark.1" fz="sm" mb={10}>
            {region === "tumor"
              ? `The tumor of ${name} is taken out of the picture: where a reader outlined it, else where the segmentation found it.`
              : `The place of ${name} that the evidence map points to is taken out of the picture.`}{" "}
            In its place comes tissue of the same head. An answer that rests on this place must
            lose; healthy tissue of the same shape elsewhere is replaced, too, to see what the
            replacing alone does.
          </Text>
          <Button loading={ask.isPending} onClick={replace} size="xs" variant="light">
            Replace it
          </Button>
        </>
      )}
    </>
  );
}

function Waiting({ words }: { readonly words: string }) {
  return (
    <Center h={120}>
      <Loader aria-label={words} mr={10} role="status" size="sm" />
      <Text c="dark.1" fz="sm">
        {words}
      </Text>
    </Center>
  );
}

interface FoundProps {
  readonly asked: SliceAsked;
  readonly found: Replacement;
  readonly onAgain: () => void;
}

function Found({ asked, found, onAgain }: FoundProps) {
  const job = useJob(found.job);
  const pictures = useReplacementPictures(asked, found);
  const problem = job?.state === "failed" ? job.problem : null;
  if (isAtWork(job)) {
    return <Waiting words={job.message || "Waiting for its turn"} />;
  }
  if (problem) {
    return (
      <ProblemNote {...problem}>
        <Button onClick={onAgain} size="xs" variant="light">
          Try again
        </Button>
      </ProblemNote>
    );
  }
  if (pictures.error) {
    return <ProblemNote {...problemOf(pictures.error)} />;
  }
  if (!pictures.data) {
    return <Waiting words="Fetching the pictures" />;
  }
  const { rows, columns, picture, part, without, sham } = pictures.data;
  const size = { rows, columns };
  const sham_drop = middle(found.sham_drops);
  return (
    <>
      <div className={classes.pictures}>
        <Picture {...size} part={part} picture={picture} title="As it is">
          score {inScore(found.before ?? 0)}
        </Picture>
        <Picture {...size} part={null} picture={without} title="Replaced">
          score {inScore(found.after ?? 0)}, falls by {(found.drop ?? 0).toFixed(2)}
        </Picture>
        {sham && sham_drop !== null ? (
          <Picture
            {...size}
            part={changed(picture, sham, columns)}
            picture={sham}
            title="Healthy tissue replaced instead"
          >
            falls by {sham_drop.toFixed(2)}, the middle of{" "}
            {counted(found.sham_drops.length, "place")}
          </Picture>
        ) : null}
      </div>
      <Text fz="sm" fw={500} mt={14}>
        {replacedWords(found, className(found.target))}
      </Text>
      <Text c="dark.1" fz="xs" mt={8}>
        {outlinedBy(found.outlined_by)} A score is how far the class stands above the mean of all
        four, in logits; at 0 it stands out in no way. The replaced picture is made up: it shows
        what the network needs, not what is behind the tumor.
      </Text>
      <Button mt={10} onClick={onAgain} size="compact-xs" variant="default">
        Replace again
      </Button>
    </>
  );
}

interface PictureProps {
  readonly title: string;
  readonly rows: number;
  readonly columns: number;
  readonly picture: Float32Array;
  /** What is outlined; nothing without. */
  readonly part: Float32Array | null;
  readonly children: React.ReactNode;
}

function Picture({ title, rows, columns, picture, part, children }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    context?.putImageData(new ImageData(outlined(picture, part, columns), columns, rows), 0, 0);
  }, [picture, part, rows, columns]);
  return (
    <figure className={classes.map}>
      <canvas
        aria-label={`The slice: ${title}`}
        className={classes.canvas}
        height={rows}
        ref={canvas}
        role="img"
        width={columns}
      />
      <figcaption>
        <Text fw={600} fz="sm" mt={6}>
          {title}
        </Text>
        <Text c="dark.1" fz="xs">
          {children}
        </Text>
      </figcaption>
    </figure>
  );
}
