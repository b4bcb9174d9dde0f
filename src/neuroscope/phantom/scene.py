"""What is being painted: a person on a grid, and simple bodies given in template millimeters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.phantom.anatomy.person import Person, Place, box_of
from neuroscope.phantom.fields import Box, Field, Grid, Number, on_grid, ramp
from neuroscope.phantom.scanner.contrast import Canvas, paint

Point = tuple[Number, Number, Number]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A person, where the voxels lie in the template, the images, and three random textures."""

    person: Person
    place: Place
    canvas: Canvas
    broad: Field
    medium: Field
    fine: Field

    @property
    def grid(self) -> Grid:
        """The grid of the images."""
        return self.place.grid

    @property
    def edge_mm(self) -> float:
        """Width of the soft edge of everything painted."""
        return max(1.0, min(self.grid.spacing))


def make_scene(person: Person, place: Place, canvas: Canvas) -> Scene:
    """Evaluate the person's textures on the grid."""
    grid = place.grid
    textures = [on_grid(noise, grid) for noise in (person.broad, person.medium, person.fine)]
    return Scene(person, place, canvas, *textures)


@dataclass(frozen=True, slots=True)
class Body:
    """A simple body: its distance function and the template positions it surrounds."""

    distance: Callable[[Field], Field]  # template mm (3, ...) to depth inside in mm
    corners: NDArray[np.float64]
    margin_mm: Number


def ellipsoid(center: Point, half: Point) -> Body:
    """Make an ellipsoid with axes along the template's."""

    def distance(at: Field) -> Field:
        squares = [((at[a] - center[a]) / half[a]) ** 2 for a in range(3)]
        radius = np.sqrt(squares[0] + squares[1] + squares[2])
        return np.asarray((1 - radius) * np.float32(np.cbrt(np.prod(half))), np.float32)

    middle, extent = np.array(center, np.float64), np.array(half, np.float64)
    return Body(distance, np.stack([middle - extent, middle + extent]), 2.0)


def tube(points: Sequence[Point], start_mm: Number, end_mm: Number | None = None) -> Body:
    """Make a tube along a line of points whose radius changes evenly from start to end."""
    line = np.array(points, np.float64)
    last = start_mm if end_mm is None else end_mm
    radii = np.linspace(start_mm, last, len(line))

    def distance(at: Field) -> Field:
        depths = [
            _capsule(at, line[n], line[n + 1], radii[n], radii[n + 1]) for n in range(len(line) - 1)
        ]
        return np.asarray(np.maximum.reduce(depths), np.float32)

    return Body(distance, line, max(start_mm, last) + 2.0)


def paint_body(
    scene: Scene,
    tissue: str,
    body: Body,
    *,
    gadolinium_mm: float = 0.0,
    strength: float = 1.0,
    rough_mm: float = 0.0,
    where: Callable[[Scene, Box], Field] | None = None,
) -> None:
    """Paint a body.

    Parameters
    ----------
    rough_mm
        How far the texture pushes the surface in and out.
    where
        Gives a further coverage 0..1 for the voxels of the box it is called with.
    """
    box = box_of(scene.person, scene.grid, body.corners, body.margin_mm)
    if any(part.stop <= part.start for part in box):
        return
    depth = body.distance(scene.place.template_mm[(slice(None), *box)])
    if rough_mm:
        depth = depth + np.float32(rough_mm) * scene.medium[box]
    coverage = ramp(depth, scene.edge_mm) * np.float32(strength)
    if where is not None:
        coverage = coverage * where(scene, box)
    paint(scene.canvas, tissue, coverage, gadolinium_mm=gadolinium_mm, box=box)


def _capsule(
    at: Field,
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    start_radius: Number,
    end_radius: Number,
) -> Field:
    along = end - start
    offset = [at[a] - np.float32(start[a]) for a in range(3)]
    dot = sum(np.float32(along[a]) * offset[a] for a in range(3))
    part = np.clip(dot / np.float32(along @ along), 0, 1)
    squares = sum((offset[a] - np.float32(along[a]) * part) ** 2 for a in range(3))
    radius = np.float32(start_radius) + np.float32(end_radius - start_radius) * part
    return np.asarray(radius - np.sqrt(squares), np.float32)
