/** The place in the rail for similar past cases. Another feature fills it in. */

import { type ComponentType, createContext } from "react";
import type { Analysis } from "../../queries/analyses.ts";
import type { Series, Study } from "../../queries/studies.ts";

export interface SimilarProps {
  readonly study: Study;
  readonly series: Series;
  readonly analysis: Analysis;
}

export const SimilarSlot = createContext<ComponentType<SimilarProps> | null>(null);
