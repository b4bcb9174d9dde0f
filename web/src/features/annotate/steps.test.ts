import { describe, expect, it } from "vitest";
import { type Affine, type Shape, toMm, voxel } from "../../frames/affine.ts";
import { planeGrid } from "../../frames/planes.ts";
import { type Flat, flatOfPixel, pictureSheet, volumeSheet } from "../../frames/sheet.ts";
import { areaOf } from "./areas.ts";
import { pairToFill } from "./between.ts";
import { areaOn, type Content, liesOn, type Manner, ringsOn } from "./content.ts";
import { thresholded } from "./maskSteps.ts";
import { paintedVoxels, unpacked } from "./masks.ts";
import type { Result, Seen } from "./result.ts";
import { contradiction, under } from "./sight.ts";
import { brushed, erased, outlined, reshaped } from "./steps.ts";

const SHAPE: Shape = [40, 50, 12];
const AFFINE: Affine = [
  [-2, 0, 0, 40],
  [0, 1.25, 0, -30],
  [0, 0, 3, -10],
  [0, 0, 0, 1],
];
const grid = planeGrid(AFFINE, SHAPE, "axial");
const sheetAt = (slice: number) => volumeSheet("s", grid, AFFINE, slice, async () => []);
const sheet = sheetAt(4);
const MANNER: Manner = { kind: "evidence", only_this: false, reason: "", analysis_id: null };

/** The flat place of a voxel of slice 4. */
function at(i: number, j: number): Flat {
  const rows = Array.from({ length: sheet.rows }, (_, row) => row);
  const row = rows.find((one) => sheet.voxelOf(one, 0)[1] === j) ?? Number.NaN;
  const columns = Array.from({ length: sheet.columns }, (_, column) => column);
  const column = columns.find((one) => sheet.voxelOf(0, one)[0] === i) ?? Number.NaN;
  return flatOfPixel(sheet, row, column);
}

function made(result: Result): Content[] {
  return "step" in result ? result.step.changes.flatMap(({ after }) => (after ? [after] : [])) : [];
}
const seen = (...contents: Content[]): Seen[] =>
  contents.map((content, number) => ({ id: `d${number}`, content }));
const size = (content: Content) =>
  areaOn(content, sheet).reduce((sum, one) => sum + areaOf(one), 0);
const stroke = (path: Flat[], radius = 4) => ({ path, radius, isApart: false });

describe("an outline", () => {
  it("has its corners at the millimeters of the voxels they were set on", () => {
    const [content] = made(outlined(sheet, [at(5, 10), at(20, 10), at(20, 30)], MANNER));
    expect(content?.points_mm).toEqual(
      [voxel(5, 10, 4), voxel(20, 10, 4), voxel(20, 30, 4)].map((corner) => [
        ...toMm(AFFINE, corner),
      ]),
    );
    expect(content?.plane).toBe("axial");
    expect(content && liesOn(content, sheet)).toBe(true);
    expect(content && liesOn(content, sheetAt(5))).toBe(false);
  });

  it("that crosses itself is refused with the place", () => {
    const result = outlined(sheet, [at(5, 10), at(20, 30), at(20, 10), at(5, 30)], MANNER);
    expect(result).toMatchObject({ hint: expect.stringMatching(/crosses itself/) });
    expect("at" in result && result.at).toBeTruthy();
  });

  it("is clipped where it leaves the picture, and refused beside it", () => {
    const [left, right] = [flatOfPixel(sheet, 10, -20), flatOfPixel(sheet, 10, 10)];
    const low = flatOfPixel(sheet, 20, 10);
    const [content] = made(outlined(sheet, [left, right, low, [left[0], low[1]]], MANNER));
    expect(content && size(content)).toBeCloseTo(10.5 * 2 * 10 * 1.25, 3);
    const off = [left, [left[0] - 5, left[1]], [left[0], left[1] + 5]] as Flat[];
    expect(outlined(sheet, off, MANNER)).toMatchObject({ hint: expect.stringMatching(/off the/) });
  });

  it("keeps pictures without a place in pixels", () => {
    const picture = pictureSheet("p", { index: 3, rows: 60, columns: 80 }, async () => []);
    const line = [
      [10, 20],
      [30, 20],
      [30, 44],
    ] as Flat[];
    const [content] = made(outlined(picture, line, MANNER));
    expect(content).toMatchObject({
      slice_index: 3,
      plane: null,
      points_mm: [
        [10, 20, 0],
        [30, 20, 0],
        [30, 44, 0],
      ],
    });
  });
});

describe("the brush", () => {
  const [first] = made(brushed(sheet, stroke([at(10, 20), at(18, 20)]), [], MANNER, null));

  it("leaves a stroke that says its path and radius", () => {
    expect(first).toMatchObject({ shape: "stroke", radius_mm: 4, plane: "axial" });
    expect(first?.points_mm[0]).toEqual([...toMm(AFFINE, voxel(10, 20, 4))]);
  });

  it("joins what it touches of the same kind into one outline", () => {
    const result = brushed(
      sheet,
      stroke([at(14, 14), at(14, 26)]),
      seen(first as Content),
      MANNER,
      null,
    );
    expect("step" in result && result.step.changes).toHaveLength(1);
    expect(made(result)[0]).toMatchObject({ shape: "contour" });
    expect(size(made(result)[0] as Content)).toBeGreaterThan(size(first as Content));
  });

  it("does not join another kind, nor with Shift, nor what lies elsewhere", () => {
    const other = brushed(
      sheet,
      stroke([at(14, 20)]),
      seen(first as Content),
      { ...MANNER, kind: "tumor" },
      null,
    );
    expect(made(other)[0]?.shape).toBe("stroke");
    const apart = { ...stroke([at(14, 20)]), isApart: true };
    expect(made(brushed(sheet, apart, seen(first as Content), MANNER, null))[0]?.shape).toBe(
      "stroke",
    );
    const below = brushed(sheetAt(5), stroke([at(14, 20)]), seen(first as Content), MANNER, null);
    expect(made(below)[0]?.shape).toBe("stroke");
  });

  it("is clipped at the border of the picture", () => {
    const [content] = made(
      brushed(
        sheet,
        stroke([flatOfPixel(sheet, 10, -3), flatOfPixel(sheet, 10, 5)]),
        [],
        MANNER,
        null,
      ),
    );
    expect(content?.shape).toBe("contour");
    expect(
      Math.min(
        ...ringsOn(content as Content, sheet)
          .flat()
          .map(([u]) => u),
      ),
    ).toBeCloseTo(-1, 3);
  });
});

describe("the eraser", () => {
  const [whole] = made(outlined(sheet, [at(5, 10), at(25, 10), at(25, 30), at(5, 30)], MANNER));

  it("cuts an outline in two: the larger part keeps its name", () => {
    const result = erased(sheet, [at(11, 2), at(11, 40)], 2, seen(whole as Content), null);
    const parts = made(result);
    expect(parts).toHaveLength(2);
    expect("step" in result && result.step.changes[0]?.id).toBe("d0");
    expect(size(parts[0] as Content)).toBeGreaterThan(size(parts[1] as Content));
    expect(size(parts[0] as Content) + size(parts[1] as Content)).toBeCloseTo(
      size(whole as Content) - 4 * 20 * 1.25,
      0,
    );
  });

  it("cuts the chosen drawing alone where it touches it, else whatever it touches", () => {
    const both = seen(whole as Content, whole as Content);
    const one = erased(sheet, [at(11, 2), at(11, 40)], 2, both, "d1");
    expect("step" in one && one.step.changes.filter(({ before }) => before)).toHaveLength(1);
    const elsewhere = {
      ...(whole as Content),
      points_mm: [
        [-30, 20, 2],
        [-34, 20, 2],
        [-34, 28, 2],
      ],
    };
    const other = [...seen(whole as Content), { id: "far", content: elsewhere as Content }];
    const cut = erased(sheet, [at(11, 2), at(11, 40)], 2, other, "far");
    expect("step" in cut && cut.step.changes[0]?.id).toBe("d0");
  });

  it("takes away what it covers wholly, and leaves what it does not touch", () => {
    const gone = erased(sheet, [at(15, 20)], 60, seen(whole as Content), null);
    expect("step" in gone && gone.step.changes).toEqual([{ id: "d0", before: whole, after: null }]);
    expect(erased(sheet, [at(36, 45)], 2, seen(whole as Content), null)).toEqual({ hint: "" });
  });
});

it("the threshold brush paints only gray values near that where it began", () => {
  const gray = Float32Array.from({ length: sheet.rows * sheet.columns }, (_, pixel) =>
    sheet.voxelOf(Math.floor(pixel / sheet.columns), pixel % sheet.columns)[0] < 15 ? 100 : 300,
  );
  const brush = stroke([at(10, 20), at(20, 20)], 3);
  const task = { brush, gray, tolerance: 50, seen: [], manner: MANNER, selected: null };
  const [content] = made(thresholded(sheet, task));
  const voxels = content?.mask ? paintedVoxels(unpacked(content.mask, sheet)) : [];
  expect(voxels.length).toBeGreaterThan(20);
  expect(Math.max(...voxels.map(([i]) => i))).toBe(14);
  expect(new Set(voxels.map(([, , k]) => k))).toEqual(new Set([4]));
  const again = brushed(sheet, stroke([at(8, 20)], 3), seen(content as Content), MANNER, null);
  expect(made(again)[0]?.mask).toBeTruthy();
  const wipedOff = erased(sheet, [at(12, 20)], 40, seen(content as Content), null);
  expect("step" in wipedOff && wipedOff.step.changes[0]?.after).toBeNull();
});

it("a corner may not be moved so that the outline crosses itself", () => {
  const [whole] = made(outlined(sheet, [at(5, 10), at(25, 10), at(25, 30), at(5, 30)], MANNER));
  const rings = [[at(5, 10), at(25, 10), at(15, 20), at(5, 30)]];
  const aim = { id: "d0", content: whole as Content };
  expect(reshaped(sheet, aim, [[at(5, 10), at(25, 10), at(5, 5), at(15, 30)]])).toMatchObject({
    hint: expect.stringMatching(/cross itself/),
  });
  expect(made(reshaped(sheet, aim, rings))[0]?.points_mm[2]).toEqual([
    ...toMm(AFFINE, voxel(15, 20, 4)),
  ]);
});

it("marks that contradict each other are told before training refuses them", () => {
  const box = (kind: Manner["kind"], left: number) =>
    made(
      outlined(sheet, [at(left, 10), at(left + 10, 10), at(left + 10, 30), at(left, 30)], {
        ...MANNER,
        kind,
      }),
    )[0] as Content;
  expect(contradiction(sheet, seen(box("evidence", 5), box("not_evidence", 8)))).toMatch(/overlap/);
  expect(contradiction(sheet, seen(box("evidence", 5), box("not_evidence", 15)))).toBeNull();
  expect(contradiction(sheet, seen(box("evidence", 5), box("tumor", 8)))).toBeNull();
});

it("the smaller of two drawings under the pointer is chosen", () => {
  const box = (left: number, right: number) =>
    made(
      outlined(sheet, [at(left, 10), at(right, 10), at(right, 30), at(left, 30)], MANNER),
    )[0] as Content;
  const both = seen(box(3, 30), box(10, 20));
  expect(under(sheet, both, at(15, 20), 0.5)?.id).toBe("d1");
  expect(under(sheet, both, at(5, 20), 0.5)?.id).toBe("d0");
  expect(under(sheet, both, at(38, 45), 0.5)).toBeNull();
});

it("fills between the nearest slices around the one on display", () => {
  const on = (slice: number) =>
    made(outlined(sheetAt(slice), [at(5, 10), at(25, 10), at(25, 30)], MANNER))[0] as Content;
  const drawings = seen(on(1), on(2), on(6), on(11));
  const pair = pairToFill(sheet, drawings, "evidence");
  expect(pair).toMatchObject({ first: [drawings[1]?.content], second: [drawings[2]?.content] });
  expect(pairToFill(sheetAt(6), drawings, "evidence")).toMatchObject({
    first: [drawings[1]?.content],
    second: [drawings[2]?.content],
  });
  expect(pairToFill(sheet, drawings, "tumor")).toHaveProperty("hint");
});
