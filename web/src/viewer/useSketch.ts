import { type RefObject, useCallback, useEffect, useRef } from "react";
import { fitToScreen } from "./canvas.ts";
import type { PaneSketch, SketchPoint, SketchView } from "./sketch.ts";
import type { Surface } from "./surface.ts";

const DOUBLE_MS = 350;
const DOUBLE_PX = 5;

interface Refs {
  readonly surface: RefObject<Surface | null>;
  readonly image: RefObject<HTMLDivElement | null>;
}

/** Joins a sketch to a pane: its own canvas, painted at most once a frame, and the pointer. */
export function useSketch(sketch: PaneSketch | undefined, { surface, image }: Refs) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(sketch);
  latest.current = sketch;
  const isDrawing = useRef(false);
  const frame = useRef(0);
  const pressed = useRef({ at: 0, x: 0, y: 0, clicks: 0 });

  const paint = useCallback(() => {
    frame.current = 0;
    const [target, view] = [canvas.current, surface.current];
    const context = target?.getContext("2d");
    if (target && view && context) {
      fitToScreen(target, context);
      latest.current?.paint(context, viewOf(view, target));
    }
  }, [surface]);
  const repaint = useCallback(() => {
    frame.current ||= requestAnimationFrame(paint);
  }, [paint]);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  useEffect(() => sketch?.subscribe(repaint), [sketch, repaint]);

  const pointAt = (event: React.PointerEvent): SketchPoint | null => {
    const box = image.current?.getBoundingClientRect();
    const [view, target] = [surface.current, canvas.current];
    if (!box || !view || !target) {
      return null;
    }
    const [row, column] = view.toPixel(event.clientX - box.left, event.clientY - box.top);
    const { altKey: alt, shiftKey: shift } = event;
    const { clicks } = pressed.current;
    return { row, column, alt, shift, clicks, view: viewOf(view, target) };
  };
  // Browsers count clicks only once the button is up again.
  const count = ({ timeStamp: at, clientX: x, clientY: y }: React.PointerEvent) => {
    const last = pressed.current;
    const isAgain = at - last.at < DOUBLE_MS && Math.hypot(x - last.x, y - last.y) < DOUBLE_PX;
    pressed.current = { at, x, y, clicks: isAgain ? last.clicks + 1 : 1 };
  };

  return {
    canvas,
    repaint,
    /** Tells whether the press was taken. */
    onDown: (event: React.PointerEvent): boolean => {
      count(event);
      const at = latest.current?.isOn ? pointAt(event) : null;
      isDrawing.current = at !== null && latest.current?.onDown(at) === true;
      return isDrawing.current;
    },
    onMove: (event: React.PointerEvent): boolean => {
      const at = latest.current?.isOn ? pointAt(event) : null;
      if (at && isDrawing.current) {
        latest.current?.onMove(at);
      } else if (at) {
        latest.current?.onHover(at);
      }
      return isDrawing.current;
    },
    onUp: () => {
      if (isDrawing.current) {
        isDrawing.current = false;
        latest.current?.onUp();
      }
    },
    onLeave: () => latest.current?.onHover(null),
  };
}

function viewOf(
  surface: Surface,
  { clientWidth: width, clientHeight: height }: HTMLElement,
): SketchView {
  return { toScreen: surface.toScreen, width, height };
}
