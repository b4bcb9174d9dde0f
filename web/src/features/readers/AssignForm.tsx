import { Button, NativeSelect, Switch, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { problemOf } from "../../client/api.ts";
import { LONGEST_NAME } from "../../queries/reader.ts";
import { useAssignmentChanges } from "../../queries/readers.ts";
import { useStudy, useWorklist } from "../../queries/studies.ts";
import { Panel } from "../../ui/Panel.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { SearchInput } from "../../ui/SearchInput.tsx";
import classes from "./Readers.module.css";

/** Give a series of a study to a reader. */
export function AssignForm() {
  const [study, setStudy] = useState("");
  const [words, setWords] = useState("");
  const worklist = useWorklist({ words, status: null, label: null });
  const rows = worklist.data?.pages.flatMap((page) => page.studies) ?? [];
  const chosen = rows.some(({ id }) => id === study) ? study : "";
  return (
    <Panel title="Give a series to a reader">
      <div className={classes.form}>
        <SearchInput
          label="Search studies"
          onChange={setWords}
          placeholder="Pseudonym"
          value={words}
        />
        <NativeSelect
          data={[
            { value: "", label: rows.length > 0 ? "Choose a study" : "No study" },
            ...rows.map(({ id, pseudonym }) => ({ value: id, label: pseudonym })),
          ]}
          label="Study"
          onChange={(event) => setStudy(event.currentTarget.value)}
          value={chosen}
        />
        {chosen ? <SeriesPart key={chosen} studyId={chosen} /> : null}
      </div>
    </Panel>
  );
}

function SeriesPart({ studyId }: { studyId: string }) {
  const study = useStudy(studyId);
  const series = study.data?.series ?? [];
  const [wanted, setWanted] = useState("");
  const [reader, setReader] = useState("");
  const [isBlind, setIsBlind] = useState(true);
  const { assign } = useAssignmentChanges();
  const chosen = series.find(({ id }) => id === wanted) ?? series[0];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (chosen) {
      assign.mutate(
        { study_id: studyId, series_id: chosen.id, reader, blind: isBlind },
        { onSuccess: () => setReader("") },
      );
    }
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <NativeSelect
        data={series.map(({ id, role_name: role }) => ({ value: id, label: role }))}
        label="Series"
        onChange={(event) => setWanted(event.currentTarget.value)}
        value={chosen?.id ?? ""}
      />
      <TextInput
        label="Reader"
        maxLength={LONGEST_NAME}
        onChange={(event) => setReader(event.currentTarget.value)}
        required
        value={reader}
      />
      <Switch
        checked={isBlind}
        description="They see nothing of others until they hand in."
        label="Blind reading"
        onChange={(event) => setIsBlind(event.currentTarget.checked)}
      />
      {assign.isError ? <ProblemNote {...problemOf(assign.error)} /> : null}
      {assign.isSuccess ? (
        <Text c="teal.4" fz="sm" role="status">
          Given to {assign.data.reader}.
        </Text>
      ) : null}
      <Button disabled={!chosen || !reader.trim()} loading={assign.isPending} type="submit">
        Give it to them
      </Button>
    </form>
  );
}
