import { Button, Center, Stack, Text, Title } from "@mantine/core";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";

/** For addresses that lead nowhere, and for faults of the page itself. */
export function LostPage() {
  const error = useRouteError();
  const isFault = error != null && !isRouteErrorResponse(error);
  return (
    <Center component="main" h="100%" p="xl">
      <Stack align="center" gap="sm" maw={520}>
        <Title order={1} size="h3">
          {isFault ? "The page stumbled" : "There is no such page"}
        </Title>
        <Text c="dark.1" ta="center">
          {isFault
            ? "Something unexpected happened. Your studies are safe on the server. Reload the page; if it happens again, report it with the steps that led here."
            : "The address may be incomplete. Open the worklist and choose a study."}
        </Text>
        <Button component={Link} reloadDocument to="/">
          Open the worklist
        </Button>
      </Stack>
    </Center>
  );
}
