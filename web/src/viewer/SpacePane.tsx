import { useCallback, useEffect, useRef, useState } from "react";
import type { Mm } from "../frames/affine.ts";
import {
  dollied,
  orbited,
  panned,
  refitted,
  type Size,
  sightThrough,
  type View,
} from "./camera.ts";
import { fitToScreen } from "./canvas.ts";
import { useFlight } from "./flight.ts";
import type { Mesh } from "./mesh.ts";
import classes from "./Pane.module.css";
import { type Cut, isCutAway, picked } from "./picking.ts";
import { openSpace, type Space, type SurfaceStyle } from "./space.ts";
import type { Face } from "./spaceFace.ts";
import { drawPlace, drawSides, drawSpaceLine, type SpaceLine } from "./spaceMarks.ts";
import { useViewer } from "./store.ts";
import { keyZoom, wheelZoom } from "./tools.ts";
import { useFlightLoop } from "./useFlightLoop.ts";

export interface SpacePaneProps {
  readonly label: string;
  readonly surfaces: readonly Mesh[];
  readonly styleOf: (name: string) => SurfaceStyle;
  readonly cut: Cut | null;
  /** The images where the cut was made. */
  readonly face: Face | null;
  readonly crosshair: Mm | null;
  readonly lines: readonly SpaceLine[];
  /** The first view, and that after a reset. */
  readonly home: (size: Size) => View;
  readonly flight: ((share: number) => View) | null;
  readonly onPlace: (place: Mm) => void;
  readonly isActive: boolean;
  readonly onActive: () => void;
  readonly note?: string | undefined;
}

/** How still the hand must be for a click. */
const CLICK_PX = 4;
const TURN_PER_PX = Math.PI / 400;
/** How long after the last move the picture is drawn finely. */
const REST_MS = 180;

/** The picture that will be drawn next. */
interface Wish {
  frame: number;
  isMoving: boolean;
  rest: ReturnType<typeof setTimeout> | undefined;
}

/** Surfaces in perspective: drags turn, the wheel comes nearer, a click moves the crosshair. */
export function SpacePane(props: SpacePaneProps) {
  const { surfaces, styleOf, cut, face } = props;
  const host = useRef<HTMLDivElement>(null);
  const image = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const space = useRef<Space | null>(null);
  const view = useRef<View | null>(null);
  const first = useRef<View | null>(null);
  const wish = useRef<Wish>({ frame: 0, isMoving: false, rest: undefined });
  const drag = useRef<{ x: number; y: number; button: number; isClick: boolean } | null>(null);
  const [isShown, setIsShown] = useState(false);
  const [failure, setFailure] = useState("");
  const viewer = useViewer();
  const latest = useRef(props);
  latest.current = props;

  const drawMarks = useCallback(() => {
    const [seen, target, size] = [view.current, canvas.current, space.current?.size()];
    const context = target?.getContext("2d");
    if (!seen || !target || !context || !size) {
      return;
    }
    fitToScreen(target, context);
    const { crosshair, lines, cut } = latest.current;
    for (const line of useViewer.getState().hidden ? [] : lines) {
      // What was chosen is shown even where its place was cut away.
      if (line.isSelected || ![line.from, line.to].every((end) => isCutAway(end, cut))) {
        drawSpaceLine(context, seen, line, size);
      }
    }
    if (crosshair) {
      drawPlace(context, seen, crosshair, size);
    }
    drawSides(context, seen, size);
  }, []);

  /** Draw once before the next refresh of the screen, and finely when all is still again. */
  const draw = useCallback(
    (isMoving: boolean) => {
      const pending = wish.current;
      clearTimeout(pending.rest);
      pending.isMoving = isMoving;
      if (pending.frame) {
        return; // a frame that is on its way draws the newest wish
      }
      pending.frame = requestAnimationFrame(() => {
        pending.frame = 0;
        const [open, { home, surfaces: shown }] = [space.current, latest.current];
        if (!open || open.size().height === 0 || shown.length === 0) {
          return;
        }
        first.current ??= home(open.size());
        view.current ??= first.current;
        const start = performance.now();
        open.draw(view.current, pending.isMoving);
        performance.measure(`neuroscope:${pending.isMoving ? "motion" : "rest"}`, {
          start,
          end: performance.now(),
        });
        drawMarks();
        setIsShown(true);
        if (pending.isMoving && !useFlight.getState().isPlaying) {
          pending.rest = setTimeout(() => draw(false), REST_MS);
        }
      });
    },
    [drawMarks],
  );

  const look = useCallback(
    (change: (from: View) => View) => {
      if (view.current) {
        view.current = change(view.current);
        useFlight.getState().set({ isPlaying: false, share: null });
        draw(true);
      }
    },
    [draw],
  );

  // The space lives as long as the element; StrictMode opens and closes it twice.
  useEffect(() => {
    if (!image.current) {
      return;
    }
    const pending = wish.current;
    try {
      space.current = openSpace(image.current);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : "The 3D view cannot be opened.");
      return;
    }
    const watch = new ResizeObserver(() => {
      space.current?.resize();
      const size = space.current?.size();
      if (size && size.height > 0 && first.current && view.current) {
        const next = latest.current.home(size);
        if (useFlight.getState().share === null) {
          view.current = refitted(view.current, first.current, next);
        }
        first.current = next;
      }
      draw(false);
    });
    watch.observe(image.current);
    return () => {
      watch.disconnect();
      cancelAnimationFrame(pending.frame);
      pending.frame = 0;
      clearTimeout(pending.rest);
      useFlight.getState().set({ isPlaying: false, share: null });
      space.current?.close();
      space.current = null;
    };
  }, [draw]);

  useEffect(() => {
    space.current?.setSurfaces(surfaces);
    draw(false);
  }, [surfaces, draw]);
  useEffect(() => {
    space.current?.setStyle(styleOf);
    draw(false);
  }, [styleOf, draw]);
  useEffect(() => {
    space.current?.setCut(cut);
    space.current?.setFace(face);
    draw(true);
  }, [cut, face, draw]);
  useEffect(drawMarks);

  const resets = useRef(viewer.resets);
  useEffect(() => {
    if (resets.current !== viewer.resets) {
      resets.current = viewer.resets;
      view.current = null;
      useFlight.getState().set({ isPlaying: false, share: null });
      draw(false);
    }
  }, [viewer.resets, draw]);
  const followed = useRef({ nudged: viewer.nudged, turned: viewer.turned });
  useEffect(() => {
    const { nudged, turned } = followed.current;
    followed.current = { nudged: viewer.nudged, turned: viewer.turned };
    if (!props.isActive || (nudged === viewer.nudged && turned === viewer.turned)) {
      return;
    }
    const size = space.current?.size() ?? { width: 1, height: 1 };
    look((from) => {
      const near = dollied(from, keyZoom(viewer.nudged.zoom - nudged.zoom));
      const { right, down } = viewer.nudged;
      const moved = panned(near, right - nudged.right, down - nudged.down, size);
      return orbited(moved, viewer.turned.right - turned.right, viewer.turned.up - turned.up);
    });
  }, [viewer.nudged, viewer.turned, props.isActive, look]);

  useFlightLoop(props.flight, (seen, isMoving) => {
    view.current = seen;
    draw(isMoving);
  });

  // React registers wheel listeners as passive, which cannot keep the page from scrolling.
  useEffect(() => {
    const element = host.current;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      latest.current.onActive();
      look((from) => dollied(from, wheelZoom(event.deltaY)));
    };
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, [look]);

  const onPointerMove = (event: React.PointerEvent) => {
    const from = drag.current;
    if (!from) {
      return;
    }
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    if (from.isClick && Math.hypot(x, y) < CLICK_PX) {
      return;
    }
    drag.current = { ...from, x: event.clientX, y: event.clientY, isClick: false };
    const size = space.current?.size() ?? { width: 1, height: 1 };
    if (from.button === 0 && !viewer.panning && !event.shiftKey) {
      look((seen) => orbited(seen, x * TURN_PER_PX, y * TURN_PER_PX));
    } else if (from.button === 2) {
      look((seen) => dollied(seen, wheelZoom(y * 4)));
    } else {
      look((seen) => panned(seen, x, y, size));
    }
  };
  const onPointerUp = (event: React.PointerEvent) => {
    const from = drag.current;
    drag.current = null;
    const box = image.current?.getBoundingClientRect();
    if (!from?.isClick || from.button !== 0 || !box || !view.current) {
      return;
    }
    const ray = sightThrough(view.current, event.clientX - box.left, event.clientY - box.top, box);
    const pickable = surfaces
      .filter(({ name }) => styleOf(name).isShown)
      .map((mesh) => ({ mesh, opacity: styleOf(mesh.name).opacity }));
    const faces = face ? [{ mesh: face.mesh, opacity: 1, isWhole: true }] : [];
    const hit = picked(ray, [...pickable, ...faces], cut);
    if (hit) {
      props.onPlace(hit.place);
    }
  };

  return (
    <div
      aria-label={props.label}
      className={classes.pane}
      data-active={props.isActive}
      data-keys="page"
      data-panning={viewer.panning}
      data-shown={isShown}
      onContextMenu={(event) => event.preventDefault()}
      onFocus={props.onActive}
      onPointerCancel={() => {
        drag.current = null;
      }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const { clientX: x, clientY: y, button } = event;
        drag.current = { x, y, button, isClick: true };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      ref={host}
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys turn the view
      tabIndex={0}
    >
      <div className={classes.image} ref={image} />
      <canvas className={classes.overlay} ref={canvas} />
      <span className={classes.title}>{props.label}</span>
      {props.note ? <span className={classes.note}>{props.note}</span> : null}
      {failure ? (
        <p className={classes.failure} role="alert">
          {failure} The three planes and the table show the same without it.
        </p>
      ) : null}
    </div>
  );
}
