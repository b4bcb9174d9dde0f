import { Anchor, Button, Center, Group, Loader, Stack, Text, Title } from "@mantine/core";
import { problemOf } from "../../client/api.ts";
import { useWorklist } from "../../queries/studies.ts";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { counted } from "../../ui/words.ts";
import { DropArea } from "./DropArea.tsx";
import { FilterBar } from "./FilterBar.tsx";
import { useFilter } from "./filter.ts";
import { StudyTable } from "./StudyTable.tsx";
import { UploadList } from "./UploadList.tsx";
import classes from "./WorklistPage.module.css";

/** All studies on this server, and the place to bring in more. */
export function WorklistPage() {
  const [filter, setFilter] = useFilter();
  const worklist = useWorklist(filter);
  const rows = worklist.data?.pages.flatMap((page) => page.studies) ?? [];
  const total = worklist.data?.pages[0]?.total ?? 0;
  const isFiltered = Boolean(filter.words || filter.status || filter.label);

  return (
    <main className={classes.page}>
      <title>Worklist · Neuroscope</title>
      <Group align="baseline" justify="space-between" mb="sm">
        <Title order={1} size="h3">
          Worklist
        </Title>
        <Text aria-live="polite" c="dark.1" fz="sm">
          {worklist.isSuccess ? counted(total, "study", "studies") : ""}
        </Text>
      </Group>
      <DropArea />
      <UploadList />
      <FilterBar filter={filter} onChange={setFilter} />
      {worklist.isError ? (
        <ProblemNote {...problemOf(worklist.error)}>
          <Button onClick={() => void worklist.refetch()} size="xs" variant="light">
            Try again
          </Button>
        </ProblemNote>
      ) : null}
      {worklist.isPending ? (
        <Center p="xl">
          <Loader role="status" aria-label="Loading the worklist" />
        </Center>
      ) : null}
      {rows.length > 0 ? <StudyTable rows={rows} /> : null}
      {worklist.isSuccess && rows.length === 0 ? (
        <EmptyList isFiltered={isFiltered} onClear={() => setFilter({})} />
      ) : null}
      {worklist.hasNextPage ? (
        <Center mt="md">
          <Button
            loading={worklist.isFetchingNextPage}
            onClick={() => void worklist.fetchNextPage()}
            variant="default"
          >
            Show more
          </Button>
        </Center>
      ) : null}
    </main>
  );
}

function EmptyList({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  return (
    <Center className={classes.empty}>
      {isFiltered ? (
        <Stack align="center" gap="xs">
          <Text fw={600}>No study matches the filters.</Text>
          <Anchor component="button" fz="sm" onClick={onClear}>
            Clear the filters
          </Anchor>
        </Stack>
      ) : (
        <Stack align="center" gap={4} maw={560}>
          <Text fw={600}>No studies yet.</Text>
          <Text c="dark.1" fz="sm" ta="center">
            Drop a folder of DICOM files, a NIfTI volume, a zip or some PNG or JPEG slices above. To
            look around first, stop the server and run <code>neuroscope demo</code>: it brings
            synthetic studies.
          </Text>
        </Stack>
      )}
    </Center>
  );
}
