import { beforeEach, expect, it, vi } from "vitest";
import { answer, api } from "../client/api.ts";
import { LONGEST_NAME, readerHeaders, useReader } from "./reader.ts";

let asked: Request[] = [];

beforeEach(() => {
  asked = [];
  localStorage.clear();
  useReader.setState({ name: "" });
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(request);
    return Promise.resolve(Response.json({ jobs: [] }));
  });
});

it("every request says who asks, in characters that a header may hold", async () => {
  useReader.getState().setName("  Dr. Müller ");
  await answer(api.GET("/api/jobs"));
  expect(asked[0]?.headers.get("X-Reader")).toBe("Dr.%20M%C3%BCller");
});

it("without a name the server uses its own", async () => {
  await answer(api.GET("/api/jobs"));
  expect(asked[0]?.headers.has("X-Reader")).toBe(false);
  expect(readerHeaders()).toEqual({});
});

it("a name is kept for the next visit, and never longer than the server keeps it", () => {
  useReader.getState().setName("x".repeat(100));
  expect(useReader.getState().name).toHaveLength(LONGEST_NAME);
  expect(localStorage.getItem("neuroscope-reader")).toContain("xxx");
});
