/** What the tools work on, and what they answer. */

import type { Flat } from "../../frames/sheet.ts";
import type { Content } from "./content.ts";
import type { Step } from "./history.ts";

/** A drawing that the reader sees on the sheet. */
export interface Seen {
  readonly id: string;
  readonly content: Content;
}

/** A step, or why there is none. */
export type Result = { readonly step: Step } | { readonly hint: string; readonly at?: Flat };

export interface Brush {
  readonly path: readonly Flat[];
  readonly radius: number;
  /** Start a drawing of its own, whatever it touches. */
  readonly isApart: boolean;
}

export const OFF = "That lies off the picture. Draw on the image.";
