import { Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { problemOf } from "../../client/api.ts";
import { type Certificate, type FlipPicture, useFlipPictures } from "../../queries/certificate.ts";
import { className } from "../../queries/classes.ts";
import { isTrusted, type Passport } from "../../queries/passports.ts";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { counted } from "../../ui/words.ts";
import { drawMapPicture, readFloats } from "../../viewer/mapPicture.ts";
import { PassportNote } from "../../viewer/PassportNote.tsx";
import { useViewer } from "../../viewer/store.ts";
import classes from "./Certificate.module.css";

interface Props {
  readonly certificate: Certificate;
  readonly modelId: string;
}

/** Slices that were answered right before and wrong after: each one, and a picture where it was kept. */
export function Flips({ certificate, modelId }: Props) {
  const { negative_flips: flips, positive_flips: positive } = certificate;
  const pictures = useFlipPictures(modelId, flips.length > 0);
  const pictured = pictures.data ?? [];
  const isPictured = (flip: (typeof flips)[number]) =>
    pictured.some(({ unit, index }) => unit === flip.unit && index === flip.index);
  const others = flips.filter((flip) => !isPictured(flip));
  return (
    <section aria-label="Answers that became wrong">
      <h2 className={classes.title}>Answers that became wrong</h2>
      <Text fz="sm" mb="xs">
        {flips.length === 0
          ? "None of the held-out slices was right before and is wrong now."
          : `${counted(flips.length, "held-out slice")} ${flips.length === 1 ? "was" : "were"} right before and ${flips.length === 1 ? "is" : "are"} wrong now.`}{" "}
        {counted(positive, "slice")} {positive === 1 ? "was" : "were"} wrong before and{" "}
        {positive === 1 ? "is" : "are"} right now.
      </Text>
      {pictures.isError ? <ProblemNote {...problemOf(pictures.error)} /> : null}
      <ul className={classes.flips}>
        {pictured.map((flip) => (
          <li key={`${flip.unit}/${flip.index}`}>
            <Text fz="sm" fw={600}>
              {className(flip.label)} <span className={classes.fine}>patient {flip.unit}</span>
            </Text>
            <div className={classes.pair}>
              <MapPicture
                answer={flip.before}
                flip={flip}
                map={flip.map_before}
                tests={flip.tests_before}
                when="before"
              />
              <MapPicture
                answer={flip.after}
                flip={flip}
                map={flip.map_after}
                tests={flip.tests_after}
                when="now"
              />
            </div>
          </li>
        ))}
      </ul>
      {others.length > 0 && !pictures.isPending ? (
        <ul className={classes.reasons}>
          {others.map((flip) => (
            <li key={`${flip.unit}/${flip.index}`}>
              {className(flip.label)} of patient {flip.unit}: answered {className(flip.before)}{" "}
              before, {className(flip.after)} now
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

interface MapProps {
  readonly flip: FlipPicture;
  readonly map: string;
  readonly answer: string;
  readonly tests: Passport | null;
  readonly when: "before" | "now";
}

function MapPicture({ flip, map, answer, tests, when }: MapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { showAnyway } = useViewer();
  const isColored = isTrusted(tests) || showAnyway;
  useEffect(() => {
    if (canvas.current) {
      const largest = (values: Float32Array) =>
        values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const scale = Math.max(
        largest(readFloats(flip.map_before)),
        largest(readFloats(flip.map_after)),
      );
      drawMapPicture(canvas.current, flip, map, scale || 1, isColored);
    }
  }, [flip, map, isColored]);
  return (
    <figure className={classes.picture}>
      <canvas
        aria-label={`Evidence ${when} for ${className(answer)}, patient ${flip.unit}`}
        ref={canvas}
        role="img"
      />
      <figcaption>
        {when}: {className(answer)}
      </figcaption>
      <PassportNote of={`the map of patient ${flip.unit}, ${when}`} passport={tests} />
    </figure>
  );
}
