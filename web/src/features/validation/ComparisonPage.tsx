import { Button, FileButton, Group, NativeSelect, Text } from "@mantine/core";
import { useSearchParams } from "react-router";
import { problemOf } from "../../client/api.ts";
import { useBringAudit, useModelAudit, useModelAudits } from "../../queries/modelAudits.ts";
import { Fetched } from "../../ui/Fetched.tsx";
import { Page } from "../../ui/Page.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import table from "../../ui/Table.module.css";
import { inTime } from "../../ui/words.ts";
import { AuditView } from "./AuditView.tsx";
import { Tabs } from "./Tabs.tsx";

/** Does high accuracy mean clinical understanding? What an audit of models found. */
export function ComparisonPage() {
  const [params, setParams] = useSearchParams();
  const audits = useModelAudits();
  const bring = useBringAudit();
  const chosen = params.get("audit") ?? audits.data?.[0]?.id ?? null;
  const audit = useModelAudit(chosen);
  const show = (id: string) => setParams({ audit: id }, { replace: true });
  return (
    <Page
      aside={<Tabs />}
      lead="Models side by side on the same pictures: how often each is right, and whether it is right for the right reasons. Intervals draw whole patients; with fewer than 20 patients a number decides nothing."
      title="Model comparison"
    >
      <Group align="end" gap="sm" mb="md">
        {audits.data && audits.data.length > 0 ? (
          <NativeSelect
            data={audits.data.map((one) => ({
              value: one.id,
              label: `${one.models.join(", ")} on ${one.data}, ${inTime(one.created)}`,
            }))}
            label="Audit"
            onChange={(event) => show(event.currentTarget.value)}
            value={chosen ?? ""}
            w={420}
          />
        ) : null}
        <FileButton
          accept="application/json,.json"
          onChange={(file) => file && bring.mutate(file, { onSuccess: ({ id }) => show(id) })}
        >
          {(props) => (
            <Button {...props} loading={bring.isPending} variant="default">
              Bring an audit…
            </Button>
          )}
        </FileButton>
      </Group>
      {bring.error ? <ProblemNote {...problemOf(bring.error)} /> : null}
      <Fetched
        isPending={audits.isPending || (chosen !== null && audit.isPending)}
        label="Loading the audit"
        onRetry={() => void (audits.isError ? audits.refetch() : audit.refetch())}
        problem={audits.isError || audit.isError ? problemOf(audits.error ?? audit.error) : null}
      >
        {audit.data ? (
          <AuditView audit={audit.data.content} />
        ) : (
          <section aria-label="Nothing to show" className={table.empty}>
            <p>No audit of a model is here yet.</p>
            <Text fz="sm">
              Make one with <code>neuroscope audit model DIR --out OUT --keep</code>, or bring the{" "}
              <code>model-audit.json</code> that it wrote on another machine.
            </Text>
          </section>
        )}
      </Fetched>
    </Page>
  );
}
