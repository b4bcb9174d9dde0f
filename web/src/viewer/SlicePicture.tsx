import { useEffect, useRef } from "react";

interface Props {
  /** What it shows, for those who do not see it. */
  readonly label: string;
  /** Row by row. */
  readonly pixels: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** Values shown black and white. */
  readonly window: readonly [low: number, high: number];
  /** Colors over it, one for each pixel. */
  readonly overlay?: Uint8ClampedArray<ArrayBuffer> | null;
  /** Height of a pixel over its width. */
  readonly aspect?: number;
  /** CSS pixels. */
  readonly width: number;
}

/** A slice with a map over it, to look at and not to steer. */
export function SlicePicture({ label, rows, columns, width, aspect = 1, ...shown }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { pixels, overlay } = shown;
  const [low, high] = shown.window;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) {
      return;
    }
    const put = (rgba: Uint8ClampedArray<ArrayBuffer>) => {
      const layer = document.createElement("canvas");
      [layer.width, layer.height] = [columns, rows];
      layer.getContext("2d")?.putImageData(new ImageData(rgba, columns, rows), 0, 0);
      context.drawImage(layer, 0, 0);
    };
    context.clearRect(0, 0, columns, rows);
    put(windowed(pixels, low, high));
    if (overlay) {
      put(overlay);
    }
  }, [pixels, overlay, low, high, rows, columns]);
  return (
    <canvas
      aria-label={label}
      height={rows}
      ref={canvas}
      role="img"
      style={{ width, height: (width * rows * aspect) / columns, background: "#000" }}
      width={columns}
    />
  );
}

/** Gray values between black and white as opaque RGBA bytes. */
export function windowed(
  pixels: Float32Array,
  low: number,
  high: number,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(pixels.length * 4);
  const scale = 255 / Math.max(high - low, 1e-6);
  for (let at = 0; at < pixels.length; at++) {
    const gray = ((pixels[at] ?? 0) - low) * scale;
    rgba.fill(Math.min(255, Math.max(0, gray)), at * 4, at * 4 + 3);
    rgba[at * 4 + 3] = 255;
  }
  return rgba;
}
