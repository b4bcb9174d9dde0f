/** The thin adapter to Cornerstone3D: shows pictures, turns millimeters into places on the screen. */

import {
  cache,
  Enums,
  imageLoader,
  init,
  metaData,
  RenderingEngine,
  type StackViewport,
  type Types,
} from "@cornerstonejs/core";
import type { Mm } from "../frames/affine.ts";

/** A two-dimensional picture and where it lies in the patient (unit directions, RAS+ mm). */
export interface Picture {
  readonly pixels: Float32Array<ArrayBuffer>;
  readonly rows: number;
  readonly columns: number;
  readonly rowMm: number;
  readonly columnMm: number;
  readonly origin: Mm;
  readonly right: Mm;
  readonly down: Mm;
}

/** Pictures of one kind, fetched or cut when they are asked for. `key` is unique to the content. */
export interface Stack {
  readonly key: string;
  readonly count: number;
  readonly picture: (index: number) => Promise<Picture>;
}

export type Point = readonly [x: number, y: number];

/** One drawing area on the page. */
export interface Surface {
  show(stack: Stack, index: number): Promise<void>;
  setWindow(low: number, high: number, inverted: boolean): void;
  zoomBy(factor: number): void;
  panBy(x: number, y: number): void;
  reset(): void;
  resize(): void;
  /** Where the center of a pixel (row, column) of the picture on display is drawn, in CSS pixels. */
  toScreen(row: number, column: number): Point;
  /** The inverse of `toScreen`: fractional [row, column]. */
  toPixel(x: number, y: number): Point;
  onRendered(listener: () => void): () => void;
  close(): void;
}

const ENGINE = "neuroscope";
let engine: RenderingEngine | undefined;
let surfaces = 0;
let opened = 0;

/** Cornerstone works in DICOM's LPS; nobody outside this file does. */
function toLps(point: Mm): Types.Point3 {
  return [-point[0], -point[1], point[2]];
}

function provideMetadata(type: string, imageId: unknown): unknown {
  if (type === Enums.MetadataModules.GENERAL_SERIES && String(imageId).startsWith(`${ENGINE}:`)) {
    return { modality: "MR" };
  }
  return undefined;
}

function sharedEngine(): RenderingEngine {
  if (!engine) {
    init();
    metaData.addProvider(provideMetadata);
    engine = new RenderingEngine(ENGINE);
  }
  return engine;
}

async function cachePicture(imageId: string, stack: Stack, index: number): Promise<Picture> {
  const picture = await stack.picture(index);
  if (!cache.getImage(imageId)) {
    const image = imageLoader.createAndCacheLocalImage(imageId, {
      scalarData: picture.pixels,
      targetBuffer: { type: "Float32Array" },
      dimensions: [picture.columns, picture.rows],
      spacing: [picture.columnMm, picture.rowMm],
      origin: toLps(picture.origin),
      // Typed as a 3x3 matrix, read as DICOM's six direction cosines.
      direction: [...toLps(picture.right), ...toLps(picture.down)] as unknown as Types.Mat3,
      frameOfReferenceUID: stack.key,
    });
    // Without a window of its own a local image gets an upside-down one, and stays inverted.
    image.windowCenter = 0.5;
    image.windowWidth = 2;
  }
  return picture;
}

/** Fit all pictures into their elements anew; what the reader zoomed and moved stays so. */
function refit(shared: RenderingEngine): void {
  const views = (shared.getViewports() as StackViewport[]).map((viewport) => ({
    viewport,
    zoom: viewport.getZoom(),
    pan: viewport.getPan(),
  }));
  shared.resize(false, false);
  for (const { viewport, zoom, pan } of views) {
    if (zoom !== 1) {
      viewport.setZoom(zoom);
    }
    if (Math.hypot(...pan) > 0.5) {
      viewport.setPan(pan);
    }
  }
  shared.render();
}

/** Open a drawing area in an element. Close it when the element leaves the page. */
export function openSurface(element: HTMLDivElement): Surface {
  const shared = sharedEngine();
  surfaces += 1;
  opened += 1;
  const viewportId = `view-${opened}`;
  shared.enableElement({ viewportId, type: Enums.ViewportType.STACK, element });
  const viewport = shared.getViewport(viewportId) as StackViewport;
  let shown: { key: string; picture: Picture } | undefined;
  let wanted = 0;
  let range = { low: 0, high: 1, inverted: false };

  function applyWindow(): void {
    viewport.setProperties({
      voiRange: { lower: range.low, upper: Math.max(range.high, range.low + 1e-6) },
      invert: range.inverted,
    });
    viewport.render();
  }

  function world(row: number, column: number, picture: Picture): Types.Point3 {
    const at = (axis: 0 | 1 | 2) =>
      picture.origin[axis] +
      picture.down[axis] * row * picture.rowMm +
      picture.right[axis] * column * picture.columnMm;
    return toLps([at(0), at(1), at(2)]);
  }

  return {
    async show(stack, index) {
      const turn = ++wanted;
      const ids = Array.from({ length: stack.count }, (_, at) => `${ENGINE}:${stack.key}/${at}`);
      const picture = await cachePicture(ids[index] ?? "", stack, index);
      if (turn !== wanted) {
        return; // a later step overtook this one
      }
      if (shown?.key === stack.key) {
        await viewport.setImageIdIndex(index);
      } else {
        await viewport.setStack(ids, index);
      }
      shown = { key: stack.key, picture };
      applyWindow();
    },
    setWindow(low, high, inverted) {
      range = { low, high, inverted };
      if (shown) {
        applyWindow();
      }
    },
    zoomBy(factor) {
      viewport.setZoom(Math.min(Math.max(viewport.getZoom() * factor, 0.3), 20));
      viewport.render();
    },
    panBy(x, y) {
      const [left, top] = viewport.getPan();
      viewport.setPan([left + x, top + y]);
      viewport.render();
    },
    reset() {
      viewport.resetCamera();
      viewport.render();
    },
    resize() {
      refit(shared);
    },
    toScreen(row, column) {
      if (!shown) {
        return [0, 0];
      }
      const [x, y] = viewport.worldToCanvas(world(row, column, shown.picture));
      return [x, y];
    },
    toPixel(x, y) {
      if (!shown) {
        return [0, 0];
      }
      const { origin, right, down, rowMm, columnMm } = shown.picture;
      const [l, p, s] = viewport.canvasToWorld([x, y]);
      const away = [-l - origin[0], -p - origin[1], s - origin[2]];
      const along = (direction: Mm) =>
        direction.reduce((sum, value, axis) => sum + value * (away[axis] ?? 0), 0);
      return [along(down) / rowMm, along(right) / columnMm];
    },
    onRendered(listener) {
      element.addEventListener(Enums.Events.IMAGE_RENDERED, listener);
      return () => element.removeEventListener(Enums.Events.IMAGE_RENDERED, listener);
    },
    close() {
      wanted += 1;
      shared.disableElement(viewportId);
      surfaces -= 1;
      if (surfaces === 0) {
        shared.destroy();
        cache.purgeCache();
        metaData.removeProvider(provideMetadata);
        engine = undefined;
      }
    },
  };
}
