/** The classes of the network, in its own order, as people call them. */

import type { TumorClass } from "./studies.ts";

export const TUMOR_CLASSES: readonly TumorClass[] = [
  "glioma",
  "meningioma",
  "pituitary",
  "notumor",
];

export const CLASS_NAMES: Readonly<Record<TumorClass, string>> = {
  glioma: "Glioma",
  meningioma: "Meningioma",
  pituitary: "Pituitary tumor",
  notumor: "No tumor",
};

export function className(label: string): string {
  return CLASS_NAMES[label as TumorClass] ?? label;
}
