import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { theme } from "../../../theme.ts";
import { OwnMask } from "./OwnMask.tsx";

afterEach(() => vi.unstubAllGlobals());

const REFUSED = {
  type: "about:blank",
  title: "Not usable",
  status: 400,
  detail: "The segmentation holds values that are no whole numbers.",
  fix: "Give labels, not probabilities.",
};

function show({ isHeld = false, isAtWork = false, isRefused = false } = {}) {
  const asked: { what: string; bytes: number }[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    const bytes = (await request.arrayBuffer()).byteLength;
    asked.push({ what: `${request.method} ${pathname}${search}`, bytes });
    return isRefused
      ? Response.json(REFUSED, { status: 400 })
      : Response.json({ id: "j" }, { status: 202 });
  });
  const { container } = render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
        <OwnMask isAtWork={isAtWork} isHeld={isHeld} isMeasured={isHeld} studyId="s1" />
      </MantineProvider>
    </QueryClientProvider>,
  );
  const input = container.ownerDocument.querySelector<HTMLInputElement>("input[type=file]");
  if (!input) {
    throw new Error("There is no place for a file.");
  }
  return { asked, input };
}

const FILE = new File([new Uint8Array(352)], "seg.nii.gz");

it("a file is sent as it is, with the scheme that was chosen", async () => {
  const { asked, input } = show();
  expect(screen.queryByRole("button", { name: "Back to the network" })).toBeNull();
  await userEvent.click(screen.getByRole("combobox", { name: /numbers mean/ }));
  await userEvent.click(screen.getByRole("option", { name: /2017-2020/ }));
  await userEvent.upload(input, FILE);
  await waitFor(() =>
    expect(asked).toEqual([{ what: "PUT /api/studies/s1/mask?labels=2018", bytes: 352 }]),
  );
});

it("without a choice the server finds the scheme", async () => {
  const { asked, input } = show();
  await userEvent.upload(input, FILE);
  await waitFor(() => expect(asked[0]?.what).toBe("PUT /api/studies/s1/mask"));
});

it("what the server refuses is told with its remedy", async () => {
  const { input } = show({ isRefused: true });
  await userEvent.upload(input, FILE);
  expect(await screen.findByText(/no whole numbers/)).toBeVisible();
  expect(screen.getByText(/Give labels, not probabilities/)).toBeVisible();
});

it("a refused file can be chosen again with another scheme", async () => {
  const { asked, input } = show({ isRefused: true });
  await userEvent.upload(input, FILE);
  expect(await screen.findByText(/no whole numbers/)).toBeVisible();
  expect(input.value).toBe(""); // else the browser would see no change
  await userEvent.click(screen.getByRole("combobox", { name: /numbers mean/ }));
  await userEvent.click(screen.getByRole("option", { name: /MSD/ }));
  await userEvent.upload(input, FILE);
  await waitFor(() => expect(asked).toHaveLength(2));
  expect(asked[1]?.what).toBe("PUT /api/studies/s1/mask?labels=msd");
});

it("a given segmentation is named as such, and can be taken back", async () => {
  const { asked } = show({ isHeld: true });
  expect(screen.getByText(/a reader gave, not one of the network/)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Back to the network" }));
  await waitFor(() => expect(asked[0]?.what).toBe("DELETE /api/studies/s1/mask"));
});

it("nothing is asked of a study at work", () => {
  show({ isHeld: true, isAtWork: true });
  expect(screen.getByRole("button", { name: "Give another…" })).toBeDisabled();
  expect(screen.getByRole("button", { name: "Back to the network" })).toBeDisabled();
});
