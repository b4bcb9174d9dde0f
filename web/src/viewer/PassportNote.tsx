import { Badge, Button, Text } from "@mantine/core";
import type { MapTest, Passport } from "../queries/passports.ts";
import classes from "./PassportNote.module.css";
import { useViewer } from "./store.ts";

interface Props {
  /** Of the map on display; null while it is not known. */
  readonly passport: Passport | null;
  /** Names the map where several stand beside each other. */
  readonly of?: string;
}

const MARKS: Readonly<Record<MapTest["outcome"], string>> = {
  passed: "Passed",
  failed: "Failed",
  "not assessed": "Not assessed",
};

/** How the map on display did in its tests; one that failed is gray, unless the reader holds. */
export function PassportNote({ passport, of }: Props) {
  if (!passport) {
    return null;
  }
  const made = passport.tests.filter((test) => test.outcome !== "not assessed");
  const passed = made.filter((test) => test.outcome === "passed");
  return (
    <section aria-label={of ? `Tests of ${of}` : "Tests of the map"} className={classes.note}>
      <div className={classes.line}>
        <Badge color={colorOf(passport)} radius="sm" variant="light">
          {made.length === 0 ? "Not tested" : `${passed.length} of ${made.length} tests passed`}
        </Badge>
        {passport.outcome === "failed" ? <ShowAnyway /> : null}
      </div>
      {passport.outcome === "failed" ? (
        <Text fz="xs" mt={6}>
          {passport.sentence} It is drawn gray.
        </Text>
      ) : null}
      <details className={classes.details}>
        <summary>What was tested</summary>
        <ul>
          {passport.tests.map((test) => (
            <li data-outcome={test.outcome} key={test.name}>
              <strong>{MARKS[test.outcome]}:</strong> {test.claim}{" "}
              <span className={classes.number}>{numberOf(test)}</span>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}

function colorOf({ outcome }: Passport): string {
  if (outcome === "failed") {
    return "orange";
  }
  return outcome === "passed" ? "teal" : "gray";
}

/** The number behind a test, or why there is none. */
function numberOf({ outcome, value, bound, rule, reason, bound_from }: MapTest): string {
  if (outcome === "not assessed" || value === null || bound === null) {
    return reason;
  }
  const where = bound_from === "default" ? ", bound of other weights" : "";
  return `${shown(value)} (${rule} ${shown(bound)}${where}). ${reason}`;
}

function shown(value: number): string {
  return value !== 0 && Math.abs(value) < 0.005 ? value.toExponential(0) : value.toFixed(2);
}

/** Colors a gray map for as long as it is held. */
function ShowAnyway() {
  const { showAnyway, set } = useViewer();
  const hold = () => set({ showAnyway: true });
  const letGo = () => set({ showAnyway: false });
  return (
    <Button
      aria-pressed={showAnyway}
      onBlur={letGo}
      onKeyDown={({ key }) => {
        if (key === " " || key === "Enter") {
          hold();
        }
      }}
      onKeyUp={letGo}
      onPointerCancel={letGo}
      onPointerDown={hold}
      onPointerLeave={letGo}
      onPointerUp={letGo}
      size="compact-xs"
      variant="default"
    >
      Hold to show anyway
    </Button>
  );
}
