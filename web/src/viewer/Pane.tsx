import { useCallback, useEffect, useRef, useState } from "react";
import { fitToScreen } from "./canvas.ts";
import type { SliceLayer } from "./layers.ts";
import {
  drawCrosshair,
  drawEvidence,
  drawLayerOutlines,
  drawMark,
  drawOutline,
  type EvidencePicture,
  renderEvidence,
  renderLayer,
  type SliceMark,
} from "./overlay.ts";
import classes from "./Pane.module.css";
import type { PaneSketch } from "./sketch.ts";
import { type GrayWindow, useViewer } from "./store.ts";
import { openSurface, type Point, type Stack, type Surface } from "./surface.ts";
import { dragWindow, inGray, keyZoom, wheelZoom } from "./tools.ts";
import { useSketch } from "./useSketch.ts";

export interface PaneProps {
  /** What the stack shows, for example "Axial". */
  readonly label: string;
  readonly stack: Stack;
  readonly index: number;
  readonly onStep: (by: number) => void;
  /** Patient sides at the edges; none for a picture whose orientation nobody knows. */
  readonly letters?: { left: string; right: string; top: string; bottom: string } | undefined;
  /** The evidence over this slice, if it is known. */
  readonly evidence?: EvidencePicture | null | undefined;
  /** More layers, from the lowest to the highest. */
  readonly layers?: readonly SliceLayer[] | undefined;
  readonly marks?: readonly SliceMark[] | undefined;
  /** Where the other planes cut this one. */
  readonly crosshair?: Point | undefined;
  readonly onPlace?: ((row: number, column: number) => void) | undefined;
  /** The gray values that the server chose as black and white; the reader's window is a share of it. */
  readonly firstWindow: GrayWindow;
  /** Whether the keys steer this pane. */
  readonly isActive: boolean;
  readonly onActive?: (() => void) | undefined;
  readonly note?: string | undefined;
  /** What readers draw on this slice. */
  readonly sketch?: PaneSketch | undefined;
}

type Drag = { kind: "window" | "pan" | "place"; x: number; y: number; low: number; high: number };

function dragKind(button: number, isPanning: boolean): Drag["kind"] | null {
  if (button === 2) {
    return "window";
  }
  if (button === 1 || (button === 0 && isPanning)) {
    return "pan";
  }
  return button === 0 ? "place" : null;
}

/** One stack of pictures with its overlay; wheel, drags and arrow keys act on it. */
export function Pane(props: PaneProps) {
  const { label, stack, index, letters, note, isActive } = props;
  const host = useRef<HTMLDivElement>(null);
  const image = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const surface = useRef<Surface | null>(null);
  const drag = useRef<Drag | null>(null);
  const [isShown, setIsShown] = useState(false);
  const [failure, setFailure] = useState("");
  const viewer = useViewer();
  const latest = useRef(props);
  latest.current = props;
  const sketch = useSketch(props.sketch, { surface, image });
  const { repaint } = sketch;

  const painted = useRef<{ of: EvidencePicture; canvas: HTMLCanvasElement } | null>(null);
  const pictures = useRef(new WeakMap<SliceLayer, HTMLCanvasElement | null>());
  const draw = useCallback(() => {
    const [view, target] = [surface.current, canvas.current];
    const context = target?.getContext("2d");
    if (!view || !target || !context) {
      return;
    }
    fitToScreen(target, context);
    const { evidence: map, crosshair: cross } = latest.current;
    if (map && painted.current?.of !== map) {
      painted.current = { of: map, canvas: renderEvidence(map) };
    }
    if (map && painted.current) {
      drawLayers(context, map, painted.current.canvas, view.toScreen);
    }
    drawAreas(context, target, latest.current, pictures.current, view.toScreen);
    if (cross) {
      drawCrosshair(context, view.toScreen(...cross), target.clientWidth, target.clientHeight);
    }
    repaint();
  }, [repaint]);

  // The surface lives as long as the element; StrictMode opens and closes it twice.
  useEffect(() => {
    if (!image.current) {
      return;
    }
    const opened = openSurface(image.current);
    surface.current = opened;
    const stopListening = opened.onRendered(draw);
    const watch = new ResizeObserver(() => {
      opened.resize();
      draw();
    });
    watch.observe(image.current);
    return () => {
      watch.disconnect();
      stopListening();
      surface.current = null;
      opened.close();
    };
  }, [draw]);

  useEffect(() => {
    let isCurrent = true;
    const start = performance.now();
    surface.current?.show(stack, index).then(
      () => {
        if (isCurrent) {
          setIsShown(true);
          setFailure("");
          performance.measure("neuroscope:step", { start, end: performance.now() });
        }
      },
      (error: unknown) => {
        if (isCurrent) {
          setFailure(error instanceof Error ? error.message : "The picture could not be shown.");
        }
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [stack, index]);

  const { low, high } = inGray(viewer.window, props.firstWindow);
  useEffect(
    () => surface.current?.setWindow(low, high, viewer.inverted),
    [low, high, viewer.inverted],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: every new wish resets the view
  useEffect(() => surface.current?.reset(), [viewer.resets]);
  const { nudged } = viewer;
  const followed = useRef(nudged);
  useEffect(() => {
    const from = followed.current;
    followed.current = nudged;
    if (isActive && from !== nudged) {
      surface.current?.zoomBy(keyZoom(nudged.zoom - from.zoom));
      surface.current?.panBy(nudged.right - from.right, nudged.down - from.down);
    }
  }, [nudged, isActive]);
  useEffect(draw);

  // React registers wheel listeners as passive, which cannot keep Ctrl+wheel from zooming the page.
  useEffect(() => {
    const element = host.current;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      latest.current.onActive?.();
      if (event.ctrlKey) {
        surface.current?.zoomBy(wheelZoom(event.deltaY));
      } else if (event.deltaY !== 0) {
        latest.current.onStep(event.deltaY > 0 ? 1 : -1);
      }
    };
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, []);

  const place = (event: React.PointerEvent) => {
    const box = image.current?.getBoundingClientRect();
    if (box && surface.current) {
      const [row, column] = surface.current.toPixel(
        event.clientX - box.left,
        event.clientY - box.top,
      );
      props.onPlace?.(row, column);
    }
  };
  const onPointerDown = (event: React.PointerEvent<HTMLDivElement>) => {
    const kind = dragKind(event.button, viewer.panning);
    if (!kind) {
      return;
    }
    event.currentTarget.setPointerCapture(event.pointerId);
    if (kind === "place" && sketch.onDown(event)) {
      return;
    }
    drag.current = { kind, x: event.clientX, y: event.clientY, ...viewer.window };
    if (kind === "place") {
      place(event);
    }
  };
  const onPointerMove = (event: React.PointerEvent) => {
    const from = drag.current;
    if (!from) {
      sketch.onMove(event);
      return;
    }
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    if (from.kind === "window") {
      viewer.set({ window: dragWindow(from, x, y) });
    } else if (from.kind === "pan") {
      surface.current?.panBy(x, y);
      drag.current = { ...from, x: event.clientX, y: event.clientY };
    } else {
      place(event);
    }
  };
  const onPointerUp = () => {
    drag.current = null;
    sketch.onUp();
  };

  return (
    <div
      aria-label={`${label} slice`}
      aria-orientation="vertical"
      aria-valuemax={stack.count}
      aria-valuemin={1}
      aria-valuenow={index + 1}
      aria-valuetext={`Slice ${index + 1} of ${stack.count}`}
      className={classes.pane}
      data-active={isActive && props.onActive !== undefined}
      data-keys="page"
      data-drawing={props.sketch?.isOn === true}
      data-panning={viewer.panning}
      data-shown={isShown}
      onFocus={props.onActive}
      onContextMenu={(event) => event.preventDefault()}
      onPointerCancel={onPointerUp}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerLeave={sketch.onLeave}
      onPointerUp={onPointerUp}
      ref={host}
      role="slider"
      tabIndex={0}
    >
      <div className={classes.image} ref={image} />
      <canvas className={classes.sketch} ref={sketch.canvas} />
      <canvas className={classes.overlay} ref={canvas} />
      <span className={classes.title}>
        {label} {index + 1}/{stack.count}
      </span>
      {note ? <Note words={note} /> : null}
      {letters ? (
        <>
          <span className={classes.left}>{letters.left}</span>
          <span className={classes.right}>{letters.right}</span>
          <span className={classes.top}>{letters.top}</span>
          <span className={classes.bottom}>{letters.bottom}</span>
        </>
      ) : null}
      {failure ? (
        <p className={classes.failure} role="alert">
          {failure} Step to another slice, or reload the page.
        </p>
      ) : null}
    </div>
  );
}

/** Narrow panes have room for the first line alone. */
function Note({ words }: { words: string }) {
  return (
    <span className={classes.note}>
      {words.split("\n").map((line) => (
        <span key={line}>{line}</span>
      ))}
    </span>
  );
}

/** Evidence and outline, as the reader has set them. */
function drawLayers(
  context: CanvasRenderingContext2D,
  map: EvidencePicture,
  painted: HTMLCanvasElement,
  toScreen: Surface["toScreen"],
): void {
  const { overlay, hidden, opacity, outline } = useViewer.getState();
  if (overlay && !hidden) {
    drawEvidence(context, painted, toScreen, opacity);
  }
  if (outline && !hidden && map.isTrusted !== false) {
    drawOutline(context, map, toScreen);
  }
}

/** Fill first, then all outlines, so that no fill dims a line; then what was measured. */
function drawAreas(
  context: CanvasRenderingContext2D,
  { clientWidth: width, clientHeight: height }: HTMLElement,
  { layers = [], marks = [] }: Pick<PaneProps, "layers" | "marks">,
  pictures: WeakMap<SliceLayer, HTMLCanvasElement | null>,
  toScreen: Surface["toScreen"],
): void {
  if (useViewer.getState().hidden) {
    return;
  }
  for (const layer of layers) {
    if (!pictures.has(layer)) {
      pictures.set(layer, renderLayer(layer));
    }
    const picture = pictures.get(layer);
    if (picture) {
      drawEvidence(context, picture, toScreen, layer.opacity);
    }
  }
  for (const layer of layers) {
    drawLayerOutlines(context, layer, toScreen);
  }
  for (const mark of marks) {
    drawMark(context, mark, toScreen, { width, height });
  }
}
