import { Anchor, Button, Center, Group, Text, TextInput } from "@mantine/core";
import { useSearchParams } from "react-router";
import { problemOf } from "../../client/api.ts";
import { useAuditEvents, useVerification } from "../../queries/audit.ts";
import { Fetched } from "../../ui/Fetched.tsx";
import { Page } from "../../ui/Page.tsx";
import { counted } from "../../ui/words.ts";
import { EventTable } from "./EventTable.tsx";
import { VerificationPanel } from "./VerificationPanel.tsx";

/** What happened here, by whom, and whether the tale is whole. */
export function AuditPage() {
  const [params, setParams] = useSearchParams();
  const objectId = params.get("object") ?? "";
  const trail = useAuditEvents(objectId);
  const verification = useVerification();
  const events = trail.data?.pages.flatMap((page) => page.events) ?? [];
  const total = trail.data?.pages[0]?.total ?? 0;
  const only = (id: string) => setParams(id ? { object: id } : {}, { replace: true });

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
      <Group align="end" gap="xs" my="md">
        <TextInput
          description="Id of an annotation, model, study, training or report"
          label="Only what happened to"
          maxLength={300}
          onChange={(event) => only(event.currentTarget.value)}
          type="search"
          value={objectId}
          w={360}
        />
        {objectId ? (
          <Button onClick={() => only("")} variant="default">
            Show all events
          </Button>
        ) : null}
      </Group>
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
            onOnly={only}
          />
        ) : (
          <Center p="xl">
            {objectId ? (
              <Text fz="sm">
                Nothing happened to this id.{" "}
                <Anchor component="button" fz="sm" onClick={() => only("")}>
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
