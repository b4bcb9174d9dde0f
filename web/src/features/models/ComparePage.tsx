import { Group, NativeSelect, Text } from "@mantine/core";
import { useSearchParams } from "react-router";
import { problemOf } from "../../client/api.ts";
import { useAnalyses, useComparison } from "../../queries/comparison.ts";
import { type ModelVersion, useModelVersions } from "../../queries/models.ts";
import { useStudy, useWorklist } from "../../queries/studies.ts";
import { Fetched } from "../../ui/Fetched.tsx";
import { Page } from "../../ui/Page.tsx";
import { ComparedStudy } from "./ComparedStudy.tsx";
import { Missing } from "./Missing.tsx";
import classes from "./Models.module.css";
import { analysisBy, STATUS_WORDS } from "./versions.ts";

const EVERYTHING = { words: "", status: null, label: null } as const;

/** Two versions of the evidence network on the same study, side by side. */
export function ComparePage() {
  const [params, setParams] = useSearchParams();
  const registry = useModelVersions();
  const worklist = useWorklist(EVERYTHING);
  const versions = (registry.data ?? []).filter(({ model }) => model.name === "evidence");
  const studies = worklist.data?.pages.flatMap((page) => page.studies) ?? [];
  const active = versions.find(({ status }) => status === "active");
  const first = versions.find(({ id }) => id === params.get("first")) ?? active ?? null;
  const second =
    versions.find(({ id }) => id === params.get("second")) ??
    versions.find((one) => one !== first) ??
    null;
  const studyId = params.get("study") ?? studies[0]?.id ?? "";
  const choose = (name: string) => (event: { currentTarget: { value: string } }) => {
    const next = new URLSearchParams(params);
    next.set(name, event.currentTarget.value);
    setParams(next, { replace: true });
  };
  const failed = [registry, worklist].find((one) => one.isError);
  return (
    <Page
      lead="The same images, read by two versions. A trial reading by a version that is not active stands beside the study and does not speak for it."
      title="Two versions compared"
    >
      <Fetched
        isPending={registry.isPending || worklist.isPending}
        label="Loading versions and studies"
        onRetry={() => void failed?.refetch()}
        problem={failed ? problemOf(failed.error) : null}
      >
        {first && second && studies.length > 0 ? (
          <>
            <Group align="end" gap="md" mb="md">
              <VersionSelect
                label="First version"
                onChange={choose("first")}
                value={first.id}
                versions={versions}
              />
              <VersionSelect
                label="Second version"
                onChange={choose("second")}
                value={second.id}
                versions={versions}
              />
              <NativeSelect
                data={studies.map(({ id, pseudonym }) => ({ value: id, label: pseudonym }))}
                label="Study"
                onChange={choose("study")}
                value={studyId}
                w={200}
              />
            </Group>
            {first === second ? (
              <Text fz="sm">Choose two different versions.</Text>
            ) : (
              <Compared first={first} key={studyId} second={second} studyId={studyId} />
            )}
          </>
        ) : (
          <Text className={classes.empty} fz="sm">
            {studies.length === 0
              ? "There is no study to compare on. Bring one in from the worklist."
              : "There is only one version. Train another one, then compare it here before you promote it."}
          </Text>
        )}
      </Fetched>
    </Page>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly versions: readonly ModelVersion[];
  readonly onChange: (event: { currentTarget: { value: string } }) => void;
}

function VersionSelect({ label, value, versions, onChange }: SelectProps) {
  return (
    <NativeSelect
      data={versions.map(({ id, model, status }) => ({
        value: id,
        label: `${model.version} (${STATUS_WORDS[status].toLowerCase()})`,
      }))}
      label={label}
      onChange={onChange}
      value={value}
      w={260}
    />
  );
}

interface ComparedProps {
  readonly studyId: string;
  readonly first: ModelVersion;
  readonly second: ModelVersion;
}

function Compared({ studyId, first, second }: ComparedProps) {
  const analyses = useAnalyses(studyId);
  const study = useStudy(studyId);
  const [one, other] = [first, second].map((version) => analysisBy(version, analyses.data ?? []));
  const comparison = useComparison(studyId, one?.id ?? "", other?.id ?? "");
  const failed = [analyses, study].find((asked) => asked.isError);
  const missing = [one ? null : first, other ? null : second].filter((v) => v !== null);
  return (
    <Fetched
      isPending={analyses.isPending || study.isPending}
      label="Loading the analyses"
      onRetry={() => void failed?.refetch()}
      problem={failed ? problemOf(failed.error) : null}
    >
      {missing.map((version) => (
        <Missing key={version.id} studyId={studyId} version={version} />
      ))}
      {missing.length === 0 ? (
        <Fetched
          isPending={comparison.isPending}
          label="Comparing"
          onRetry={() => void comparison.refetch()}
          problem={comparison.isError ? problemOf(comparison.error) : null}
        >
          {comparison.data && study.data ? (
            <ComparedStudy comparison={comparison.data} study={study.data} />
          ) : null}
        </Fetched>
      ) : null}
    </Fetched>
  );
}
