import { Anchor, Text } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { problemOf } from "../../client/api.ts";
import { useTrainingChoices, useTrainings } from "../../queries/training.ts";
import { Fetched } from "../../ui/Fetched.tsx";
import { Page } from "../../ui/Page.tsx";
import { counted } from "../../ui/words.ts";
import { ChoicesPanel } from "./ChoicesPanel.tsx";
import { ComparisonView } from "./ComparisonView.tsx";
import { RunTable } from "./RunTable.tsx";
import { RunView } from "./RunView.tsx";
import { StartForm } from "./StartForm.tsx";
import classes from "./Training.module.css";

/** What there is to learn from, the form that starts a training, and all trainings with their curves. */
export function TrainingPage() {
  const [params, setParams] = useSearchParams();
  const choices = useTrainingChoices();
  const trainings = useTrainings();
  const runs = trainings.data ?? [];
  const compared = params.getAll("compare").flatMap((id) => runs.filter((run) => run.id === id));
  const shown = runs.find(({ id }) => id === params.get("run")) ?? runs[0] ?? null;
  const open = (id: string) => setParams({ run: id }, { replace: true });
  const compare = (ids: readonly string[]) =>
    setParams(
      [...(shown ? [["run", shown.id]] : []), ...ids.map((id) => ["compare", id])] as [
        string,
        string,
      ][],
      { replace: true },
    );

  return (
    <Page
      aside={
        <Text aria-live="polite" c="dark.1" fz="sm">
          {trainings.isSuccess ? counted(runs.length, "training") : ""}
        </Text>
      }
      lead="Teach the network to look where the readers looked, without becoming worse at any class. What comes out is a candidate with a certificate; nothing changes for readers until it is promoted."
      title="Training"
    >
      <div className={classes.columns}>
        <div className={classes.side}>
          <Fetched
            isPending={choices.isPending}
            label="Loading what there is to learn from"
            onRetry={() => void choices.refetch()}
            problem={choices.isError ? problemOf(choices.error) : null}
          >
            {choices.data ? (
              <>
                <ChoicesPanel choices={choices.data} />
                <StartForm choices={choices.data} onStarted={open} />
              </>
            ) : null}
          </Fetched>
        </div>
        <div className={classes.main}>
          <Fetched
            isPending={trainings.isPending}
            label="Loading the trainings"
            onRetry={() => void trainings.refetch()}
            problem={trainings.isError ? problemOf(trainings.error) : null}
          >
            {runs.length > 0 ? (
              <RunTable
                compared={compared.map(({ id }) => id)}
                onCompare={compare}
                onOpen={open}
                runs={runs}
                shown={shown?.id ?? ""}
              />
            ) : (
              <NoTraining isAnnotated={(choices.data?.annotated.slices ?? 1) > 0} />
            )}
            {compared.length > 1 ? <ComparisonView runs={compared} /> : null}
            {compared.length < 2 && shown ? (
              <RunView group={runs.filter((run) => isSameGroup(run, shown))} run={shown} />
            ) : null}
          </Fetched>
        </div>
      </div>
    </Page>
  );
}

/** What stands in the place of the curves, and what to do first. */
function NoTraining({ isAnnotated }: { isAnnotated: boolean }) {
  return (
    <Text className={classes.empty} component="div" fz="sm">
      {isAnnotated ? (
        "No training yet. Its curves stand here while it runs, and stay afterwards to compare it with others."
      ) : (
        <>
          <strong>Nothing is annotated yet.</strong> Open a study, choose Draw, mark what speaks for
          the finding and what does not, and give your own answer. The slices worth most stand under{" "}
          <Anchor component={Link} fz="sm" to="/next">
            Read next
          </Anchor>
          .
        </>
      )}
    </Text>
  );
}

function isSameGroup(
  { group_id: group }: { group_id: string | null },
  shown: { group_id: string | null },
): boolean {
  return group !== null && group === shown.group_id;
}
