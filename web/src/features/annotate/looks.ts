/** How kinds look: color, line and word, so that none needs color alone. */

import type { Color } from "../../viewer/palette.ts";
import type { Kind } from "./content.ts";

interface Look {
  /** After Okabe and Ito 2008: told apart with every kind of color vision. */
  readonly color: Color;
  readonly dash: readonly number[];
  readonly isHatched: boolean;
  /** On the picture. */
  readonly word: string;
}

export const LOOKS: Readonly<Record<Kind, Look>> = {
  evidence: { color: [64, 224, 170], dash: [], isHatched: false, word: "look" },
  not_evidence: { color: [240, 120, 60], dash: [7, 5], isHatched: true, word: "ignore" },
  tumor: { color: [120, 196, 255], dash: [12, 4, 2, 4], isHatched: false, word: "tumor" },
  note: { color: [232, 180, 220], dash: [2, 4], isHatched: false, word: "note" },
};
