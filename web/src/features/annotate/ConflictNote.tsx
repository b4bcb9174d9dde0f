import { Button, Group } from "@mantine/core";
import { listVersions, type OfSeries } from "../../queries/annotations.ts";
import { inTime } from "../../ui/words.ts";
import classes from "./Annotate.module.css";
import { KIND_NAMES, newId, type Version } from "./content.ts";
import type { Choice, Conflict, Entry } from "./outbox.ts";
import type { Hand } from "./sketch.ts";
import { useTools } from "./tools.ts";

interface Props {
  readonly entry: Entry;
  readonly conflict: Conflict;
  readonly hand: Hand;
}

/** Two saved at once: both versions stand here and on the picture, and the reader chooses. */
export function ConflictNote({ entry, conflict, hand }: Props) {
  const { current, other, isOurs } = conflict;
  const settle = (choice: Choice) => hand.notebook.settle(entry.id, choice, newId());
  return (
    <div className={classes.conflict} role="alert">
      <p>
        <strong>Two versions of “{KIND_NAMES[current.kind]}”.</strong>{" "}
        {isOurs
          ? `${current.author} saved another one while you were drawing. Nothing is lost.`
          : `${other.author} saved another one that came too late. Nothing is lost.`}{" "}
        Both are drawn on the picture; the other version is dotted.
      </p>
      <div className={classes.versions}>
        <Said heading="Counts now" version={current} />
        <Said heading={isOurs ? "Yours" : "Came too late"} version={other} />
      </div>
      <Group gap={6}>
        <Button onClick={() => settle("current")} size="compact-xs" variant="default">
          Keep what counts
        </Button>
        <Button onClick={() => settle("other")} size="compact-xs" variant="default">
          {isOurs ? "Keep mine" : "Take the other"}
        </Button>
        <Button onClick={() => settle("both")} size="compact-xs" variant="light">
          Keep both
        </Button>
      </Group>
    </div>
  );
}

const SHAPES: Readonly<Record<Version["shape"], string>> = {
  contour: "outline",
  stroke: "brush stroke",
  mask: "painted voxels",
};

function Said({ heading, version }: { heading: string; version: Version }) {
  return (
    <div>
      <strong>{heading}</strong>
      <br />
      {version.deleted
        ? "deleted"
        : `${KIND_NAMES[version.kind]}, ${SHAPES[version.shape]}${
            version.shape === "contour" ? ` of ${version.points_mm.length} corners` : ""
          }`}
      <br />
      {version.reason ? `“${version.reason}”` : "no reason given"}
      <br />
      {version.author}, version {version.version}, {inTime(version.created)}
    </div>
  );
}

/** Another page ran into a conflict with what counts here: its reader was told, and so is this one. */
export function OpenConflict({ entry, hand, of }: { entry: Entry; hand: Hand; of: OfSeries }) {
  const look = async () => {
    const versions = await listVersions(of, entry.id).catch(() => []);
    const late = entry.facts?.conflicts ?? [];
    const other = versions.find(({ version }) => late.includes(version));
    const current = versions.find(({ version, head }) => version === head);
    if (other && current) {
      useTools.getState().set({ selected: entry.id });
      hand.notebook.ask(entry.id, { current, other, isOurs: false });
    }
  };
  return (
    <div className={classes.conflict} role="alert">
      <p>
        Somebody else changed “{entry.local ? KIND_NAMES[entry.local.kind] : "a drawing"}” at the
        same time. Both versions are kept; one of them does not count yet.
      </p>
      <Button onClick={() => void look()} size="compact-xs" variant="light">
        Look at both
      </Button>
    </div>
  );
}
