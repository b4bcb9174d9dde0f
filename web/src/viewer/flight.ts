/** A flight from outside the head to a place in it, once around it, and close up to it. */

import { create } from "zustand";
import type { Mm } from "../frames/affine.ts";
import { ANGLE_DEG, type View } from "./camera.ts";
import { type Box, middleOf, radiusOf } from "./mesh.ts";
import { lengthOf, minus, mixed, plus, scaled, type Vector } from "./vector.ts";

/** Up to this share the flight leads to the place, up to the next around it, and then close up to it and away again. */
const APPROACH = 0.4;
const CIRCLE = 0.75;
/** How near the eye comes, in radii of the place. */
const CLOSE = 1.6;
/** At speed 1. */
export const FLIGHT_S = 24;
export const SPEEDS: readonly number[] = [0.25, 0.5, 1, 2];

function eased(share: number): number {
  const s = Math.min(Math.max(share, 0), 1);
  return s * s * (3 - 2 * s);
}

function around(target: Vector, azimuth: number, height: number, distance: number): Vector {
  const flat = Math.cos(height) * distance;
  return plus(target, [
    Math.cos(azimuth) * flat,
    Math.sin(azimuth) * flat,
    Math.sin(height) * distance,
  ]);
}

/** Where the eye is at a share (0 to 1) of the flight to a ball inside a box. */
export function flightTo(box: Box, place: Mm, radiusMm: number): (share: number) => View {
  const middle = middleOf(box);
  const far = (1.05 * radiusOf(box)) / Math.sin((ANGLE_DEG * Math.PI) / 360);
  const near = Math.max(radiusMm, 8) / Math.sin((ANGLE_DEG * Math.PI) / 360) / 0.8;
  const [x, y] = minus(place, middle);
  // Enter on the side where the place lies, so that little is in the way.
  const side = lengthOf([x, y, 0]) > 5 ? Math.atan2(y, x) : Math.PI / 2;
  return (share) => {
    const going = eased(share / APPROACH);
    const circling = eased((share - APPROACH) / (CIRCLE - APPROACH));
    const diving = Math.max(0, (share - CIRCLE) / (1 - CIRCLE));
    const azimuth = side - (1 - going) * 0.9 + circling * 2 * Math.PI;
    const height = 0.35 + 0.25 * Math.sin(circling * 2 * Math.PI);
    const target = mixed(middle, place, going);
    const eye = around(target, azimuth, height, far * (near / far) ** going);
    // Straight ahead until it fills the picture, and back to where all of it is seen.
    const depth = 1 - (CLOSE * Math.max(radiusMm, 8)) / near;
    const dived = scaled(minus(place, eye), depth * Math.sin(Math.PI * diving) ** 2);
    return { eye: plus(eye, dived), target: plus(target, dived), up: [0, 0, 1] };
  };
}

export interface FlightState {
  readonly isPlaying: boolean;
  readonly speed: number;
  /** How much of the flight is done; null while the reader steers. */
  readonly share: number | null;
  readonly set: (change: Partial<Pick<FlightState, "isPlaying" | "speed" | "share">>) => void;
  /** Play from here, from the start if it is over, or pause. */
  readonly toggle: () => void;
  readonly faster: (by: 1 | -1) => void;
}

/** Its own store: it changes with every picture of the flight, and nothing else should. */
export const useFlight = create<FlightState>()((set) => ({
  isPlaying: false,
  speed: 1,
  share: null,
  set: (change) => set(change),
  toggle: () =>
    set(({ isPlaying, share }) => ({
      isPlaying: !isPlaying,
      share: isPlaying || (share !== null && share < 1) ? share : 0,
    })),
  faster: (by) =>
    set(({ speed }) => ({
      speed: SPEEDS[Math.min(Math.max(SPEEDS.indexOf(speed) + by, 0), SPEEDS.length - 1)] ?? 1,
    })),
}));

/** Go on by some seconds; the end stops the flight. */
export function flownOn(state: Pick<FlightState, "share" | "speed">, seconds: number) {
  const share = Math.min((state.share ?? 0) + (seconds * state.speed) / FLIGHT_S, 1);
  return { share, isPlaying: share < 1 };
}
