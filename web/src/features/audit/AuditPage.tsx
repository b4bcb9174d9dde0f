import { Anchor, Button, Center, Text } from "@mantine/core";
import { useSearchParams } from "react-router";
import { problemOf } from "../../client/api.ts";
import { type AuditFilter, useAuditEvents, useVerification } from "../../queries/audit.ts";
import { Fetched } from "../../ui/Fetched.tsx";
import { Page } from "../../ui/Page.tsx";
import { counted } from "../../ui/words.ts";
import { EventFilterBar } from "./EventFilterBar.tsx";
import { EventTable } from "./EventTable.tsx";
import { VerificationPanel } from "./VerificationPanel.tsx";

/** What happened here, by whom, and whether the tale is whole. */
export function AuditPage() {
  const [params, setParams] = useSearchParams();
  const filter = {
    objectId: params.get("object") ?? "",
    action: params.get("action") ?? "",
    actor: params.get("actor") ?? "",
  };
  const trail = useAuditEvents(filter);
  const verification = useVerification();
  const events = trail.data?.pages.flatMap((page) => page.events) ?? [];
  const total = trail.data?.pages[0]?.total ?? 0;
  const isFiltered = Object.values(filter).some(Boolean);
  const show = ({ objectId: object, action, actor }: Partial<AuditFilter>) =>
    setParams(
      Object.entries({ object, action, actor }).filter((pair): pair is [string, string] =>
        Boolean(pair[1]),
      ),
      { replace: true },
    );

  return (
    <Page
      aside={
        <Text aria-live="polite" c="dark.1" fz="sm">
          {trail.isSuccess ? counted(total, "event") : ""}
        </Text>
      }
      lead="Every annotation, submitted reading, training, promotion, report and deletion is added here and never changed. Each event is sealed together with the one before it. It holds ids and hashes, no drawing and no image."
      title="Audit trail"
    >
      <VerificationPanel
        isAsking={verification.isFetching}
        onCheck={() => void verification.refetch()}
        problem={verification.isError ? problemOf(verification.error) : null}
        verification={verification.data ?? null}
      />
      <EventFilterBar filter={filter} isFiltered={isFiltered} onShow={show} />
      <Fetched
        isPending={trail.isPending}
        label="Loading the audit trail"
        onRetry={() => void trail.refetch()}
        problem={trail.isError ? problemOf(trail.error) : null}
      >
        {events.length > 0 ? (
          <EventTable
            brokenAt={verification.data?.broken?.seq ?? null}
            events={events}
            onOnly={(objectId) => show({ objectId })}
          />
        ) : (
          <Center p="xl">
            {isFiltered ? (
              <Text fz="sm">
                No event matches.{" "}
                <Anchor component="button" fz="sm" onClick={() => show({})}>
                  Show all events
                </Anchor>
              </Text>
            ) : (
              <Text fz="sm">
                Nothing happened yet. The first annotation, report or model stands here.
              </Text>
            )}
          </Center>
        )}
        {trail.hasNextPage ? (
          <Center mt="md">
            <Button
              loading={trail.isFetchingNextPage}
              onClick={() => void trail.fetchNextPage()}
              variant="default"
            >
              Show earlier events
            </Button>
          </Center>
        ) : null}
      </Fetched>
    </Page>
  );
}
