import { Text } from "@mantine/core";
import { useSearchParams } from "react-router";
import { problemOf } from "../../client/api.ts";
import { useModelCards, useModelVersions } from "../../queries/models.ts";
import { Fetched } from "../../ui/Fetched.tsx";
import { Page } from "../../ui/Page.tsx";
import { counted } from "../../ui/words.ts";
import { ChangeNote } from "./ChangeNote.tsx";
import { CoverageNote } from "./CoverageNote.tsx";
import classes from "./Models.module.css";
import { StaleNote } from "./StaleNote.tsx";
import { VersionDetail } from "./VersionDetail.tsx";
import { VersionTable } from "./VersionTable.tsx";
import { groupedByModel, modelName } from "./versions.ts";

/** All versions of all models: which one is active, where each comes from, what was proven of it. */
export function ModelsPage() {
  const [params, setParams] = useSearchParams();
  const registry = useModelVersions();
  const cards = useModelCards();
  const versions = registry.data ?? [];
  const groups = groupedByModel(versions);
  const chosen =
    versions.find(({ id }) => id === params.get("version")) ??
    groups[0]?.versions.find(({ status }) => status === "active") ??
    versions[0];

  return (
    <Page
      aside={
        <Text aria-live="polite" c="dark.1" fz="sm">
          {registry.isSuccess ? counted(versions.length, "version") : ""}
        </Text>
      }
      lead="Of every model one version is active: it makes all new analyses. A version that was trained here becomes active only if its certificate says so, and one can always go back."
      title="Models"
    >
      <ChangeNote versions={versions} />
      <StaleNote />
      <CoverageNote />
      <Fetched
        isPending={registry.isPending}
        label="Loading the models"
        onRetry={() => void registry.refetch()}
        problem={registry.isError ? problemOf(registry.error) : null}
      >
        {chosen ? (
          <div className={classes.columns}>
            <div className={classes.groups}>
              {groups.map(({ name, versions: of }) => (
                <VersionTable
                  chosen={chosen.id}
                  key={name}
                  onChoose={(id) => setParams({ version: id }, { replace: true })}
                  title={modelName(name)}
                  versions={of}
                />
              ))}
            </div>
            <VersionDetail
              all={versions}
              card={cards.data?.find(({ model }) => model.sha256 === chosen.model.sha256) ?? null}
              key={chosen.id}
              version={chosen}
            />
          </div>
        ) : (
          <Text fz="sm">
            No model is noted yet. The server notes those that came with it when it starts: restart
            it, or run <code>neuroscope doctor</code>.
          </Text>
        )}
      </Fetched>
    </Page>
  );
}
