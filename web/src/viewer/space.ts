/** The thin adapter to vtk.js: draws surfaces in perspective, only when it is told to. */

import "@kitware/vtk.js/Rendering/Profiles/Geometry";
import vtkDataArray from "@kitware/vtk.js/Common/Core/DataArray";
import vtkPlane from "@kitware/vtk.js/Common/DataModel/Plane";
import vtkActor from "@kitware/vtk.js/Rendering/Core/Actor";
import vtkMapper from "@kitware/vtk.js/Rendering/Core/Mapper";
import vtkRenderer from "@kitware/vtk.js/Rendering/Core/Renderer";
import vtkRenderWindow from "@kitware/vtk.js/Rendering/Core/RenderWindow";
import vtkOpenGLRenderWindow from "@kitware/vtk.js/Rendering/OpenGL/RenderWindow";
import type { Mm } from "../frames/affine.ts";
import { ANGLE_DEG, type Size, type View } from "./camera.ts";
import { boxOf, type Mesh, middleOf, normalsOf, radiusOf, simplified } from "./mesh.ts";
import type { Color } from "./palette.ts";
import type { Cut } from "./picking.ts";
import { type Face, openFace, polyDataOf } from "./spaceFace.ts";
import { lengthOf, minus } from "./vector.ts";

export interface SurfaceStyle {
  readonly color: Color;
  /** 0..1 */
  readonly opacity: number;
  readonly isShown: boolean;
}

/** One drawing area for surfaces. */
export interface Space {
  setSurfaces(meshes: readonly Mesh[]): void;
  setStyle(styleOf: (name: string) => SurfaceStyle): void;
  setCut(cut: Cut | null): void;
  /** What is seen where the plane cut. */
  setFace(face: Face | null): void;
  /** Draw once; in motion with coarser surfaces and pixels. Tells how long it took. */
  draw(view: View, isMoving: boolean): number;
  size(): Size;
  resize(): void;
  close(): void;
}

/** What a picture in motion may cost. */
const MOVING_TRIANGLES = 9000;
const SLOW_MS = 45;
const FINE = 1.5;
const COARSE = 0.6;

interface Drawn {
  readonly name: string;
  readonly fine: vtkActor;
  readonly coarse: vtkActor;
}

/** Without multisampling, which costs a software renderer more than finer pixels at rest. */
function canvasFor(element: HTMLElement): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const gl = canvas.getContext("webgl2", {
    alpha: true,
    antialias: false,
    depth: true,
    preserveDrawingBuffer: true,
  });
  if (!gl) {
    throw new Error("This browser does not offer WebGL 2, which the 3D view needs.");
  }
  Object.assign(canvas.style, { position: "absolute", width: "100%", height: "100%" });
  element.append(canvas);
  return canvas;
}

/** Pixels drawn for each pixel of the screen, along each side. */
function scaleFor(isMoving: boolean, isSlow: boolean): number {
  if (!isMoving) {
    return FINE;
  }
  return isSlow ? COARSE : 1;
}

/** vtk.js wants arrays that it could change. */
function triple([x, y, z]: Mm): [number, number, number] {
  return [x, y, z];
}

function actorOf(mesh: Mesh): vtkActor {
  const data = polyDataOf(mesh);
  data.getPointData().setNormals(
    vtkDataArray.newInstance({
      name: "Normals",
      values: normalsOf(mesh),
      numberOfComponents: 3,
    }),
  );
  const mapper = vtkMapper.newInstance();
  mapper.setScalarVisibility(false);
  mapper.setInputData(data);
  const actor = vtkActor.newInstance();
  actor.setMapper(mapper);
  actor.getProperty().set({
    ambient: 0.15,
    diffuse: 0.85,
    specular: 0.15,
    specularPower: 20,
  });
  return actor;
}

/** Open a drawing area in an element. Close it when the element leaves the page. */
export function openSpace(element: HTMLElement): Space {
  const canvas = canvasFor(element);
  const renderer = vtkRenderer.newInstance();
  const renderWindow = vtkRenderWindow.newInstance();
  renderWindow.addRenderer(renderer);
  const gl = vtkOpenGLRenderWindow.newInstance({ canvas });
  renderWindow.addView(gl);
  const setFace = openFace(renderer);
  let drawn: Drawn[] = [];
  let styleOf: ((name: string) => SurfaceStyle) | null = null;
  let cut: Cut | null = null;
  let reach = { middle: [0, 0, 0] as readonly [number, number, number], radius: 200 };
  let isSlow = false;
  let scale = 0;

  const actors = () => drawn.flatMap(({ fine, coarse }) => [fine, coarse]);

  function applyStyle(): void {
    for (const { name, fine, coarse } of drawn) {
      const style = styleOf?.(name);
      for (const actor of [fine, coarse]) {
        const [red, green, blue] = style?.color ?? [200, 200, 200];
        actor.getProperty().setColor(red / 255, green / 255, blue / 255);
        actor.getProperty().setOpacity(style?.opacity ?? 1);
      }
    }
  }

  function applyCut(): void {
    const plane = cut
      ? vtkPlane.newInstance({ origin: triple(cut.origin), normal: triple(cut.normal) })
      : null;
    for (const actor of actors()) {
      // vtk.js adds the planes it is given to those that are there.
      actor.getMapper()?.removeAllClippingPlanes();
      if (plane) {
        actor.getMapper()?.addClippingPlane(plane);
      }
    }
  }

  function resizeTo(wanted: number): void {
    scale = wanted;
    const pixels = window.devicePixelRatio * wanted;
    gl.setSize(
      Math.max(Math.round(element.clientWidth * pixels), 1),
      Math.max(Math.round(element.clientHeight * pixels), 1),
    );
  }

  function show(isMoving: boolean): void {
    for (const { name, fine, coarse } of drawn) {
      const isShown = styleOf?.(name).isShown ?? true;
      coarse.setVisibility(isShown && isMoving);
      fine.setVisibility(isShown && (!isMoving || fine === coarse));
    }
  }

  function look({ eye, target, up }: View): void {
    const camera = renderer.getActiveCamera();
    camera.setPosition(...triple(eye));
    camera.setFocalPoint(...triple(target));
    camera.setViewUp(...triple(up));
    camera.setViewAngle(ANGLE_DEG);
    const away = lengthOf(minus(eye, reach.middle));
    camera.setClippingRange(Math.max(away - reach.radius, 1), away + reach.radius + 1);
  }

  return {
    setSurfaces(meshes) {
      for (const actor of actors()) {
        renderer.removeActor(actor);
        actor.delete();
      }
      drawn = meshes.map((mesh) => {
        const fine = actorOf(mesh);
        const light = simplified(mesh, MOVING_TRIANGLES);
        return { name: mesh.name, fine, coarse: light === mesh ? fine : actorOf(light) };
      });
      for (const actor of new Set(actors())) {
        renderer.addActor(actor);
      }
      const box = boxOf(meshes);
      if (box) {
        reach = { middle: middleOf(box), radius: radiusOf(box) };
      }
      applyStyle();
      applyCut();
    },
    setStyle(next) {
      styleOf = next;
      applyStyle();
    },
    setCut(next) {
      cut = next;
      applyCut();
    },
    setFace,
    draw(view, isMoving) {
      const start = performance.now();
      const wanted = scaleFor(isMoving, isSlow);
      if (wanted !== scale) {
        resizeTo(wanted);
      }
      show(isMoving);
      look(view);
      renderWindow.render();
      // Software renderers draw when they are read: without it the time would be that of asking.
      gl.getPixelData(0, 0, 0, 0);
      const took = performance.now() - start;
      isSlow ||= took > (isMoving ? SLOW_MS : 4 * SLOW_MS);
      return took;
    },
    size: () => ({ width: element.clientWidth, height: element.clientHeight }),
    resize: () => resizeTo(scale || 1),
    close() {
      const context = canvas.getContext("webgl2");
      renderWindow.removeView(gl);
      gl.delete();
      renderWindow.delete();
      context?.getExtension("WEBGL_lose_context")?.loseContext();
      canvas.remove();
    },
  };
}
