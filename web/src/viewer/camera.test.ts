import { expect, it } from "vitest";
import { dollied, orbited, panned, projected, sightThrough, type View, viewOf } from "./camera.ts";
import { flightTo, flownOn, useFlight } from "./flight.ts";
import { dot3, lengthOf, minus, plus } from "./vector.ts";

const SIZE = { width: 640, height: 480 };
/** From the front: the patient's left is on the right of the screen. */
const FRONT: View = { eye: [0, 500, 0], target: [0, 0, 0], up: [0, 0, 1] };
const HEAD = { low: [-70, -95, -60], high: [70, 80, 70] } as const;

it("seen from the front, the patient's left is on the right and up is up", () => {
  const left = projected(FRONT, [-50, 0, 0], SIZE);
  expect(left?.x).toBeGreaterThan(330);
  expect(projected(FRONT, [0, 0, 40], SIZE)?.y).toBeLessThan(230);
  expect(projected(FRONT, [0, 600, 0], SIZE)).toBeNull();
});

it("the line of sight through a place leads to what is drawn there", () => {
  const view = orbited(FRONT, 0.7, 0.4);
  const point = [12, -30, 25] as const;
  const at = projected(view, point, SIZE);
  const { from, along } = sightThrough(view, at?.x ?? 0, at?.y ?? 0, SIZE);
  const away = minus(point, from);
  expect(lengthOf(minus(away, plus([0, 0, 0], along, dot3(away, along))))).toBeLessThan(1e-9);
});

it("turning keeps the distance and never goes over the poles", () => {
  let view = FRONT;
  for (let turn = 0; turn < 40; turn++) {
    view = orbited(view, 0.3, 0.2);
  }
  expect(lengthOf(minus(view.eye, view.target))).toBeCloseTo(500);
  expect(view.eye[2]).toBeLessThan(500);
  expect(projected(view, view.target, SIZE)).toMatchObject({ x: 320, y: 240 });
});

it("a drag to the right turns the near side to the right", () => {
  const before = projected(FRONT, [0, 60, 0], SIZE)?.x ?? 0;
  expect(projected(orbited(FRONT, 0.1, 0), [0, 60, 0], SIZE)?.x).toBeGreaterThan(before);
});

it("panning moves the target by the pixels that were asked for", () => {
  const moved = projected(panned(FRONT, 30, -20, SIZE), [0, 0, 0], SIZE);
  expect(moved?.x).toBeCloseTo(350);
  expect(moved?.y).toBeCloseTo(220);
  expect(lengthOf(dollied(FRONT, 2).eye)).toBeCloseTo(250);
});

it("the first view holds the whole head", () => {
  const view = viewOf(HEAD, [-0.75, 0.85, 0.4], SIZE);
  for (const r of [HEAD.low[0], HEAD.high[0]]) {
    for (const s of [HEAD.low[2], HEAD.high[2]]) {
      const at = projected(view, [r, 0, s], SIZE);
      expect(at?.x).toBeGreaterThan(0);
      expect(at?.x).toBeLessThan(SIZE.width);
      expect(at?.y).toBeGreaterThan(0);
      expect(at?.y).toBeLessThan(SIZE.height);
    }
  }
});

const TUMOR = [-28, 22, 28] as const;

it("the flight begins outside of the head, ends near the tumor, and goes once around it", () => {
  const flight = flightTo(HEAD, TUMOR, 20);
  expect(lengthOf(minus(flight(0).eye, [0, 0, 0]))).toBeGreaterThan(200);
  const near = flight(0.4);
  expect(near.target.map(Math.round)).toEqual([...TUMOR]);
  const distance = lengthOf(minus(near.eye, TUMOR));
  expect(distance).toBeLessThan(130);
  let turned = 0;
  let last = 0;
  for (let at = 0; at <= 100; at++) {
    const [x, y] = minus(flight(0.4 + 0.006 * at).eye, TUMOR);
    const angle = Math.atan2(y, x);
    const step = at === 0 ? 0 : Math.atan2(Math.sin(angle - last), Math.cos(angle - last));
    turned += step;
    last = angle;
    expect(lengthOf(minus(flight(0.4 + 0.006 * at).eye, TUMOR))).toBeCloseTo(distance);
  }
  expect(turned).toBeCloseTo(2 * Math.PI, 3);
});

it("the flight is smooth: no step is much longer than its neighbors", () => {
  const flight = flightTo(HEAD, TUMOR, 20);
  const steps = Array.from({ length: 200 }, (_, at) =>
    lengthOf(minus(flight((at + 1) / 200).eye, flight(at / 200).eye)),
  );
  for (const [at, step] of steps.slice(1).entries()) {
    expect(Math.abs(step - (steps[at] ?? 0))).toBeLessThan(1);
  }
});

it("play, pause and speed; the end stops it, and play starts anew", () => {
  const state = useFlight.getState;
  state().set({ isPlaying: false, share: null, speed: 1 });
  state().toggle();
  expect(state()).toMatchObject({ isPlaying: true, share: 0 });
  state().set(flownOn(state(), 8));
  expect(state()).toMatchObject({ isPlaying: true, share: 0.5 });
  state().faster(1);
  state().toggle();
  expect(state()).toMatchObject({ isPlaying: false, share: 0.5, speed: 2 });
  state().toggle();
  state().set(flownOn(state(), 4));
  expect(state()).toMatchObject({ isPlaying: false, share: 1 });
  state().toggle();
  expect(state()).toMatchObject({ isPlaying: true, share: 0 });
  state().set({ isPlaying: false, share: null, speed: 1 });
});
