import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { Analysis } from "../../queries/analyses.ts";
import type { Study } from "../../queries/studies.ts";
import { theme } from "../../theme.ts";
import { SequencesPanel } from "./SequencesPanel.tsx";

const STUDY = {
  id: "p",
  series: [
    { id: "a", role_name: "T1 with contrast" },
    { id: "b", role_name: "T2" },
  ],
} as unknown as Study;

function open(shares: { series_id: string; share: number; alone: number }[], total = 2) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (input: Request | string) => {
    asked.push(typeof input === "string" ? input : input.url);
    const body = { target: "glioma", total, speaks: "a", shares };
    return new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
  });
  const series = shares.map(({ series_id }) => ({ series_id, decision: {}, slices: [] }));
  render(
    <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
      <QueryClientProvider client={new QueryClient()}>
        <SequencesPanel
          analysis={{ id: "a1", series } as unknown as Analysis}
          study={STUDY}
          target="glioma"
        />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

it("every sequence has a signed share, and the shares are checked against the score", async () => {
  open([
    { series_id: "a", share: 2.5, alone: 2 },
    { series_id: "b", share: -0.5, alone: -1 },
  ]);
  const [first, second] = within(
    await screen.findByRole("list", { name: "Shares of the sequences" }),
  ).getAllByRole("listitem");
  expect(first).toHaveTextContent("T1 with contrast+2.50");
  expect(first).toHaveAttribute("data-speaks");
  expect(second).toHaveTextContent("T2−0.50");
  expect(second?.querySelector("[data-against]")).toHaveStyle({ width: "10%" });
  expect(screen.getByText(/Checked: the shares sum to .* \+2\.00/)).toBeVisible();
});

it("shares that do not sum to the score are not to be relied on", async () => {
  open(
    [
      { series_id: "a", share: 2.5, alone: 2 },
      { series_id: "b", share: 0.5, alone: -1 },
    ],
    2,
  );
  expect(await screen.findByText(/Check failed: the shares sum to \+3\.00/)).toBeVisible();
});

it("one sequence alone is not weighed", () => {
  const asked = open([{ series_id: "a", share: 2, alone: 2 }]);
  expect(screen.queryByRole("region", { name: "Sequences" })).toBeNull();
  expect(asked).toEqual([]);
});
