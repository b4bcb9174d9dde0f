import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { expect, it, vi } from "vitest";
import { LostPage } from "./LostPage.tsx";

function Broken(): never {
  throw new Error("a fault of ours");
}

function Unfetched(): never {
  throw new TypeError("Failed to fetch dynamically imported module: /assets/ReadingPage.js");
}

function open(address: string) {
  const router = createMemoryRouter(
    [
      { path: "/broken", element: <Broken />, errorElement: <LostPage /> },
      { path: "/unfetched", element: <Unfetched />, errorElement: <LostPage /> },
      { path: "*", element: <LostPage /> },
    ],
    { initialEntries: [address] },
  );
  render(
    <MantineProvider env="test">
      <RouterProvider router={router} />
    </MantineProvider>,
  );
}

it("an address that leads nowhere is no fault", () => {
  open("/no/such/page");
  expect(screen.getByRole("heading", { name: "There is no such page" })).toBeVisible();
});

it("a fault of the page is called one, without its insides", () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined); // React tells of it
  open("/broken");
  expect(screen.getByRole("heading", { name: "The page stumbled" })).toBeVisible();
  expect(screen.queryByText(/a fault of ours/)).toBeNull();
});

it("a part of the page that did not come is the server's silence, not a fault", () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  open("/unfetched");
  expect(screen.getByRole("heading", { name: "The server does not answer" })).toBeVisible();
});
