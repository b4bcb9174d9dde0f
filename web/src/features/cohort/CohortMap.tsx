import { type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { className } from "../../queries/classes.ts";
import type { MapPoint } from "../../queries/similar.ts";
import classes from "./Cohort.module.css";
import { paintMap, paintOrder } from "./paint.ts";
import { closest, isInside, laidOut, type Spot } from "./points.ts";

interface Props {
  readonly points: readonly MapPoint[];
  readonly chosen: ReadonlySet<number>;
  readonly onChoose: (chosen: ReadonlySet<number>) => void;
}

const SIZE = { width: 860, height: 560, margin: 24 };
const NEAR = 9; // pixels
const LEAST = 6; // pixels between two corners of the outline

/** All slices on a plane; an area drawn around some of them chooses them. */
export function CohortMap({ points, chosen, onChoose }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [outline, setOutline] = useState<readonly Spot[]>([]);
  const [isDrawing, setIsDrawing] = useState(false);
  const [at, setAt] = useState<number | null>(null);
  const spots = useMemo(() => laidOut(points, SIZE), [points]);
  const order = useMemo(() => paintOrder(points.length, chosen), [points.length, chosen]);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context) {
      paintMap(context, points, spots, order, chosen, outline);
    }
  }, [points, spots, order, chosen, outline]);
  const place = (event: PointerEvent<HTMLCanvasElement>): Spot => {
    const box = event.currentTarget.getBoundingClientRect();
    const scale = SIZE.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  };
  const onDown = (event: PointerEvent<HTMLCanvasElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    setIsDrawing(true);
    setOutline([place(event)]);
  };
  const onMove = (event: PointerEvent<HTMLCanvasElement>) => {
    const here = place(event);
    if (!isDrawing) {
      setAt(closest(spots, here, NEAR));
      return;
    }
    setOutline((drawn) => {
      const last = drawn.at(-1);
      const isFar = !last || Math.hypot(here[0] - last[0], here[1] - last[1]) >= LEAST;
      return isFar ? [...drawn, here] : drawn;
    });
  };
  const onUp = (event: PointerEvent<HTMLCanvasElement>) => {
    setIsDrawing(false);
    if (outline.length < 3) {
      const one = closest(spots, place(event), NEAR);
      onChoose(new Set(one === null ? [] : [one]));
    } else {
      onChoose(new Set(spots.flatMap((spot, n) => (isInside(spot, outline) ? [n] : []))));
    }
    setOutline([]);
  };
  const point = at === null ? undefined : points[at];
  return (
    <div className={classes.map}>
      <canvas
        aria-label={`Map of ${points.length} slices; like lies beside like`}
        height={SIZE.height}
        onPointerDown={onDown}
        onPointerLeave={() => setAt(null)}
        onPointerMove={onMove}
        onPointerUp={onUp}
        ref={canvas}
        role="img"
        width={SIZE.width}
      />
      <p aria-live="polite" className={classes.told}>
        {point
          ? `${point.label ? className(point.label) : "Not known"}${point.label_source === "model" ? " (by the network)" : ""}, ${point.name || point.case_id}${point.sequence ? `, ${point.sequence}` : ""}${point.source ? `, ${point.source}` : ""}`
          : "Point at a slice to see what it is; draw around some to choose them."}
      </p>
    </div>
  );
}
