import { Checkbox, Text } from "@mantine/core";
import { Link } from "react-router";
import { className } from "../../queries/classes.ts";
import type { MarkedSlice } from "../../queries/training.ts";
import { counted } from "../../ui/words.ts";
import { keyOf, together, usable } from "./form.ts";
import classes from "./Training.module.css";

interface Props {
  readonly slices: readonly MarkedSlice[];
  /** Slices that shall not be learned from, by `keyOf`. */
  readonly without: ReadonlySet<string>;
  readonly onChange: (without: ReadonlySet<string>) => void;
}

/** Every slice that somebody drew on: which are learned from, and why others are not. */
export function SliceChoice({ slices, without, onChange }: Props) {
  const open = usable(slices);
  const chosen = open.filter((slice) => !without.has(keyOf(slice))).length;
  if (slices.length === 0) {
    return (
      <Text c="dark.1" fz="sm">
        Open a study, choose Draw, mark “look here” or “ignore this”, and say what it shows.
      </Text>
    );
  }
  const toggle = (slice: MarkedSlice, isChosen: boolean) => {
    const next = new Set(without);
    for (const key of together(slice, slices)) {
      if (isChosen) {
        next.delete(key);
      } else {
        next.add(key);
      }
    }
    onChange(next);
  };
  return (
    <details className={classes.more}>
      <summary>
        Which annotations: {chosen} of {counted(open.length, "slice")}
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <section aria-label="Annotated slices" className={classes.slices} tabIndex={0}>
        <ul className={classes.list}>
          {slices.map((slice) => (
            <li className={classes.slice} key={`${slice.study_id}/${keyOf(slice)}`}>
              <Row
                isChosen={!without.has(keyOf(slice))}
                onToggle={(isChosen) => toggle(slice, isChosen)}
                slice={slice}
              />
            </li>
          ))}
        </ul>
      </section>
    </details>
  );
}

interface RowProps {
  readonly slice: MarkedSlice;
  readonly isChosen: boolean;
  readonly onToggle: (isChosen: boolean) => void;
}

function Row({ slice, isChosen, onToggle }: RowProps) {
  const name = `${slice.pseudonym}, ${slice.name}`;
  const said = slice.label ? className(slice.label) : "no answer yet";
  const isUsable = slice.left_out === null && !slice.is_locked;
  return (
    <>
      <Checkbox
        aria-label={`Learn from ${name}`}
        checked={isUsable && isChosen}
        disabled={!isUsable}
        onChange={(event) => onToggle(event.currentTarget.checked)}
        size="xs"
      />
      <span>
        <Link to={`/studies/${slice.study_id}?series=${slice.series_id}`}>{name}</Link>: {said}
        <Text c={slice.left_out ? "yellow.4" : "dark.1"} component="span" display="block" fz="xs">
          {slice.left_out ??
            (slice.is_locked ? "Kept for the certificate." : `By ${slice.readers.join(", ")}.`)}
          {slice.is_stale ? " Drawn against an older model." : ""}
        </Text>
      </span>
    </>
  );
}
