"""Surfaces to look at: regions in full, the brain with fewer triangles."""

from collections.abc import Mapping

import numpy as np

from neuroscope.measure.regions import Region, cut
from neuroscope.measure.surface import smooth, surface
from neuroscope.records.mesh import Mesh
from neuroscope.records.volume import Volume

MOST_FACES = 60_000
BRAIN_FACES = 40_000
FACES_PER_EDGE2 = 2.4  # triangles that marching cubes lays on a patch as large as a cube's face
DRAWN = ("WT", "TC", "ET", "NCR")


def meshes(regions: Mapping[str, Region], brain: Volume | None = None) -> tuple[Mesh, ...]:
    """Draw the regions that are not empty, and the brain.

    Vertices are RAS+ mm; every mesh has at most its number of faces and is closed.
    """
    drawn = [mesh_of(regions[code], code) for code in DRAWN if not regions[code].is_empty]
    if brain is not None and bool((brain.voxels > 0).any()):
        head = cut(np.asarray(brain.voxels > 0), brain.affine)
        drawn.append(mesh_of(head, "brain", most_faces=BRAIN_FACES))
    return tuple(drawn)


def mesh_of(region: Region, name: str, *, most_faces: int = MOST_FACES) -> Mesh:
    """Draw a region with no more than so many triangles.

    The mask is sampled on cubes, larger ones until the triangles suffice, so that the surface stays
    closed and even; its volume is kept.
    """
    edge = _edge_mm(region, most_faces)
    mesh = surface(smooth(region, edge_mm=edge), name)
    while len(mesh.faces) > most_faces:
        edge = max(edge or 0.0, min(region.spacing_mm)) * 1.02
        edge *= float(np.sqrt(len(mesh.faces) / most_faces))
        mesh = surface(smooth(region, edge_mm=edge), name)
    return mesh


def _edge_mm(region: Region, most_faces: int) -> float | None:
    """Guess the edge of cubes from the faces of voxels; None where the own grid will do."""
    spacing = np.array(region.spacing_mm)
    inside = np.asarray(region.inside, np.int8)
    sides = [
        int(np.count_nonzero(np.diff(inside, axis=axis))) * float(np.prod(np.delete(spacing, axis)))
        for axis in range(3)
    ]
    area = sum(sides) / 1.5  # faces of voxels around a ball have 1.5 times its area
    edge = float(np.sqrt(FACES_PER_EDGE2 * area / most_faces))
    return edge if edge > float(spacing.min()) else None
