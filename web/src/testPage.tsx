/** For tests: a page with its router, its theme and a server that answers from a table. */

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactElement } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { vi } from "vitest";
import { theme } from "./theme.ts";

/** An answer, or what makes one from the request: "GET /api/models/versions". */
export type Answers = Readonly<Record<string, unknown>>;

export interface Asked {
  readonly deed: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** Answer requests from a table; a request that is not in it is a mistake of the test. */
export function stubServer(answers: Answers): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    const deed = `${request.method} ${url.pathname}`;
    const body: unknown = request.method === "GET" ? null : await request.json().catch(() => null);
    asked.push({ deed, query: url.searchParams, body });
    const found = answers[deed];
    if (found instanceof Response) {
      return found.clone();
    }
    return found === undefined
      ? Response.json({ title: "?", detail: `no answer to ${deed}`, fix: "?" }, { status: 500 })
      : Response.json(typeof found === "function" ? found(url.searchParams) : found);
  });
  return asked;
}

export function refusal(status: number, detail: string, fix: string): Response {
  return Response.json({ type: "x", title: "Refused", status, detail, fix }, { status });
}

/** Show a page under its path, opened at an address. */
export function showPage(element: ReactElement, path: string, address: string) {
  const router = createMemoryRouter(
    [
      { path, element },
      { path: "*", element: <p>another page</p> },
    ],
    { initialEntries: [address] },
  );
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return router;
}
