import { Anchor, Button, Collapse, Group, Progress, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { isAtWork, type Job, useJob, useJobControls } from "../../queries/jobs.ts";
import { deleteUpload } from "../../queries/uploads.ts";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { VirtualList } from "../../ui/VirtualList.tsx";
import { WorkNote } from "../../ui/WorkNote.tsx";
import { WorkProgress } from "../../ui/WorkProgress.tsx";
import { counted, inBytes } from "../../ui/words.ts";
import {
  forgetUnfinished,
  isMoving,
  readUnfinished,
  receivedBytes,
  totalBytes,
  type Unfinished,
  type UploadTask,
  useUploads,
} from "./uploads.ts";
import classes from "./WorklistPage.module.css";

/** What is on its way in: bytes first, then the work on them. */
export function UploadList() {
  const tasks = useUploads((uploads) => uploads.tasks);
  // Notes of an earlier visit; those of this visit are tasks.
  const [left, setLeft] = useState(readUnfinished);
  const busy = new Set(tasks.map((task) => task.uploadId));
  useUnloadGuard(tasks.some(isMoving));
  return (
    <>
      {tasks.map((task) => (
        <UploadCard key={task.key} task={task} />
      ))}
      {left
        .filter(({ uploadId }) => !busy.has(uploadId))
        .map((note) => (
          <UnfinishedCard
            key={note.uploadId}
            note={note}
            onForget={() => setLeft((notes) => notes.filter((other) => other !== note))}
          />
        ))}
    </>
  );
}

/** Ask before the page is left in the middle of an upload. */
function useUnloadGuard(isSending: boolean) {
  useEffect(() => {
    if (!isSending) {
      return;
    }
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isSending]);
}

function UnfinishedCard({ note, onForget }: { note: Unfinished; onForget: () => void }) {
  const forget = () => {
    forgetUnfinished(note.uploadId);
    deleteUpload(note.uploadId).catch(() => undefined); // the server forgets stale uploads itself
    onForget();
  };
  return (
    <section aria-label="Unfinished upload" className={classes.upload}>
      <Group justify="space-between">
        <Text fz="sm">
          An upload of {counted(note.fileCount, "file")} ({inBytes(note.bytes)}) was interrupted.
          Drop the same files again and it goes on where it stopped.
        </Text>
        <Button onClick={forget} size="compact-xs" variant="default">
          Forget it
        </Button>
      </Group>
    </section>
  );
}

function UploadCard({ task }: { task: UploadTask }) {
  const { remove, retry } = useUploads();
  const [isOpen, setIsOpen] = useState(false);
  const job = useJob(task.job);
  const [received, total] = [receivedBytes(task), totalBytes(task)];
  return (
    <section aria-label={`Upload of ${task.title}`} className={classes.upload}>
      <Group gap="sm" justify="space-between" mb={6} wrap="nowrap">
        <Text fw={600} fz="sm" truncate>
          {task.title}
        </Text>
        <Group gap="xs" wrap="nowrap">
          {task.files.length > 1 ? (
            <Button
              aria-expanded={isOpen}
              onClick={() => setIsOpen(!isOpen)}
              size="compact-xs"
              variant="subtle"
            >
              {isOpen ? "Hide files" : counted(task.files.length, "file")}
            </Button>
          ) : null}
          {isAtWork(job) ? null : (
            <Button onClick={() => remove(task.key)} size="compact-xs" variant="default">
              {isMoving(task) ? "Stop the upload" : "Remove from the list"}
            </Button>
          )}
        </Group>
      </Group>
      {isMoving(task) ? (
        <WorkProgress
          fraction={total > 0 ? received / total : 0}
          label={`Upload of ${task.title}`}
          message={sendingMessage(task, received, total)}
        />
      ) : null}
      {task.problem ? (
        <ProblemNote {...task.problem}>
          <Button onClick={() => retry(task.key)} size="xs" variant="light">
            Try again
          </Button>
        </ProblemNote>
      ) : null}
      {job ? <JobLine job={job} onGone={() => remove(task.key)} /> : null}
      <Collapse expanded={isOpen}>
        <FileList task={task} />
      </Collapse>
    </section>
  );
}

function sendingMessage(task: UploadTask, received: number, total: number): string {
  const so = `${inBytes(received)} of ${inBytes(total)}`;
  if (task.state === "waiting") {
    return `The server stopped answering after ${so}. It goes on by itself.`;
  }
  if (task.state === "signed out") {
    return `The server was started anew after ${so}. Open its new link in another tab; it then goes on by itself.`;
  }
  return task.resumed ? `Going on where it stopped: ${so}` : `Sending: ${so}`;
}

function FileList({ task }: { task: UploadTask }) {
  return (
    <VirtualList
      count={task.files.length}
      height={Math.min(task.files.length, 8) * 26}
      label={`Files of ${task.title}`}
      row={(index) => {
        const file = task.files[index];
        return file ? (
          <div className={classes.fileRow}>
            <Text fz="xs" truncate>
              {file.name}
            </Text>
            <Progress.Root size="xs">
              <Progress.Section
                aria-label={`Sent of ${file.name}`}
                value={file.size > 0 ? (100 * file.received) / file.size : 100}
              />
            </Progress.Root>
            <Text c="dark.1" fz="xs" ta="right">
              {inBytes(file.received)} of {inBytes(file.size)}
            </Text>
          </div>
        ) : null;
      }}
      rowHeight={26}
    />
  );
}

function JobLine({ job, onGone }: { job: Job; onGone: () => void }) {
  const { onCancel, onRetry, ...controls } = useJobControls();
  const open = job.study_id ? (
    <Anchor component={Link} fz="sm" onClick={onGone} to={`/studies/${job.study_id}`}>
      Open the study
    </Anchor>
  ) : null;
  return (
    <>
      <WorkNote
        {...controls}
        canceled={{
          detail: "You stopped it; what was done is kept.",
          fix: "Try again to go on, or remove it from the list.",
        }}
        label="Import and analysis"
        onCancel={() => onCancel(job.id)}
        onRetry={() => onRetry(job.id)}
        work={job}
      >
        {open}
      </WorkNote>
      {job.state === "done" ? (
        <Group gap="sm">
          <Text fz="sm">
            {job.duplicate
              ? "These images were here already; nothing was stored twice."
              : "Imported and analyzed."}
          </Text>
          {open}
        </Group>
      ) : null}
    </>
  );
}
