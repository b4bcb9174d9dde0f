import createClient from "openapi-fetch";
import type { components, paths } from "./schema.ts";

export type Schemas = components["schemas"];
export type Problem = Schemas["ProblemOut"];

/** The server, through types made from its own OpenAPI document. The cookie travels by itself. */
export const api = createClient<paths>({
  baseUrl: globalThis.location.origin,
  fetch: (request) => globalThis.fetch(request),
});

/** What the server refused, why, and how to mend it. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "detail" in value && "title" in value;
}

const UNREACHABLE: Problem = {
  type: "about:blank",
  title: "The server does not answer",
  status: 0,
  detail: "The Neuroscope server on this computer cannot be reached.",
  fix: "Check that `neuroscope serve` is still running, then try again.",
  received: null,
};

const SIGNED_OUT: Problem = {
  type: "about:blank",
  title: "Not signed in",
  status: 401,
  detail: "Every start of the server has its own link, and this page was not opened by it.",
  fix: "Open the link that `neuroscope serve` printed last, in this browser.",
  received: null,
};

function asProblem(error: unknown, status: number): Problem {
  if (status === 401) {
    return SIGNED_OUT; // the server's own words are for programs
  }
  if (isProblem(error)) {
    return error;
  }
  return {
    ...UNREACHABLE,
    title: `The server answered ${status}`,
    status,
    detail: "The server could not answer.",
  };
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Unwrap an answer of the client, or throw its problem. */
export async function answer<T>(asked: Promise<Answer<T>>): Promise<T> {
  let reply: Answer<T>;
  try {
    reply = await asked;
  } catch (error) {
    if (error instanceof TypeError) {
      throw new ProblemError(UNREACHABLE); // fetch failed: no answer at all
    }
    throw error;
  }
  if (!reply.response.ok) {
    throw new ProblemError(asProblem(reply.error, reply.response.status));
  }
  return reply.data as T; // undefined for 204, as the types of the client say
}

/** Fetch raw numbers. The browser unpacks what the server compressed. */
export async function fetchBytes(
  path: string,
  signal?: AbortSignal,
  options: RequestInit = {},
): Promise<{ bytes: ArrayBuffer; headers: Headers }> {
  let response: Response;
  try {
    response = await globalThis.fetch(path, signal ? { ...options, signal } : options);
  } catch (error) {
    if (error instanceof TypeError) {
      throw new ProblemError(UNREACHABLE);
    }
    throw error;
  }
  if (!response.ok) {
    const body: unknown = await response.json().catch(() => undefined);
    throw new ProblemError(asProblem(body, response.status));
  }
  return { bytes: await response.arrayBuffer(), headers: response.headers };
}

/** The line to the server: "signed out" after it was started anew, with a new link. */
export type Line = "open" | "lost" | "signed out";

/** Whether a failure will be gone once the line is back; null if it will not. */
export function brokenLine(error: unknown): Exclude<Line, "open"> | null {
  const status = error instanceof ProblemError ? error.problem.status : null;
  if (status === 401) {
    return "signed out";
  }
  return status !== null && [0, 502, 503, 504].includes(status) ? "lost" : null;
}

/** What to tell the reader of any failure. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) {
    return error.problem;
  }
  return {
    type: "about:blank",
    title: "The page stumbled",
    status: 0,
    detail: error instanceof Error ? error.message : "Something unexpected happened.",
    fix: "Reload the page. If it happens again, report it with the steps that led here.",
    received: null,
  };
}
