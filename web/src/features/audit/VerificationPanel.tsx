import { Button, Code, Group, Text } from "@mantine/core";
import type { Verification } from "../../queries/audit.ts";
import { Hash } from "../../ui/Hash.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { counted } from "../../ui/words.ts";
import classes from "./AuditPage.module.css";

interface Props {
  readonly verification: Verification | null;
  readonly isAsking: boolean;
  readonly problem: {
    readonly title: string;
    readonly detail: string;
    readonly fix: string;
  } | null;
  readonly onCheck: () => void;
}

/** Whether the trail is whole, where it is not, and the hash to keep elsewhere. */
export function VerificationPanel({ verification, isAsking, problem, onCheck }: Props) {
  return (
    <section
      aria-label="Verification"
      className={classes.verification}
      data-state={stateOf(verification)}
    >
      <Group gap="sm" justify="space-between">
        <div aria-live="polite">
          {verification ? <Said verification={verification} /> : null}
          {!verification && isAsking ? <Text fz="sm">Checking every seal…</Text> : null}
        </div>
        <Button loading={isAsking} onClick={onCheck} size="xs" variant="default">
          Check again
        </Button>
      </Group>
      {problem ? (
        <ProblemNote detail={problem.detail} fix={problem.fix} title={problem.title} />
      ) : null}
    </section>
  );
}

function stateOf(verification: Verification | null): string {
  if (!verification) {
    return "unknown";
  }
  return verification.is_whole && verification.differences.length === 0 ? "whole" : "broken";
}

function Said({ verification }: { verification: Verification }) {
  const { is_whole: isWhole, broken, differences, events, head } = verification;
  return (
    <>
      <Text fw={700}>
        {isWhole && differences.length === 0
          ? "The trail is whole, and what is stored agrees with it."
          : null}
        {broken ? `The trail is broken at event ${broken.seq}.` : null}
        {isWhole && differences.length > 0
          ? `The trail is whole, but what is stored differs from it in ${counted(differences.length, "place")}.`
          : null}
      </Text>
      {broken ? (
        <Text fz="sm">
          {broken.why} {counted(events, "event")} before it {events === 1 ? "is" : "are"} whole;
          from there on nothing can be trusted. Restore the database from a backup and compare.
        </Text>
      ) : null}
      {differences.length > 0 ? (
        <ul className={classes.differences}>
          {differences.map((difference) => (
            <li key={difference}>{difference}</li>
          ))}
        </ul>
      ) : null}
      <Group c="dark.1" fz="sm" gap={6} mt={4}>
        {isWhole ? `${counted(events, "event")} checked.` : ""} Hash of the last whole one:{" "}
        <Hash characters={16} of="the hash of the last event" value={head} />
      </Group>
      <Text c="dark.1" fz="xs" mt={2}>
        Events cut off at the end leave no trace in the trail itself. To notice that too, keep a
        signed note outside of this computer: <Code>neuroscope audit log --anchor FILE</Code>
      </Text>
    </>
  );
}
