import { Button, Group } from "@mantine/core";
import type { Problem } from "../../client/api.ts";
import classes from "./Annotate.module.css";
import { remove } from "./acts.ts";
import { KIND_NAMES } from "./content.ts";
import type { Entry } from "./outbox.ts";
import type { Hand } from "./sketch.ts";
import { useTools } from "./tools.ts";

interface Props {
  readonly entry: Entry;
  readonly problem: Pick<Problem, "title" | "detail" | "fix">;
  readonly hand: Hand;
}

/** The server will not take a drawing: why, and what to do. It stays here until then. */
export function RefusedNote({ entry, problem, hand }: Props) {
  return (
    <div className={classes.conflict} role="alert">
      <p>
        <strong>“{entry.local ? KIND_NAMES[entry.local.kind] : "Deletion"}” was not saved.</strong>{" "}
        {problem.detail} {problem.fix}
      </p>
      <Group gap={6}>
        <Button onClick={hand.notebook.retry} size="compact-xs" variant="light">
          Try again
        </Button>
        <Button
          onClick={() => useTools.getState().set({ selected: entry.id, tool: "select" })}
          size="compact-xs"
          variant="default"
        >
          Choose it
        </Button>
        <Button onClick={() => remove(hand, entry.id)} size="compact-xs" variant="default">
          Delete it
        </Button>
      </Group>
    </div>
  );
}
