/** Who sits here: the name that stands under all that is drawn, submitted and promoted. */

import { create } from "zustand";
import { persist } from "zustand/middleware";
import { api } from "../client/api.ts";

/** As many characters as the server keeps. */
export const LONGEST_NAME = 64;

interface ReaderState {
  /** Empty: the name that the server was started with. */
  readonly name: string;
  readonly setName: (name: string) => void;
}

export const useReader = create<ReaderState>()(
  persist(
    (set) => ({
      name: "",
      setName: (name) => set({ name: name.normalize("NFC").trim().slice(0, LONGEST_NAME).trim() }),
    }),
    { name: "neuroscope-reader" },
  ),
);

/** What every request says of who asks; none if the server shall use its own name. */
export function readerHeaders(name = useReader.getState().name): Record<string, string> {
  return name ? { "X-Reader": encodeURIComponent(name) } : {};
}

api.use({
  onRequest({ request }) {
    for (const [header, value] of Object.entries(readerHeaders())) {
      request.headers.set(header, value);
    }
    return request;
  },
});
