import { Button, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import { problemOf } from "../../client/api.ts";
import { useRecompute, useStaleResults } from "../../queries/models.ts";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { counted } from "../../ui/words.ts";
import classes from "./Models.module.css";

/** Studies whose newest answer comes from a version that is active no more. */
export function StaleNote() {
  const stale = useStaleResults();
  const recompute = useRecompute();
  const results = stale.data ?? [];
  if (results.length === 0) {
    return null;
  }
  return (
    <section aria-label="Older answers" className={classes.note}>
      <Group justify="space-between">
        <Text fw={600} fz="sm">
          {counted(results.length, "study was", "studies were")} last read by a version that is
          active no more.
        </Text>
        <Button
          disabled={recompute.isSuccess}
          loading={recompute.isPending}
          onClick={() => recompute.mutate()}
          size="xs"
          variant="light"
        >
          {recompute.isSuccess ? "Asked for" : "Analyze all again"}
        </Button>
      </Group>
      {recompute.isError ? <ProblemNote {...problemOf(recompute.error)} /> : null}
      <details className={classes.more}>
        <summary>Which ones</summary>
        <ul className={classes.failures}>
          {results.map(({ study_id: study, model }) => (
            <li key={study}>
              <Link to={`/studies/${study}`}>{study}</Link>, read by {model.name} {model.version}
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}
