import { expect, it } from "vitest";
import {
  dollied,
  orbited,
  panned,
  projected,
  refitted,
  sightThrough,
  type View,
  viewOf,
} from "./camera.ts";
import { FLIGHT_S, flightTo, flownOn, useFlight } from "./flight.ts";
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

it.each([
  [640, 480],
  [430, 700],
  [900, 300],
])("the first view holds the whole head and wastes little of %i x %i pixels", (width, height) => {
  const size = { width, height };
  const view = viewOf(HEAD, [-0.75, 0.85, 0.4], size);
  const outline: { x: number; y: number }[] = [];
  for (let turn = 0; turn < 40; turn++) {
    for (let tilt = -10; tilt <= 10; tilt++) {
      const [a, b] = [(turn * Math.PI) / 20, (tilt * Math.PI) / 20];
      const unit = [Math.cos(a) * Math.cos(b), Math.sin(a) * Math.cos(b), Math.sin(b)];
      const on = (axis: 0 | 1 | 2) =>
        (HEAD.low[axis] + HEAD.high[axis]) / 2 +
        ((HEAD.high[axis] - HEAD.low[axis]) / 2) * (unit[axis] ?? 0);
      outline.push(projected(view, [on(0), on(1), on(2)], size) ?? { x: -1, y: -1 });
    }
  }
  const share = (values: number[], all: number) => {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    expect(least).toBeGreaterThan(0);
    expect(most).toBeLessThan(all);
    return (most - least) / all;
  };
  const [x, y] = [outline.map((at) => at.x), outline.map((at) => at.y)];
  expect(Math.max(share(x, width), share(y, height))).toBeGreaterThan(0.85);
});

it("in a window of another size the head keeps its share of the picture", () => {
  const narrow = { width: 300, height: 480 };
  const [before, after] = [SIZE, narrow].map((size) => viewOf(HEAD, [-0.75, 0.85, 0.4], size));
  if (before && after) {
    expect(refitted(before, before, after)).toEqual(after);
    const nearer = refitted(dollied(before, 2), before, after);
    expect(lengthOf(minus(nearer.eye, nearer.target))).toBeCloseTo(
      lengthOf(minus(after.eye, after.target)) / 2,
    );
  }
  expect.assertions(2);
});

const TUMOR = [-28, 22, 28] as const;

it("the flight leads from outside of the head to the tumor, once around it, and close up to it", () => {
  const flight = flightTo(HEAD, TUMOR, 20);
  expect(lengthOf(minus(flight(0).eye, [0, 0, 0]))).toBeGreaterThan(200);
  const near = flight(0.4);
  expect(near.target.map(Math.round)).toEqual([...TUMOR]);
  const distance = lengthOf(minus(near.eye, TUMOR));
  expect(distance).toBeLessThan(130);
  let turned = 0;
  let last = 0;
  for (let at = 0; at <= 100; at++) {
    const [x, y] = minus(flight(0.4 + 0.0035 * at).eye, TUMOR);
    const angle = Math.atan2(y, x);
    const step = at === 0 ? 0 : Math.atan2(Math.sin(angle - last), Math.cos(angle - last));
    turned += step;
    last = angle;
    expect(lengthOf(minus(flight(0.4 + 0.0035 * at).eye, TUMOR))).toBeCloseTo(distance);
  }
  expect(turned).toBeCloseTo(2 * Math.PI, 3);
  const depth = (share: number) => lengthOf(minus(flight(share).eye, TUMOR));
  expect(depth(0.875)).toBeCloseTo(1.6 * 20);
  expect(depth(1)).toBeCloseTo(distance);
  const [inside, start] = [flight(0.875), flight(0.75)];
  const ahead = minus(inside.target, inside.eye);
  expect(dot3(ahead, minus(TUMOR, start.eye))).toBeCloseTo(distance ** 2);
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
  state().set(flownOn(state(), FLIGHT_S / 2));
  expect(state()).toMatchObject({ isPlaying: true, share: 0.5 });
  state().faster(1);
  state().toggle();
  expect(state()).toMatchObject({ isPlaying: false, share: 0.5, speed: 2 });
  state().toggle();
  state().set(flownOn(state(), FLIGHT_S / 4));
  expect(state()).toMatchObject({ isPlaying: false, share: 1 });
  state().toggle();
  expect(state()).toMatchObject({ isPlaying: true, share: 0 });
  state().set({ isPlaying: false, share: null, speed: 1 });
});
