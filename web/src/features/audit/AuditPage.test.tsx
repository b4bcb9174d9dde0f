import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { AuditEvent, Verification } from "../../queries/audit.ts";
import { refusal, showPage, stubServer } from "../../testPage.tsx";
import { AuditPage } from "./AuditPage.tsx";

const WHOLE: Verification = {
  is_whole: true,
  events: 2,
  head: "ab".repeat(32),
  broken: null,
  differences: [],
};

function eventOf(seq: number, facts: Partial<AuditEvent> = {}): AuditEvent {
  return {
    seq,
    ts_utc: "2026-01-15T09:30:00.000000+00:00",
    actor: "Dr. Müller",
    action: "annotation.edit",
    object_id: `note${seq}`,
    parent_version: 1,
    payload: '{"kind":"evidence","study_id":"s1","version":2}',
    payload_hash: "1".repeat(64),
    prev_hash: "2".repeat(64),
    hash: "3".repeat(64),
    ...facts,
  };
}

function show(
  verification: Verification | Response = WHOLE,
  events = [eventOf(2), eventOf(1, { action: "model.promote", payload: "{}" })],
) {
  const asked = stubServer({
    "GET /api/audit": (query: URLSearchParams) => ({
      events: query.get("object_id") ? events.slice(0, 1) : events,
      total: query.get("object_id") ? 1 : events.length,
      next_before: null,
    }),
    "GET /api/audit/verification": verification,
  });
  return { asked, router: showPage(<AuditPage />, "/audit", "/audit") };
}

it("says that the trail is whole, and the hash to keep elsewhere", async () => {
  show();
  expect(await screen.findByText(/The trail is whole, and what is stored agrees/)).toBeVisible();
  expect(screen.getByRole("button", { name: /Copy the hash of the last event/ })).toBeVisible();
  expect(screen.getByText("neuroscope audit log --anchor FILE")).toBeVisible();
});

it("names the first broken event, and marks it in the list", async () => {
  const why = "Its seal does not fit what it says.";
  show({ ...WHOLE, is_whole: false, events: 1, broken: { seq: 2, why } });
  expect(await screen.findByText("The trail is broken at event 2.")).toBeVisible();
  expect(screen.getByText(/Its seal does not fit.*1 event before it is whole/)).toBeVisible();
  const marked = (await screen.findByText("first broken event")).closest("tr") as HTMLElement;
  expect(within(marked).getByText("2")).toBeVisible();
  expect(screen.queryByText(/The trail is whole/)).toBeNull();
});

it("a table changed behind the back of a whole trail is no clean bill", async () => {
  show({ ...WHOLE, differences: ["The model m1 differs from the trail in: status."] });
  expect(
    await screen.findByText(/whole, but what is stored differs from it in 1 place/),
  ).toBeVisible();
  expect(screen.getByText("The model m1 differs from the trail in: status.")).toBeVisible();
});

it("shows only what happened to one object, in an address that can be sent", async () => {
  const { asked, router } = show();
  await userEvent.click(await screen.findByRole("button", { name: /Only what happened to note2/ }));
  expect(router.state.location.search).toBe("?object=note2");
  expect(await screen.findByText("1 event")).toBeVisible();
  expect(asked.at(-1)?.query.get("object_id")).toBe("note2");
  await userEvent.click(screen.getByRole("button", { name: "Show all events" }));
  expect(router.state.location.search).toBe("");
});

it("events are chosen by what was done and by whom", async () => {
  const { asked, router } = show();
  await userEvent.selectOptions(await screen.findByLabelText("What"), "model");
  await userEvent.type(screen.getByLabelText("Who"), "Al");
  await waitFor(() => expect(router.state.location.search).toBe("?action=model&actor=Al"));
  await waitFor(() => expect(asked.at(-1)?.query.get("actor")).toBe("Al"));
  expect(asked.at(-1)?.query.get("action")).toBe("model");
});

it("an event opens to what was sealed", async () => {
  show();
  await userEvent.click(await screen.findByRole("button", { name: "What was sealed in event 2" }));
  expect(screen.getByText(/"study_id": "s1"/)).toBeVisible();
  expect(screen.getByRole("link", { name: "Open the study" })).toHaveAttribute(
    "href",
    "/studies/s1",
  );
  expect(screen.getByRole("button", { name: /Copy the seal: 333/ })).toBeVisible();
});

it("a new server has no events, and says what will stand here", async () => {
  show(WHOLE, []);
  expect(await screen.findByText(/Nothing happened yet/)).toBeVisible();
});

it("a verification that fails is a problem with a fix, and can be asked again", async () => {
  show(refusal(503, "The database is locked.", "Try again in a minute."));
  expect(await screen.findByRole("alert")).toHaveTextContent("The database is locked.");
  expect(screen.getByRole("button", { name: "Check again" })).toBeEnabled();
});
