import { Button, Loader, Select, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { problemOf } from "../../client/api.ts";
import type { Analysis } from "../../queries/analyses.ts";
import { listAnnotations } from "../../queries/annotations.ts";
import {
  type About,
  type Neighbor,
  type Question,
  type Similar,
  useJudge,
  useSimilar,
} from "../../queries/similar.ts";
import type { Series, Study } from "../../queries/studies.ts";
import { Caution } from "../../ui/Caution.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { useViewer } from "../../viewer/store.ts";
import { CaseCard } from "./CaseCard.tsx";
import { CompareDialog } from "./CompareDialog.tsx";
import { IndexNote } from "./IndexNote.tsx";
import classes from "./Similar.module.css";
import { FILTER_HINT, sourceText, trustText } from "./words.ts";

interface Props {
  readonly study: Study;
  readonly series: Series;
  readonly analysis: Analysis;
}

const ASKED = 10;
const FEW = 4;
const WHOLE = "study";
const SLICE = "slice";

/** The past cases most like what is on display, why, and how far to trust them. */
export function SimilarPanel({ study, series, analysis }: Props) {
  const slice = useViewer().slice;
  const isVolume = series.kind === "volume";
  const index = Math.min(slice, Math.max((series.slices?.length ?? 0) - 1, 0));
  const [chosen, setChosen] = useState<string | null>(null);
  const [filter, setFilter] = useState("");
  const drawings = useDrawings(study.id, series.id, isVolume ? null : index);
  const isDrawing = drawings.some(({ value }) => value === chosen);
  const fallback = isVolume ? WHOLE : SLICE;
  const about =
    isDrawing || chosen === WHOLE || (chosen === SLICE && !isVolume) ? chosen : fallback;
  const question = useMemo<Question>(
    () => ({ studyId: study.id, about: asked(about, series.id, index), filter, most: ASKED }),
    [study.id, series.id, about, index, filter],
  );
  const found = useSimilar(question, analysis.finished !== null);
  return (
    <Panel
      aside={found.isFetching ? <Loader aria-label="Searching" role="status" size="xs" /> : null}
      title="Similar past cases"
    >
      <Select
        allowDeselect={false}
        aria-label="Compare past cases with"
        comboboxProps={{ withinPortal: true }}
        data={[
          ...(isVolume ? [] : [{ value: SLICE, label: "This slice" }]),
          { value: WHOLE, label: "The whole study" },
          ...drawings,
        ]}
        mb={6}
        onChange={setChosen}
        size="xs"
        value={about}
      />
      <FilterBox onFilter={setFilter} />
      {found.isError ? (
        <IndexNote onRetry={() => void found.refetch()} problem={problemOf(found.error)} />
      ) : null}
      {found.data && !found.isError ? <Found found={found.data} question={question} /> : null}
    </Panel>
  );
}

function asked(about: string | null, seriesId: string, index: number): About {
  if (about === WHOLE || about === null) {
    return {};
  }
  return about === SLICE
    ? { series_id: seriesId, slice_index: index }
    : { series_id: seriesId, annotation_id: about };
}

/** Drawings on the slice that can be asked with. */
function useDrawings(studyId: string, seriesId: string, index: number | null) {
  const all = useQuery({
    queryKey: ["similar drawings", studyId, seriesId],
    queryFn: () => listAnnotations({ studyId, seriesId }),
  });
  return (all.data?.annotations ?? [])
    .filter(({ kind, slice_index }) => kind !== "note" && (index === null || slice_index === index))
    .map(({ id, kind, author }) => ({
      value: id,
      label: `Lesions like the drawing (${kind === "tumor" ? "tumor" : kind.replace("_", " ")}, ${author})`,
    }));
}

function FilterBox({ onFilter }: { onFilter: (filter: string) => void }) {
  const [typed, setTyped] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onFilter(typed.trim());
  };
  return (
    <form className={classes.filter} onSubmit={submit}>
      <TextInput
        aria-label="Only cases with"
        onBlur={() => onFilter(typed.trim())}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        placeholder="class=glioma age=40..60"
        size="xs"
        value={typed}
      />
      <details className={classes.hint}>
        <summary>What can be written here</summary>
        {FILTER_HINT}
      </details>
    </form>
  );
}

function Found({ found, question }: { found: Similar; question: Question }) {
  const [isLong, setIsLong] = useState(false);
  const [compared, setCompared] = useState<Neighbor | null>(null);
  const judge = useJudge(question);
  const judged = new Map(found.judgments.map((one) => [one.case_id, one.is_relevant]));
  const shown = isLong ? found.neighbors : found.neighbors.slice(0, FEW);
  const source = sourceText(found);
  return (
    <>
      {found.cautions.map((caution) => (
        <Caution key={caution}>{caution}</Caution>
      ))}
      <div className={classes.trust}>
        {trustText(found).map((sentence) => (
          <Text fz="xs" key={sentence}>
            {sentence}
          </Text>
        ))}
        {source ? <Text fz="xs">{source}</Text> : null}
        {found.reordered_by.length > 0 ? (
          <Text fz="xs">
            {found.reordered_by.includes("marks") ? "Ordered by your marks. " : ""}
            {found.reordered_by.includes("judgments") ? "Ordered by what readers judged." : ""}
          </Text>
        ) : null}
      </div>
      {judge.isError ? (
        <Text c="red.4" fz="xs" role="alert">
          {problemOf(judge.error).detail}
        </Text>
      ) : null}
      <ol aria-label="Similar past cases" className={classes.cards}>
        {shown.map((neighbor) => (
          <CaseCard
            judged={judged.get(neighbor.case_id) ?? null}
            key={neighbor.case_id}
            neighbor={neighbor}
            onCompare={() => setCompared(neighbor)}
            onJudge={(is_relevant) => judge.mutate({ case_id: neighbor.case_id, is_relevant })}
            question={question}
          />
        ))}
      </ol>
      {found.neighbors.length > FEW ? (
        <Button onClick={() => setIsLong(!isLong)} size="compact-xs" variant="default">
          {isLong ? "Show fewer" : `Show ${found.neighbors.length - FEW} more`}
        </Button>
      ) : null}
      <Text c="dark.1" fz="xs" mt={6}>
        Searched {found.searched_vectors} vectors of {found.model}. A reading aid: not used for the
        finding, not for diagnosis.
      </Text>
      {compared ? (
        <CompareDialog neighbor={compared} onClose={() => setCompared(null)} question={question} />
      ) : null}
    </>
  );
}
