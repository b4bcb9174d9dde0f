import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// Patience for machines at work on other things: a passing test never waits this long.
configure({ asyncUtilTimeout: 15_000 });
afterEach(cleanup);

// Mantine asks for the color scheme and measures boxes; happy-dom has neither.
window.matchMedia = (query) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
    dispatchEvent: () => false,
  }) as MediaQueryList;
