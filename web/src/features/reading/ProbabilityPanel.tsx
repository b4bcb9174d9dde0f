import { Text } from "@mantine/core";
import { CLASS_NAMES, className, TUMOR_CLASSES } from "../../queries/classes.ts";
import {
  headsSentence,
  isAbstained,
  ordinarySentence,
  setSentence,
  thresholdSentence,
} from "../../queries/doubt.ts";
import { Caution } from "../../ui/Caution.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { inPercent } from "../../ui/words.ts";
import type { Shown } from "./findings.ts";
import classes from "./ReadingPage.module.css";

interface Props {
  readonly shown: Shown;
  readonly temperature: number;
}

function likeness(score: number): string {
  if (score > 1) {
    return "unlike the training images";
  }
  return score > 0.8 ? "at the edge of the training images" : "like the training images";
}

/** Which tumor, how sure, and what to doubt in the number. */
export function ProbabilityPanel({ shown, temperature }: Props) {
  const isSilent = isAbstained(shown.doubt);
  const set = setSentence(shown.doubt);
  return (
    <Panel
      aside={
        <Text c="dark.1" fz="xs">
          {shown.of}
        </Text>
      }
      title="Finding of the network"
    >
      {isSilent ? (
        <>
          <Text fw={700} fz="xl" lh={1.2} mb={6}>
            No answer
          </Text>
          {shown.doubt?.abstains?.map((why) => (
            <Caution key={why}>{why}</Caution>
          ))}
          <Text c="dark.1" fz="xs" mb={6} mt={8}>
            What the network would have said, not to be relied on:
          </Text>
        </>
      ) : (
        <Text fw={700} fz="xl" lh={1.2} mb={set ? 4 : 10}>
          {className(shown.label)}{" "}
          <Text component="span" fw={500} fz="lg">
            {inPercent(shown.p_class[shown.label] ?? 0)}
          </Text>
        </Text>
      )}
      {set && !isSilent ? (
        <Text fz="sm" mb={10}>
          {set}
        </Text>
      ) : null}
      <div className={classes.bars} data-silent={isSilent || undefined}>
        {TUMOR_CLASSES.map((label) => {
          const p = shown.p_class[label] ?? 0;
          return (
            <div className={classes.bar} data-top={label === shown.label} key={label}>
              <span>{CLASS_NAMES[label]}</span>
              <div className={classes.barTrack}>
                <div className={classes.barFill} style={{ width: `${p * 100}%` }} />
                <meter
                  aria-label={`Probability of ${CLASS_NAMES[label]}`}
                  className={classes.meter}
                  max={1}
                  value={p}
                />
              </div>
              <span className={classes.barNumber}>{inPercent(p)}</span>
            </div>
          );
        })}
      </div>
      <Text c="dark.1" fz="xs" mt={10}>
        {shown.of === "whole volume"
          ? "Not calibrated for whole volumes; the network may be far surer than it should be."
          : `Calibrated on held-out public images (temperature ${temperature.toFixed(2)}). On images from other scanners the network may be surer than it should be.`}{" "}
        It knows these four classes only.
      </Text>
      <Doubts shown={shown} />
      {shown.outlier_score === null ? null : (
        <Text c="dark.1" fz="xs" mt={6}>
          This image is {likeness(shown.outlier_score)} (outlier score{" "}
          {shown.outlier_score.toFixed(2)}; above 1 is unlike anything seen).
        </Text>
      )}
    </Panel>
  );
}

/** What else is known of the doubt in the answer, and what its sets promise. */
function Doubts({ shown }: { readonly shown: Shown }) {
  const known = [
    thresholdSentence(shown.doubt),
    ordinarySentence(shown.doubt),
    headsSentence(shown.doubt),
  ].filter((sentence) => sentence !== null);
  const hasSets = Object.keys(shown.doubt?.sets ?? {}).length > 0;
  return (
    <Text c="dark.1" fz="xs" mt={6}>
      {shown.doubt ? known.join(" ") : "How far to doubt it was not assessed for these weights."}
      {hasSets
        ? " Confidence holds for single images like those of the calibration: among many, the true class is named about that often."
        : null}
    </Text>
  );
}
