import { Code, Text } from "@mantine/core";
import type { Analysis, SeriesFinding } from "../../queries/analyses.ts";
import type { Series, Study } from "../../queries/studies.ts";
import { Caution } from "../../ui/Caution.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { counted } from "../../ui/words.ts";
import { EvidencePanel } from "./EvidencePanel.tsx";
import { allCautions, largestGap, type Shown } from "./findings.ts";
import { JobNote } from "./JobNote.tsx";
import { ProbabilityPanel } from "./ProbabilityPanel.tsx";
import classes from "./ReadingPage.module.css";
import { ReportPanel } from "./ReportPanel.tsx";

interface Props {
  readonly study: Study;
  readonly series: Series;
  readonly analysis: Analysis | null;
  readonly finding: SeriesFinding | null;
  readonly shown: Shown | null;
  readonly isEvidenceLoading: boolean;
}

/** All that is said about what is on display. */
export function Rail({ study, series, analysis, finding, shown, isEvidenceLoading }: Props) {
  const cautions = [
    ...new Set([...allCautions(analysis, finding, shown, series), ...(study.cautions ?? [])]),
  ];
  const unreadable = study.unreadable ?? [];
  return (
    <aside aria-label="Finding" className={classes.rail}>
      <JobNote isAnalyzed={analysis !== null} job={study.job ?? null} studyId={study.id} />
      {shown && analysis ? (
        <ProbabilityPanel shown={shown} temperature={analysis.temperature} />
      ) : null}
      {cautions.length > 0 ? (
        <Panel title="Cautions">
          {cautions.map((caution) => (
            <Caution key={caution}>{caution}</Caution>
          ))}
        </Panel>
      ) : null}
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
      {analysis && shown ? (
        <EvidencePanel
          gap={largestGap(finding)}
          isLoading={isEvidenceLoading}
          predicted={shown.label}
          scale={analysis.evidence.scale}
          unit={analysis.evidence.unit}
        />
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
    </aside>
  );
}
