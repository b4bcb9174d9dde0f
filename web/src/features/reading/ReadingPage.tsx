import { Anchor, Button, Center, Loader, Text, Title } from "@mantine/core";
import { type ComponentType, useRef } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { problemOf } from "../../client/api.ts";
import { useLatestAnalysis } from "../../queries/analyses.ts";
import { type Study, useStudy } from "../../queries/studies.ts";
import { useVolumetry } from "../../queries/volumetry.ts";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { inTime } from "../../ui/words.ts";
import type { Annotator } from "./drawing.ts";
import classes from "./ReadingPage.module.css";
import { SeriesList } from "./SeriesList.tsx";
import { SlicesRoom } from "./SlicesRoom.tsx";
import { type SimilarProps, SimilarSlot } from "./similar.ts";
import { VolumeRoom } from "./VolumeRoom.tsx";

interface Props {
  readonly annotator: Annotator;
  /** Shows similar past cases in the rail. */
  readonly similar?: ComponentType<SimilarProps> | null;
}

/** One study: its images, the evidence on them, and what the network says. */
export function ReadingPage({ annotator, similar = null }: Props) {
  const { studyId = "" } = useParams();
  const study = useStudy(studyId);
  // A question that failed once does not take the study away from somebody who reads it.
  if (study.isError && !study.data) {
    return (
      <main className={classes.message}>
        <title>No study · Neuroscope</title>
        <Title mb="md" order={1} size="h3">
          This study cannot be shown
        </Title>
        <ProblemNote {...problemOf(study.error)}>
          <Button onClick={() => void study.refetch()} size="xs" variant="light">
            Try again
          </Button>
          <Button component={Link} size="xs" to="/" variant="default">
            Open the worklist
          </Button>
        </ProblemNote>
      </main>
    );
  }
  if (!study.data) {
    return (
      <Center component="main">
        <Loader role="status" aria-label="Loading the study" />
      </Center>
    );
  }
  return (
    <SimilarSlot value={similar}>
      <StudyRoom annotator={annotator} key={studyId} study={study.data} />
    </SimilarSlot>
  );
}

/**
 * Where to look first, and how many panes there are, depends on findings and measurements: wait for
 * both, or for the word that there are none. Once the room is open, nothing closes it again.
 */
function useIsSettled(studyId: string, latest: ReturnType<typeof useLatestAnalysis>): boolean {
  const analysis = latest.data;
  const isMeasured = analysis?.has_volumetry === true;
  const { isPending, failureCount } = useVolumetry(
    { studyId, analysisId: analysis?.id ?? "" },
    isMeasured,
  );
  const wasSettled = useRef(false);
  const isSettled = !latest.isPending && !(isMeasured && isPending && failureCount === 0);
  wasSettled.current ||= isSettled;
  return wasSettled.current;
}

function StudyRoom({ study, annotator: Annotator }: { study: Study; annotator: Annotator }) {
  const [params, setParams] = useSearchParams();
  const latest = useLatestAnalysis(study.id);
  const analysis = latest.data ?? null;
  const wanted = params.get("series") ?? study.headline?.series_id;
  const series = study.series.find(({ id }) => id === wanted) ?? study.series[0];
  const list =
    study.series.length > 1 ? (
      <SeriesList
        analysis={analysis}
        current={series?.id ?? ""}
        onChoose={(id) => setParams({ series: id }, { replace: true })}
        series={study.series}
      />
    ) : null;
  const isReady = useIsSettled(study.id, latest);
  return (
    <main className={classes.room}>
      <title>{`${study.pseudonym} · Neuroscope`}</title>
      <header className={classes.heading}>
        <Title ff="monospace" order={1} size="h4">
          {study.pseudonym}
        </Title>
        <Text c="dark.1" fz="sm">
          {series?.role_name} · added {inTime(study.created)}
        </Text>
        {latest.isError ? (
          <Text c="red.4" fz="sm" role="alert">
            {problemOf(latest.error).detail}{" "}
            <Anchor component="button" fz="sm" onClick={() => void latest.refetch()}>
              Try again
            </Anchor>
          </Text>
        ) : null}
      </header>
      {series && isReady ? (
        <Annotator analysis={analysis} series={series} study={study}>
          {(drawing) =>
            series.kind === "volume" ? (
              <VolumeRoom
                analysis={analysis}
                drawing={drawing}
                list={list}
                series={series}
                study={study}
              />
            ) : (
              <SlicesRoom
                analysis={analysis}
                drawing={drawing}
                key={series.id}
                list={list}
                series={series}
                study={study}
              />
            )
          }
        </Annotator>
      ) : (
        <Center>
          <Loader role="status" aria-label="Loading the findings" />
        </Center>
      )}
    </main>
  );
}
