/** Answers of the API for the synthetic study in space, put in place of the server's. */

import type { Page, Route } from "@playwright/test";
import type { Schemas } from "../client/api.ts";
import { writeSurfaces } from "./glb.ts";
import type { SpacePhantom } from "./spacePhantom.ts";

export const STUDY = "5bace0000000";
const ANALYSIS = "a5bace0000000000";
const CREATED = "2026-01-15T09:30:00Z";

function seriesOf(
  phantom: SpacePhantom,
  id: "t1c" | "flair",
  role_name: string,
): Schemas["SeriesOut"] {
  const affine = phantom.affine.map((row) => [...row]);
  if (id === "flair") {
    (affine[0] as number[])[3] = (affine[0]?.[3] ?? 0) - 2.4; // where the scanner put it
  }
  return {
    id,
    role: id,
    role_name,
    description: "synthetic",
    kind: "volume",
    shape: [...phantom.shape],
    dtype: "int16",
    affine,
    spacing_mm: [2, 2, 2],
    window: [0, 1000],
    slices: [],
    cautions: [],
  } as unknown as Schemas["SeriesOut"];
}

function study(phantom: SpacePhantom) {
  return {
    id: STUDY,
    pseudonym: "NS-SPACE1",
    created: CREATED,
    status: "analyzed",
    headline: { label: "glioma", p_label: 0.97, series_id: "t1c", caution: null },
    cautions: [],
    unreadable: [],
    series: [seriesOf(phantom, "t1c", "T1 with contrast"), seriesOf(phantom, "flair", "FLAIR")],
    job: null,
    analysis_id: ANALYSIS,
  };
}

function analysis(phantom: SpacePhantom) {
  const p_class = { glioma: 0.97, meningioma: 0.02, pituitary: 0.005, notumor: 0.005 };
  const scale = { glioma: 0.5, meningioma: 0.5, pituitary: 0.5, notumor: 0.5 };
  const decision = { label: "glioma", p_label: 0.97, p_class, outlier_score: 0.6, cautions: [] };
  return {
    id: ANALYSIS,
    study_id: STUDY,
    created: CREATED,
    finished: CREATED,
    state: "done",
    model: { name: "evidence", version: "1.0.0", sha256: "ab".repeat(32) },
    temperature: 1.2,
    evidence: { scale, floor: scale, threshold: 0.35, unit: "logit per cell", step: 0.002 },
    series: ["t1c", "flair"].map((series_id) => ({
      series_id,
      axis: 2,
      plane: "axial",
      decision,
      decided_by: [Math.floor(phantom.shape[2] / 2)],
      not_run: [],
      evidence_targets: [],
      slices: [],
      cautions: [],
    })),
    cautions: [],
    unreadable: [],
    has_report: false,
    has_volumetry: true,
  };
}

/** Every answer by the end of its path. */
function answers(phantom: SpacePhantom): Record<string, unknown> {
  const found = `/analyses/${ANALYSIS}/volumetry`;
  return {
    "": study(phantom),
    "/analyses/latest": analysis(phantom),
    [found]: phantom.volumetry,
    [`${found}/labels`]: phantom.labels,
    [`${found}/uncertainty`]: phantom.uncertainty,
    [`${found}/evidence`]: phantom.evidence,
    [`${found}/surfaces.glb`]: writeSurfaces(phantom.meshes),
    "/series/t1c/volume": phantom.t1c,
    "/series/flair/volume": phantom.flair,
  };
}

/** Serve the study to a page; everything else still comes from where it came from. */
export async function routeSpaceStudy(page: Page, phantom: SpacePhantom): Promise<void> {
  const known = answers(phantom);
  await page.route(`**/api/studies/${STUDY}**`, (route: Route) => {
    const tail = new URL(route.request().url()).pathname.replace(`/api/studies/${STUDY}`, "");
    const body = known[tail];
    if (body === undefined) {
      return route.fulfill({
        status: 404,
        json: { title: "Not here", detail: "Not made.", fix: "" },
      });
    }
    return ArrayBuffer.isView(body)
      ? route.fulfill({
          contentType: "application/octet-stream",
          body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        })
      : route.fulfill({ json: body });
  });
}
