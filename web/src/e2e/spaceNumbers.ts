import type { Affine, Shape } from "../frames/affine.ts";
import type { Crossed, Line, Measured, Volumetry } from "../queries/volumetry.ts";

/** Of the tumor, in the patient's left frontal lobe. */
export const CENTER = [-28, 22, 28] as const;

/** Numbers about the phantom, as the server would tell them. */
export function spaceNumbers(
  { shape, affine }: { readonly shape: Shape; readonly affine: Affine },
  spacing: number,
  labels: Uint8Array,
  lines: { readonly longest: Line; readonly crossed: readonly [Line, Line] },
): Volumetry {
  const ml = (...values: number[]) =>
    labels.reduce((sum, label) => sum + (values.includes(label) ? 1 : 0), 0) *
    (spacing ** 3 / 1000);
  const value = (
    name: string,
    number: number,
    unit: string,
    how: string,
    interval: [number, number] | null = null,
  ): Measured => ({ name, value: number, unit, interval, how, source: "synthetic formula" });
  const around = (number: number, share: number): [number, number] => [
    number * (1 - share),
    number * (1 + share),
  ];
  const [wt, tc, et] = [ml(1, 2, 3), ml(1, 3), ml(3)];
  const counted = "whole voxels counted; interval: the sure and the possible voxels";
  const slice = Math.round((CENTER[2] + 66) / spacing);
  const { longest } = lines;
  const [along, across] = lines.crossed;
  const crossed: Crossed = {
    longest: along,
    across,
    plane: "axial",
    axis: 2,
    index: slice,
    product_mm2: along.length_mm * across.length_mm,
  };
  const region = (code: string, volume: number, dice: number) => ({
    code,
    volume_ml: volume,
    interval_ml: around(volume, 0.07),
    expected_dice: dice,
    expected_dice_interval: [dice - 0.06, Math.min(dice + 0.04, 1)] as [number, number],
  });
  return {
    schema: "neuroscope/volumetry/1",
    reference: {
      series_id: "t1c",
      role: "t1c",
      shape: [...shape],
      affine_ras_mm: affine.map((row) => [...row]),
      spacing_mm: [spacing, spacing, spacing],
    },
    sequences: [
      { role: "t1c", series_id: "t1c", moved_mm: 0, turned_deg: 0, to_reference: identity(0) },
      {
        role: "flair",
        series_id: "flair",
        moved_mm: 2.4,
        turned_deg: 1.1,
        to_reference: identity(2.4),
      },
    ],
    steps: [
      "Two sequences were recognized by their tags: T1 with contrast, FLAIR.",
      "FLAIR was moved onto T1 with contrast by 2.4 mm.",
      "The brain was taken out of the head.",
    ],
    cautions: [
      "T1 and T2 are missing: the outline of the necrosis is less sure.",
      "The expected overlap was learned on synthetic studies.",
    ],
    model: { name: "unet", version: "1.0.0", sha256: "5a".repeat(32) },
    small_parts: { kind: "glioma", is_told: false },
    labels: [
      { value: 1, code: "NCR", name: "Necrotic and non-enhancing tumor" },
      { value: 2, code: "ED", name: "Peritumoral edema" },
      { value: 3, code: "ET", name: "Enhancing tumor" },
    ],
    regions: [region("WT", wt, 0.91), region("TC", tc, 0.86), region("ET", et, 0.82)],
    values: [
      value("WT volume", wt, "ml", `whole tumor: ${counted}`, around(wt, 0.07)),
      value("NCR volume", ml(1), "ml", `necrosis: ${counted}`, around(ml(1), 0.12)),
      value("ED volume", ml(2), "ml", `edema: ${counted}`, around(ml(2), 0.1)),
      value("ET / TC", et / tc, "1", "ET volume divided by TC volume", around(et / tc, 0.1)),
      value("WT surface area", 71.3, "cm2", "marching cubes on the smoothed mask", [69.5, 73.1]),
      value("WT sphericity", 0.83, "1", "area of the ball of equal volume divided by the area"),
      value(
        "WT longest diameter",
        longest.length_mm,
        "mm",
        "longest line between two voxels of the whole tumor",
        [longest.length_mm, longest.length_mm + 2],
      ),
      value("foci", 1, "1", "parts nearer than 10 mm are one focus"),
      value(
        "distance to midline",
        6.4,
        "mm",
        "nearest voxel of the whole tumor to the midline plane",
      ),
    ],
    lesions: [
      {
        id: "L1",
        focus: 1,
        center_mm: [...CENTER],
        side: "left",
        place: "frontal lobe",
        is_measurable: true,
        volume_ml: wt,
        values: [
          value("longest diameter", longest.length_mm, "mm", "longest line inside the lesion"),
        ],
        longest,
        crossed,
      },
    ],
    drawn: { longest: { WT: longest }, crossed: { TC: crossed } },
    midline: {
      point_mm: [0, 0, 0],
      normal: [1, 0, 0],
      shift: value(
        "midline shift",
        3.2,
        "mm",
        "distance of the septum from the plane of outline and fissure; positive to the right",
        [2.2, 4.2],
      ),
      drawn: { start_mm: [0, 8, CENTER[2]], end_mm: [3.2, 8, CENTER[2]], length_mm: 3.2 },
    },
    mismatch: {
      score: value(
        "T2-FLAIR mismatch",
        0.12,
        "1",
        "share of the tumor bright on T2 and dark on FLAIR inside a bright rim",
      ),
      has_sign: false,
      axis: 2,
      index: slice + 2,
      position_mm: [CENTER[0], CENTER[1], CENTER[2] + 2 * spacing],
      cautions: [],
    },
    vasari: [
      {
        number: 1,
        name: "Tumor location",
        value: "frontal",
        how: "lobe that holds most of the tumor",
      },
      { number: 2, name: "Side of tumor center", value: "left", how: "sign of the center" },
      { number: 3, name: "Eloquent brain", value: "not assessed", how: "needs functional anatomy" },
      { number: 5, name: "Proportion enhancing", value: "6-33 %", how: "ET volume by WT volume" },
      { number: 10, name: "T1/FLAIR ratio", value: "not assessed", how: "needs a reader" },
    ],
    evidence: {
      target: "glioma",
      threshold: 0.6,
      consistency: 0.74,
      p_value: 0.002,
      removed_share: 0.03,
      dropped_ml: 0.4,
      cautions: [],
    },
    surfaces: ["brain", "WT", "TC", "ET"],
  };
}

function identity(right: number): number[][] {
  return [
    [1, 0, 0, right],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ];
}
