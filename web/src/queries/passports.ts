import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../client/api.ts";

export type Passport = Schemas["PassportOut"];
export type MapTest = Schemas["MapTestOut"];

interface MapOf {
  readonly studyId: string;
  readonly analysisId: string;
  readonly seriesId: string;
  /** Of a plain slice; null for a whole volume. */
  readonly index: number | null;
}

/** How the maps of a slice or of a volume did in their tests, one passport for each class. */
export function usePassports({ studyId, analysisId, seriesId, index }: MapOf, isThere: boolean) {
  return useQuery({
    queryKey: ["passports", analysisId, seriesId, index],
    enabled: isThere,
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<readonly Passport[]> => {
      const found = await answer(
        api.GET("/api/studies/{study_id}/analyses/{analysis_id}/series/{series_id}/passports", {
          signal,
          params: {
            path: { study_id: studyId, analysis_id: analysisId, series_id: seriesId },
            query: index === null ? {} : { index },
          },
        }),
      );
      return found.passports as Passport[]; // its intervals are pairs, which openapi-fetch forgets
    },
  });
}

export function passportOf(
  passports: readonly Passport[] | undefined,
  target: string,
): Passport | null {
  return passports?.find((passport) => passport.target === target) ?? null;
}

/** Whether a map failed none of its tests; one that did is drawn gray. */
export function isTrusted(passport: Passport | null | undefined): boolean {
  return passport?.outcome !== "failed";
}
