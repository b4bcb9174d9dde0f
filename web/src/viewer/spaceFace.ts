/** The images on the face of a cut: a flat surface with a picture, lit by nothing. */

import vtkCellArray from "@kitware/vtk.js/Common/Core/CellArray";
import vtkDataArray from "@kitware/vtk.js/Common/Core/DataArray";
import vtkPoints from "@kitware/vtk.js/Common/Core/Points";
import vtkPolyData from "@kitware/vtk.js/Common/DataModel/PolyData";
import vtkActor from "@kitware/vtk.js/Rendering/Core/Actor";
import vtkMapper from "@kitware/vtk.js/Rendering/Core/Mapper";
import type vtkRenderer from "@kitware/vtk.js/Rendering/Core/Renderer";
import vtkTexture from "@kitware/vtk.js/Rendering/Core/Texture";
import type { Cap } from "./cap.ts";
import type { Mesh } from "./mesh.ts";

/** A face and the picture on it: opaque, row by row from the top. */
export interface Face extends Cap {
  readonly picture: {
    readonly rgba: Uint8ClampedArray<ArrayBuffer>;
    readonly rows: number;
    readonly columns: number;
  };
}

/** The triangles of a mesh as vtk.js reads them. */
export function polyDataOf({ points, triangles }: Mesh): vtkPolyData {
  const data = vtkPolyData.newInstance();
  const places = vtkPoints.newInstance();
  places.setData(points, 3);
  data.setPoints(places);
  const cells = new Uint32Array((triangles.length / 3) * 4);
  for (let at = 0; at < triangles.length / 3; at++) {
    cells[at * 4] = 3;
    cells.set(triangles.subarray(at * 3, at * 3 + 3), at * 4 + 1);
  }
  data.setPolys(vtkCellArray.newInstance({ values: cells }));
  return data;
}

/** One actor for all cuts of a drawing area; returns what sets its face. */
export function openFace(renderer: vtkRenderer): (face: Face | null) => void {
  // A texture that cannot be resized could not take a second picture.
  const texture = vtkTexture.newInstance({ interpolate: true, resizable: true });
  const mapper = vtkMapper.newInstance();
  mapper.setScalarVisibility(false);
  const actor = vtkActor.newInstance();
  actor.getProperty().set({ lighting: false, ambient: 1, diffuse: 0, specular: 0 });
  actor.setMapper(mapper);
  let isThere = false;
  return (face) => {
    if (face) {
      const { rgba, columns } = face.picture;
      texture.setJsImageData(new ImageData(rgba, columns));
      const data = polyDataOf(face.mesh);
      data
        .getPointData()
        .setTCoords(
          vtkDataArray.newInstance({ name: "Places", values: face.places, numberOfComponents: 2 }),
        );
      mapper.setInputData(data);
    }
    if (face && !isThere) {
      isThere = true;
      actor.addTexture(texture);
      renderer.addActor(actor);
    }
    actor.setVisibility(face !== null);
  };
}
