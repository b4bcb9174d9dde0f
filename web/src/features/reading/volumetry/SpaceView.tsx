import { Button, Center, Loader, Text } from "@mantine/core";
import { useMemo } from "react";
import { problemOf } from "../../../client/api.ts";
import type { Mm } from "../../../frames/affine.ts";
import type { Volumetry } from "../../../queries/volumetry.ts";
import { ProblemNote } from "../../../ui/ProblemNote.tsx";
import { viewOf } from "../../../viewer/camera.ts";
import { flightTo } from "../../../viewer/flight.ts";
import { readSurfaces } from "../../../viewer/gltf.ts";
import { boxOf, type Mesh, middleOf } from "../../../viewer/mesh.ts";
import type { Cut } from "../../../viewer/picking.ts";
import { SpacePane } from "../../../viewer/SpacePane.tsx";
import type { Face } from "../../../viewer/spaceFace.ts";
import { useViewer } from "../../../viewer/store.ts";
import { type FaceImage, faceOf, IMAGES } from "./face.ts";
import { centerOf, spaceLines } from "./marks.ts";
import { SpaceControls } from "./SpaceControls.tsx";
import type { SpaceMaps } from "./sliceLayers.ts";
import { cutOf, evidenceShells, surfaceStyle, unwantedKey } from "./surfaces.ts";
import classes from "./Volumetry.module.css";

interface Props {
  readonly volumetry: Volumetry;
  readonly surfaces: {
    readonly data: ArrayBuffer | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
  readonly maps: SpaceMaps;
  /** The sequence on display, for the face of a cut. */
  readonly image: FaceImage | null;
  readonly crosshair: Mm;
  readonly onCrosshair: (place: Mm) => void;
  readonly isActive: boolean;
  readonly onActive: () => void;
}

/** From the front, a little from above, on the side where the lesion lies. */
function homeDirection(side: number): Mm {
  return [side >= 0 ? 0.75 : -0.75, 0.85, 0.4];
}

function read(bytes: ArrayBuffer | undefined): { meshes: Mesh[]; failure: unknown } {
  try {
    return { meshes: bytes ? readSurfaces(bytes) : [], failure: null };
  } catch (failure) {
    return { meshes: [], failure };
  }
}

/** Surfaces of the brain, the regions and the evidence, and what steers them. */
export function SpaceView({ volumetry, surfaces, maps, image, crosshair, ...props }: Props) {
  const { clip, glass, unwanted, marks, measurement } = useViewer();
  const { meshes, failure } = useMemo(() => read(surfaces.data), [surfaces.data]);
  const shells = useMemo(
    () => (maps.evidence ? evidenceShells(volumetry, maps.evidence) : []),
    [volumetry, maps.evidence],
  );
  const all = useMemo(() => [...meshes, ...shells], [meshes, shells]);
  const box = useMemo(() => boxOf(meshes), [meshes]);
  const cut = useMemo(() => cutOf(clip, box), [clip, box]);
  const face = useFace(volumetry, maps, image, meshes, cut);
  const center = useMemo(() => centerOf(volumetry), [volumetry]);
  const flight = useMemo(
    () => (box ? flightTo(box, center?.place ?? middleOf(box), center?.radiusMm ?? 30) : null),
    [box, center],
  );
  const styleOf = useMemo(
    () => (name: string) => surfaceStyle(name, glass, unwanted),
    [glass, unwanted],
  );
  const lines = useMemo(
    () => (marks ? spaceLines(volumetry, measurement) : []),
    [volumetry, marks, measurement],
  );

  const error = surfaces.error ?? failure;
  if (error) {
    return (
      <div className={classes.empty}>
        <ProblemNote {...problemOf(error)}>
          <Button onClick={() => void surfaces.refetch()} size="xs" variant="light">
            Try again
          </Button>
        </ProblemNote>
      </div>
    );
  }
  if (!surfaces.data) {
    return (
      <Center className={classes.empty}>
        <Loader role="status" aria-label="Loading the surfaces" size="sm" />
      </Center>
    );
  }
  if (!box) {
    return (
      <Center className={classes.empty}>
        <Text c="dark.1" fz="sm" ta="center">
          No surface was made of this study: nothing was found to draw. The planes show its images.
        </Text>
      </Center>
    );
  }
  return (
    <div className={classes.space}>
      <SpacePane
        {...props}
        crosshair={crosshair}
        cut={cut}
        face={face}
        flight={flight}
        home={(size) => viewOf(box, homeDirection(center?.place[0] ?? 1), size)}
        label="3D"
        lines={lines}
        onPlace={props.onCrosshair}
        styleOf={styleOf}
        surfaces={all}
      />
      <SpaceControls />
    </div>
  );
}

/** The images on the cut, made anew when the cut, the images or what lies over them change. */
function useFace(
  volumetry: Volumetry,
  maps: SpaceMaps,
  image: FaceImage | null,
  meshes: readonly Mesh[],
  cut: Cut | null,
): Face | null {
  const { clip, layers, unwanted, hidden, showAnyway } = useViewer();
  const brain = useMemo(() => {
    const mesh = meshes.find(({ name }) => name === "brain");
    const box = mesh ? boxOf([mesh]) : null;
    return mesh && box ? { mesh, box } : null;
  }, [meshes]);
  const { side } = clip;
  return useMemo(
    () =>
      cut && brain && image && !unwanted.includes(unwantedKey(IMAGES))
        ? faceOf(
            volumetry,
            maps,
            image,
            { ...brain, side, cut },
            { layers, unwanted, hidden, showAnyway },
          )
        : null,
    [volumetry, maps, image, brain, cut, side, layers, unwanted, hidden, showAnyway],
  );
}
