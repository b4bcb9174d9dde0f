import { useEffect, useRef } from "react";
import type { View } from "./camera.ts";
import { flownOn, useFlight } from "./flight.ts";

/** Fly while it is played, picture by picture; nothing runs while it is paused. */
export function useFlightLoop(
  flight: ((share: number) => View) | null,
  show: (view: View, isMoving: boolean) => void,
): void {
  const latest = useRef({ flight, show });
  latest.current = { flight, show };
  useEffect(() => {
    let frame = 0;
    let last = 0;
    const seen = (isMoving: boolean) => {
      const { share } = useFlight.getState();
      const { flight: path, show: showNow } = latest.current;
      if (path && share !== null) {
        showNow(path(share), isMoving);
      }
    };
    const tick = (now: number) => {
      // A slow picture makes the flight coarser, not longer; a sleeping tab does not skip it.
      const seconds = Math.min((now - last) / 1000, 0.5);
      last = now;
      useFlight.getState().set(flownOn(useFlight.getState(), seconds));
    };
    const stop = useFlight.subscribe((now, before) => {
      cancelAnimationFrame(frame);
      if (now.isPlaying) {
        if (!before.isPlaying) {
          last = performance.now();
        }
        seen(true);
        frame = requestAnimationFrame(tick);
      } else if (now.share !== null && now !== before) {
        seen(false);
      }
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, []);
}
