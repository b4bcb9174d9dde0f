import { Button, Group, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { filesOfDrop, filesOfInput, groupFiles } from "./files.ts";
import { useUploads } from "./uploads.ts";
import classes from "./WorklistPage.module.css";

const ACCEPTED = ".png,.jpg,.jpeg,.nii,.gz,.dcm,.zip";

/** Takes files from a drop anywhere on the page, or from the two buttons. */
export function DropArea() {
  const start = useUploads((uploads) => uploads.start);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const [notice, setNotice] = useState("");

  useEffect(() => {
    let depth = 0; // a drag enters and leaves every element below the page
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const onEnter = (event: DragEvent) => {
      if (carriesFiles(event)) {
        depth += 1;
        setIsOver(true);
      }
    };
    const onLeave = (event: DragEvent) => {
      if (carriesFiles(event)) {
        depth = Math.max(depth - 1, 0);
        setIsOver(depth > 0);
      }
    };
    const onOver = (event: DragEvent) => event.preventDefault();
    const onDrop = (event: DragEvent) => {
      event.preventDefault();
      depth = 0;
      setIsOver(false);
      if (event.dataTransfer) {
        void filesOfDrop(event.dataTransfer).then((found) => {
          setNotice(found.length > 0 ? "" : "There was no file in what you dropped.");
          start(groupFiles(found));
        });
      }
    };
    window.addEventListener("dragenter", onEnter);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("dragover", onOver);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragenter", onEnter);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("drop", onDrop);
    };
  }, [start]);

  const take = (input: HTMLInputElement) => {
    if (input.files) {
      start(groupFiles(filesOfInput(input.files)));
    }
    input.value = ""; // the same files may be chosen again
  };

  return (
    <section aria-label="Add studies" className={classes.drop}>
      <div className={classes.dropText}>
        <Text fw={600}>Drop images here to analyze them</Text>
        <Text c="dark.1" fz="sm">
          PNG or JPEG slices, NIfTI, DICOM, or a zip of these. Each folder and each zip becomes one
          study; loose files dropped together become one study. Names are removed on import; the
          originals stay where they are.
        </Text>
        {notice ? (
          <Text c="yellow.4" fz="sm" role="status">
            {notice}
          </Text>
        ) : null}
      </div>
      <Group gap="xs">
        <Button onClick={() => files.current?.click()}>Choose files</Button>
        <Button onClick={() => folder.current?.click()} variant="default">
          Choose a folder
        </Button>
      </Group>
      <input
        accept={ACCEPTED}
        aria-label="Files to analyze"
        hidden
        multiple
        onChange={(event) => take(event.currentTarget)}
        ref={files}
        type="file"
      />
      <input
        aria-label="Folder to analyze"
        hidden
        onChange={(event) => take(event.currentTarget)}
        ref={(input) => {
          folder.current = input;
          input?.setAttribute("webkitdirectory", "");
        }}
        type="file"
      />
      {isOver ? <div className={classes.veil}>Let go to add these studies</div> : null}
    </section>
  );
}
