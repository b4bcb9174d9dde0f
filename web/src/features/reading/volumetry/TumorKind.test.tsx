import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { theme } from "../../../theme.ts";
import { TumorKind } from "./TumorKind.tsx";

afterEach(() => vi.unstubAllGlobals());

function show(is_told: boolean, isAtWork = false) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(`${request.method} ${new URL(request.url).pathname}${new URL(request.url).search}`);
    return Promise.resolve(Response.json({ id: "j" }, { status: 202 }));
  });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
        <TumorKind isAtWork={isAtWork} smallParts={{ kind: "glioma", is_told }} studyId="s1" />
      </MantineProvider>
    </QueryClientProvider>,
  );
  return asked;
}

it("a reader names metastases, and the study is segmented as such", async () => {
  const asked = show(false);
  expect(screen.getByText(/That followed the classifier/)).toBeVisible();
  const again = screen.getByRole("button", { name: "Segment again" });
  expect(again).toBeDisabled();

  await userEvent.click(screen.getByRole("combobox", { name: /known to be/ }));
  await userEvent.click(screen.getByRole("option", { name: "Metastases" }));
  await userEvent.click(again);

  await waitFor(() => expect(asked).toEqual(["POST /api/studies/s1/analyses?tumor=metastases"]));
});

it("what was said can be taken back", async () => {
  const asked = show(true);
  expect(screen.getByText(/A reader said so/)).toBeVisible();

  await userEvent.click(screen.getByRole("combobox", { name: /known to be/ }));
  await userEvent.click(screen.getByRole("option", { name: "As the classifier says" }));
  await userEvent.click(screen.getByRole("button", { name: "Segment again" }));

  await waitFor(() => expect(asked).toEqual(["POST /api/studies/s1/analyses?tumor=unknown"]));
});

it("nothing is asked of a study at work", async () => {
  show(false, true);
  await userEvent.click(screen.getByRole("combobox", { name: /known to be/ }));
  await userEvent.click(screen.getByRole("option", { name: "Another tumor" }));
  expect(screen.getByRole("button", { name: "Segment again" })).toBeDisabled();
});
