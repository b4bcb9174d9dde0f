import { useJob, useJobControls } from "../../queries/jobs.ts";
import { type ModelVersion, useNewestChange } from "../../queries/models.ts";
import { WorkNote } from "../../ui/WorkNote.tsx";
import classes from "./Models.module.css";

/** How far a promotion or the way back is, or why it failed; nothing once it is done. */
export function ChangeNote({ versions }: { readonly versions: readonly ModelVersion[] }) {
  const newest = useNewestChange();
  const job = useJob(newest.data);
  const controls = useJobControls();
  if (!job || job.state === "done") {
    return null;
  }
  const version = versions.find(({ id }) => id === job.model_id)?.model.version ?? "";
  const label = job.kind === "promote" ? `Promotion of ${version}` : `Way back from ${version}`;
  return (
    <section aria-label={label} className={classes.note}>
      <WorkNote
        canceled={{
          detail: `${label} was canceled before anything changed.`,
          fix: "The active version is the same as before.",
        }}
        failure={controls.failure}
        isAsking={controls.isAsking}
        label={label}
        onCancel={() => controls.onCancel(job.id)}
        onRetry={() => controls.onRetry(job.id)}
        work={job}
      />
    </section>
  );
}
