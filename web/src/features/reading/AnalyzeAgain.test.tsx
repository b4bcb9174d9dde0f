import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { theme } from "../../theme.ts";
import { AnalyzeAgain } from "./AnalyzeAgain.tsx";

afterEach(() => vi.unstubAllGlobals());

function show(isAtWork: boolean, status = 202) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(`${request.method} ${new URL(request.url).pathname}${new URL(request.url).search}`);
    const refused = { type: "about:blank", title: "No", status, detail: "It is gone.", fix: "Go." };
    return Promise.resolve(Response.json(status === 202 ? { id: "j" } : refused, { status }));
  });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
        <AnalyzeAgain isAtWork={isAtWork} studyId="s1" />
      </MantineProvider>
    </QueryClientProvider>,
  );
  return asked;
}

it("asks for a new analysis by what is there now", async () => {
  const asked = show(false);
  await userEvent.click(screen.getByRole("button", { name: "Analyze again" }));
  await waitFor(() => expect(asked).toEqual(["POST /api/studies/s1/analyses"]));
});

it("says why the server refused", async () => {
  show(false, 404);
  await userEvent.click(screen.getByRole("button", { name: "Analyze again" }));
  expect(await screen.findByText(/It is gone/)).toBeVisible();
});

it("waits while the study is at work", () => {
  show(true);
  expect(screen.getByRole("button", { name: "Analyze again" })).toBeDisabled();
});
