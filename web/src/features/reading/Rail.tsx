import { Button, Center, Code, Loader, SegmentedControl, Text } from "@mantine/core";
import { type ReactNode, use, useState } from "react";
import { problemOf } from "../../client/api.ts";
import type { Analysis, SeriesFinding } from "../../queries/analyses.ts";
import { className } from "../../queries/classes.ts";
import { isAtWork } from "../../queries/jobs.ts";
import type { Passport } from "../../queries/passports.ts";
import type { Series, Study } from "../../queries/studies.ts";
import { Caution } from "../../ui/Caution.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { counted, inPercent } from "../../ui/words.ts";
import { useViewer } from "../../viewer/store.ts";
import { AnalyzeAgain } from "./AnalyzeAgain.tsx";
import { ComparePanel } from "./compare/ComparePanel.tsx";
import { EvidencePanel } from "./EvidencePanel.tsx";
import { allCautions, largestGap, type Shown } from "./findings.ts";
import { JobNote } from "./JobNote.tsx";
import { ProbabilityPanel } from "./ProbabilityPanel.tsx";
import classes from "./ReadingPage.module.css";
import { ReportPanel } from "./ReportPanel.tsx";
import { SequencesPanel } from "./SequencesPanel.tsx";
import { StaleNote } from "./StaleNote.tsx";
import { SimilarSlot } from "./similar.ts";
import { MeasurementsPanel } from "./volumetry/MeasurementsPanel.tsx";
import { OwnMask } from "./volumetry/OwnMask.tsx";
import { SpaceFiles } from "./volumetry/SpaceFiles.tsx";
import { TumorKind } from "./volumetry/TumorKind.tsx";
import type { SpaceOf } from "./volumetry/useSpace.ts";

interface Props {
  readonly study: Study;
  readonly series: Series;
  readonly analysis: Analysis | null;
  readonly finding: SeriesFinding | null;
  readonly shown: Shown | null;
  readonly isEvidenceLoading: boolean;
  /** How the map on display did in its tests. */
  readonly passport: Passport | null;
  /** What was measured in space; none for plain slices. */
  readonly space?: SpaceOf | undefined;
  /** What readers draw, while they do. */
  readonly drawing: ReactNode;
}

/** All that is said about what is on display. */
export function Rail({ space, drawing, ...props }: Props) {
  const { study, series, analysis, finding, shown } = props;
  const cautions = [
    ...new Set([
      ...allCautions(analysis, finding, shown, series, space?.volumetry?.cautions),
      ...(study.cautions ?? []),
    ]),
  ];
  const isMeasured = Boolean(space && (space.volumetry || space.isPending || space.error));
  return (
    <aside aria-label="Finding" className={classes.rail}>
      {drawing}
      <JobNote isAnalyzed={analysis !== null} job={study.job ?? null} studyId={study.id} />
      {study.is_stale && analysis && !isAtWork(study.job) ? (
        <StaleNote studyId={study.id} version={analysis.model.version} />
      ) : null}
      {space && isMeasured ? (
        <MeasuredRail {...props} cautions={cautions} space={space} />
      ) : (
        <>
          <FindingPanels {...props} cautions={<Cautions cautions={cautions} />} />
          {analysis?.has_volumetry === false && series.kind === "volume" ? (
            <Unmeasured study={study} />
          ) : null}
        </>
      )}
    </aside>
  );
}

/** What can be done where nothing was measured in space. */
function Unmeasured({ study }: { readonly study: Study }) {
  return (
    <>
      <Panel title="Measurements">
        <Text c="dark.1" fz="xs">
          This analysis has no volumes and no 3D view: what it needs was missing, or it was made by
          an older version. The cautions say why.
        </Text>
        <AnalyzeAgain isAtWork={isAtWork(study.job)} studyId={study.id} />
      </Panel>
      <OwnMask
        isAtWork={isAtWork(study.job)}
        isHeld={study.has_mask}
        isMeasured={false}
        studyId={study.id}
      />
    </>
  );
}

const TABS = [
  { value: "measured", label: "Measurements" },
  { value: "finding", label: "Finding" },
];

/** Cautions first, then measurements or the finding of the network. */
function MeasuredRail({
  space,
  cautions,
  ...props
}: Omit<Props, "space" | "drawing"> & { space: SpaceOf; cautions: readonly string[] }) {
  const [tab, setTab] = useState("measured");
  const { shown, analysis, study } = props;
  return (
    <>
      <Cautions cautions={cautions} />
      <div className={classes.tabs}>
        {shown ? (
          <Text fw={600} fz="sm" mb={6}>
            {className(shown.label)} {inPercent(shown.p_class[shown.label] ?? 0)}{" "}
            <Text c="dark.1" component="span" fz="xs">
              {shown.of}
            </Text>
          </Text>
        ) : null}
        <SegmentedControl
          aria-label="What to read"
          data={TABS}
          fullWidth
          onChange={setTab}
          size="xs"
          value={tab}
        />
      </div>
      {tab === "finding" ? <FindingPanels {...props} cautions={null} hasLayers /> : null}
      {space.error ? (
        <ProblemNote {...problemOf(space.error)}>
          <Button onClick={() => void space.refetch()} size="xs" variant="light">
            Try again
          </Button>
        </ProblemNote>
      ) : null}
      {tab === "measured" && space.volumetry ? (
        <>
          <MeasurementsPanel volumetry={space.volumetry} />
          {analysis && space.volumetry.model ? (
            <TumorKind
              isAtWork={isAtWork(study.job)}
              key={analysis.id}
              smallParts={space.volumetry.small_parts ?? null}
              studyId={study.id}
            />
          ) : null}
          {analysis ? (
            <OwnMask
              isAtWork={isAtWork(study.job)}
              isHeld={study.has_mask}
              isMeasured={!space.volumetry.model}
              key={`mask ${analysis.id}`}
              studyId={study.id}
            />
          ) : null}
          {analysis ? (
            <SpaceFiles analysisId={analysis.id} studyId={study.id} volumetry={space.volumetry} />
          ) : null}
        </>
      ) : null}
      {space.isPending ? (
        <Center p="lg">
          <Loader role="status" aria-label="Loading the measurements" size="sm" />
        </Center>
      ) : null}
    </>
  );
}

/** How many cautions are shown before the reader asks for all. */
const FEW = 3;

function Cautions({ cautions }: { cautions: readonly string[] }) {
  const [isLong, setIsLong] = useState(false);
  const few = cautions.length > FEW + 1 && !isLong ? cautions.slice(0, FEW) : cautions;
  const hidden = cautions.length - few.length;
  return cautions.length > 0 ? (
    <Panel title="Cautions">
      {few.map((caution) => (
        <Caution key={caution}>{caution}</Caution>
      ))}
      {hidden > 0 ? (
        <Button onClick={() => setIsLong(true)} size="compact-xs" variant="default">
          Show {hidden} more
        </Button>
      ) : null}
    </Panel>
  ) : null;
}

interface FindingProps extends Omit<Props, "space" | "drawing"> {
  readonly cautions: ReactNode;
  /** Whether the layers have a list of their own, with the switches of the evidence. */
  readonly hasLayers?: boolean;
}

/** What the network says, where it looked, the report and the model. */
function FindingPanels({ study, analysis, finding, shown, cautions, ...props }: FindingProps) {
  const unreadable = study.unreadable ?? [];
  const SimilarPanel = use(SimilarSlot);
  return (
    <>
      {shown && analysis ? (
        <ProbabilityPanel shown={shown} temperature={analysis.temperature} />
      ) : null}
      {cautions}
      {analysis && !shown ? (
        <Panel title="Finding of the network">
          <Text fz="sm">
            This slice was not run: it holds no head, or the work has not reached it yet. Step to
            another slice.
          </Text>
        </Panel>
      ) : null}
      {analysis ? (
        <ReportPanel
          analysisId={analysis.id}
          hasReport={analysis.has_report ?? false}
          pseudonym={study.pseudonym}
          studyId={study.id}
        />
      ) : null}
      {SimilarPanel && analysis ? (
        <SimilarPanel analysis={analysis} series={props.series} study={study} />
      ) : null}
      {analysis && shown ? (
        <WhyPanels {...props} analysis={analysis} finding={finding} shown={shown} study={study} />
      ) : null}
      {unreadable.length > 0 ? (
        <Panel title={`${counted(unreadable.length, "file")} could not be read`}>
          <ul className={classes.unreadable}>
            {unreadable.map((file) => (
              <li key={file.name}>
                <strong>{file.name}</strong>: {file.problem} {file.fix}
              </li>
            ))}
          </ul>
        </Panel>
      ) : null}
      {analysis ? (
        <Panel title="Model">
          <Text fz="xs">
            {analysis.model.name}, version {analysis.model.version}
          </Text>
          <Text c="dark.1" fz="xs">
            Weights (SHA-256){" "}
            <Code title={analysis.model.sha256}>{analysis.model.sha256.slice(0, 12)}</Code>
          </Text>
        </Panel>
      ) : null}
    </>
  );
}

interface WhyProps extends Omit<FindingProps, "cautions" | "analysis" | "shown" | "series"> {
  readonly analysis: Analysis;
  readonly shown: Shown;
}

/** Why the network says so: places, sequences, other methods, and what is left without the tumor. */
function WhyPanels({ study, analysis, finding, shown, ...props }: WhyProps) {
  const { target } = useViewer();
  return (
    <>
      <EvidencePanel
        gap={largestGap(finding)}
        hasControls={!props.hasLayers}
        isLoading={props.isEvidenceLoading}
        passport={props.passport}
        predicted={shown.label}
        scale={analysis.evidence.scale}
        unit={analysis.evidence.unit}
      />
      <SequencesPanel analysis={analysis} study={study} target={target || shown.label} />
      {finding ? (
        <ComparePanel
          analysis={analysis}
          finding={finding}
          predicted={shown.label}
          studyId={study.id}
        />
      ) : null}
    </>
  );
}
