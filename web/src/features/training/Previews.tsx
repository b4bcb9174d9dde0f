import { Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { className } from "../../queries/classes.ts";
import { isTrusted } from "../../queries/passports.ts";
import { type Preview, type TrainingRun, usePreviews } from "../../queries/training.ts";
import { Panel } from "../../ui/Panel.tsx";
import { evidenceGradient } from "../../viewer/colormap.ts";
import { drawMapPicture } from "../../viewer/mapPicture.ts";
import { PassportNote } from "../../viewer/PassportNote.tsx";
import { useViewer } from "../../viewer/store.ts";
import classes from "./Training.module.css";

/** The maps of the first annotated slices, before the training and now; what failed a test is gray. */
export function Previews({ run }: { readonly run: TrainingRun }) {
  const previews = usePreviews(run);
  const found = previews.data;
  if (!found || found.previews.length + found.hidden === 0) {
    return null;
  }
  return (
    <Panel
      aside={
        <Text c="dark.1" fz="xs">
          now: step {found.step}
        </Text>
      }
      title="Where it looks on your slices"
    >
      {found.hidden > 0 ? (
        <Text c="dark.1" fz="xs" mb={6}>
          {found.hidden} of these slices you read blind: they are shown after you hand in.
        </Text>
      ) : null}
      <div className={classes.legend}>
        <span>against</span>
        <span
          className={classes.ramp}
          style={{ background: `${evidenceGradient()}, var(--mantine-color-dark-9)` }}
        />
        <span>for the class</span>
        <span className={classes.look} /> look here
        <span className={classes.ignore} /> ignore this
      </div>
      {found.previews.some((preview) => preview.tests_now === null) ? (
        <Text c="dark.1" fz="xs" mb={6}>
          Maps are tested when the training has ended.
        </Text>
      ) : null}
      <ul className={classes.previews}>
        {found.previews.map((preview) => (
          <li key={preview.name}>
            <Text fz="xs" mb={2}>
              {preview.name}, {className(preview.label)}
            </Text>
            <div className={classes.pair}>
              <Picture name="before" preview={preview} scale={found.scale} />
              <Picture name="now" preview={preview} scale={found.scale} />
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

interface PictureProps {
  readonly preview: Preview;
  readonly name: "before" | "now";
  readonly scale: number;
}

function Picture({ preview, name, scale }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { showAnyway } = useViewer();
  const tests = preview[`tests_${name}`];
  const isColored = isTrusted(tests) || showAnyway;
  useEffect(() => {
    if (canvas.current) {
      drawMapPicture(canvas.current, preview, preview[name], scale, isColored);
    }
  }, [preview, name, scale, isColored]);
  return (
    <figure className={classes.picture}>
      <canvas
        aria-label={`Evidence for ${className(preview.label)} on ${preview.name}, ${name}`}
        ref={canvas}
        role="img"
      />
      <figcaption>{name}</figcaption>
      <PassportNote of={`the map of ${preview.name}, ${name}`} passport={tests} />
    </figure>
  );
}
