import { Button, Center, Stack, Text, Title } from "@mantine/core";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";

const NOWHERE = {
  title: "There is no such page",
  words: "The address may be incomplete. Open the worklist and choose a study.",
};
const UNREACHABLE = {
  title: "The server does not answer",
  words:
    "This part of the page could not be fetched. Check that neuroscope serve is still running, then open the worklist.",
};
const FAULT = {
  title: "The page stumbled",
  words:
    "Something unexpected happened. Your studies are safe on the server. Reload the page; if it happens again, report it with the steps that led here.",
};

function reasonOf(error: unknown) {
  if (error == null || isRouteErrorResponse(error)) {
    return NOWHERE;
  }
  // What browsers say of a part of the page that comes when it is needed, and did not come.
  const isImport = error instanceof TypeError && /import|module script/i.test(error.message);
  return isImport ? UNREACHABLE : FAULT;
}

/** For addresses that lead nowhere, a server that is gone, and faults of the page itself. */
export function LostPage() {
  const { title, words } = reasonOf(useRouteError());
  return (
    <Center component="main" h="100%" p="xl">
      <Stack align="center" gap="sm" maw={520}>
        <Title order={1} size="h3">
          {title}
        </Title>
        <Text c="dark.1" ta="center">
          {words}
        </Text>
        <Button component={Link} reloadDocument to="/">
          Open the worklist
        </Button>
      </Stack>
    </Center>
  );
}
