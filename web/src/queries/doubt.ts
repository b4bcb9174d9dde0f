/** How far an answer can be doubted, in words. */

import type { Schemas } from "../client/api.ts";
import { className } from "./classes.ts";

export type Doubt = Schemas["DoubtOut"];

const LEVELS = ["80", "90", "95"] as const;
const SHOWN = "90";

export function isAbstained(doubt: Doubt | null | undefined): boolean {
  return (doubt?.abstains ?? []).length > 0;
}

/** Which classes cannot be excluded; why that was not assessed; null if nothing is known. */
export function setSentence(doubt: Doubt | null | undefined): string | null {
  const shown = doubt?.sets[SHOWN];
  if (!doubt || !shown) {
    return doubt?.not_assessed || null;
  }
  if (shown.length === Object.keys(doubt.p_fits).length) {
    return `At ${SHOWN} % confidence no class can be excluded.`;
  }
  if (shown.length > 0) {
    return `At ${SHOWN} % confidence: ${alternatives(shown)}.`;
  }
  const said = `At ${SHOWN} % confidence no class fits as well as usual; read it with care.`;
  const wider = LEVELS.slice(LEVELS.indexOf(SHOWN) + 1).find(
    (level) => (doubt.sets[level] ?? []).length > 0,
  );
  return wider ? `${said} At ${wider} %: ${alternatives(doubt.sets[wider] ?? [])}.` : said;
}

/** On which side of the threshold for "tumor" an answer lies; null without a threshold. */
export function thresholdSentence(doubt: Doubt | null | undefined): string | null {
  const { p_tumor, tumor_threshold, sensitivity } = doubt ?? {};
  if (p_tumor == null || tumor_threshold == null || sensitivity == null) {
    return null;
  }
  const side = p_tumor >= tumor_threshold ? "Above" : "Below";
  return `${side} the threshold that was proved to find ${Math.round(sensitivity * 100)} % of the tumors.`;
}

/** How unusual an image looks; null if that was not assessed. */
export function ordinarySentence(doubt: Doubt | null | undefined): string | null {
  const p = doubt?.p_ordinary;
  if (p == null) {
    return null;
  }
  const share = p < 0.01 ? "Less than 1 %" : `${Math.round(p * 100)} %`;
  return `${share} of ordinary images look as unusual as this one.`;
}

/** What several heads disagree on, as a share of the doubt there can be. */
export function headsSentence(doubt: Doubt | null | undefined): string | null {
  const information = doubt?.mutual_information;
  if (information == null) {
    return null;
  }
  const share = information / Math.log(4);
  const words = share < 0.02 ? "agree" : share < 0.1 ? "differ a little" : "disagree";
  return `Several heads of the network ${words} here.`;
}

function alternatives(labels: readonly string[]): string {
  const names = labels.map((label) => className(label).toLowerCase());
  const last = names.at(-1) ?? "";
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} or ${last}` : last;
}
