/** The canvas that lies over a picture. */

/** Match the canvas to its element in device pixels, and clear it. */
export function fitToScreen(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): void {
  const ratio = window.devicePixelRatio;
  const [width, height] = [
    Math.round(canvas.clientWidth * ratio),
    Math.round(canvas.clientHeight * ratio),
  ];
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
}
