"""One person's anatomy: the template, moved, stretched, warped and folded at random."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from neuroscope.atlas.template import ORIGIN_MM
from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.cortex import TAMED, Cortex, draw_cortex, leaning, near_sylvian
from neuroscope.phantom.anatomy.template import depth_at, template
from neuroscope.phantom.fields import (
    Box,
    Field,
    Grid,
    Noise,
    Number,
    draw_noise,
    on_grid,
    ramp,
    sample,
)
from neuroscope.phantom.streams import side_stream

VENTRICLE_MM = np.array([0.0, -12.0, 14.0])  # between the lateral ventricles, template
VENTRICLE_REACH_MM = 20.0
VENTRICLE_PULL = np.array([1.0, 0.6, 0.8])
WARPS = ((60.0, 1.5, 3.5), (28.0, 0.8, 1.8), (13.0, 0.4, 0.9))  # width, least and most shift, mm
SURFACE_SHARE = (1.0, 0.3, 0.0)  # how much of each warp is left at the skull
SMALLEST_FRACTION = 2e-3
GATHERING_PACE = 1.5  # loss of tissue gathers pace with age, which is drawn evenly
AGED_VENTRICLES = 0.25  # what full atrophy takes off the scale of the ventricles
AGED_FLUID, AGED_SYLVIAN = 0.8, 1.5  # what it adds to the logit of fluid, everywhere and there


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """All that makes one anatomy, independent of any grid.

    Attributes
    ----------
    linear
        Shape `(3, 3)`: patient millimeters to template millimeters, before the warps.
    warps
        For each template axis, fields and their amplitudes in mm.
    ventricle_scale
        Below 1 the ventricles are larger than the template's.
    sharpness, folding
        How crisp gray and white are, and how strongly they fold.
    folds
        Fields for gray, white and fluid.
    noises
        Named fields that other parts of the anatomy are drawn with.
    skull_mm, scalp_mm
        Mean thickness of the skull and of the fat under the skin.
    cortex
        The person's own sulci.
    atrophy
        0 as in a young adult .. 1 as in an old one: wider sulci and Sylvian fissures, thinner
        cortex, larger ventricles.
    """

    linear: NDArray[np.float64]
    warps: tuple[tuple[tuple[Noise, float], ...], ...]
    ventricle_scale: float
    sharpness: float
    folding: float
    folds: tuple[Noise, Noise, Noise]
    broad: Noise
    medium: Noise
    fine: Noise
    skull_mm: float
    scalp_mm: float
    cortex: Cortex
    atrophy: float


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where the voxels of a grid lie in the template: positions `(3, i, j, k)` and depth in mm."""

    grid: Grid
    template_mm: Field
    depth_mm: Field


@dataclass(frozen=True, slots=True, eq=False)
class Brain:
    """Tissue fractions on a grid; they sum to the brain's coverage of the voxel."""

    gray: Field
    white: Field
    fluid: Field
    residual: Field


def draw_person(rng: np.random.Generator, *, atrophy: Number | None = None) -> Person:
    """Draw one anatomy; `atrophy`, 0..1 to two decimals, is drawn too unless it is given.

    Raises
    ------
    BadInputError
        For an atrophy outside 0..1.
    """
    if atrophy is not None:
        _require_atrophy(atrophy)
    drawn = side_stream(rng, "atrophy").uniform(0, 1) ** GATHERING_PACE
    cortex = draw_cortex(side_stream(rng, "cortex"))
    scale = rng.uniform(0.93, 1.07, 3)
    angles = rng.uniform(-1, 1, 3) * [6, 6, 5]
    linear = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() @ np.diag(1 / scale)
    warps = tuple(
        tuple((draw_noise(rng, width), rng.uniform(low, high)) for width, low, high in WARPS)
        for _ in range(3)
    )
    folds = (
        draw_noise(rng, rng.uniform(4.5, 7)),
        draw_noise(rng, rng.uniform(4.5, 7)),
        draw_noise(rng, rng.uniform(4.5, 7)),
    )
    return Person(
        linear=linear,
        warps=warps,
        ventricle_scale=rng.uniform(0.65, 1.08),
        sharpness=rng.uniform(1.8, 2.6),
        folding=rng.uniform(0.7, 1.2),
        folds=folds,
        broad=draw_noise(rng, 22),
        medium=draw_noise(rng, 9),
        fine=draw_noise(rng, 4.5),
        skull_mm=rng.uniform(5, 8),
        scalp_mm=rng.uniform(3, 6),
        cortex=cortex,
        atrophy=round(float(drawn if atrophy is None else atrophy), 2),
    )


def _require_atrophy(atrophy: Number) -> None:
    if not 0 <= atrophy <= 1:
        nearest = 1 if atrophy > 1 else 0
        raise BadInputError(
            f"An atrophy of {atrophy:g} is not possible: it runs from 0, as in a young adult, "
            "to 1, as in an old one.",
            fix=f"Choose 0 to 1; the nearest is {nearest}.",
        )


def locate(person: Person, grid: Grid, moved_mm: Field | None = None) -> Place:
    """Find the voxels of a grid in the template.

    `moved_mm`, shape `(3, i, j, k)`, points from where tissue is now to where it was before a
    lesion pushed it.
    """
    points = grid.points_mm()
    template_mm = _linear(person.linear, points)
    radial = template_mm - VENTRICLE_MM.astype(np.float32).reshape(3, 1, 1, 1)
    fall = np.exp(-(radial**2).sum(0) / np.float32(2 * VENTRICLE_REACH_MM**2))
    inner = np.clip((depth_at(template_mm) + 1) / np.float32(8), 0, 1)  # the skull is smooth
    scale = person.ventricle_scale - AGED_VENTRICLES * person.atrophy
    for axis in range(3):
        pull = (scale - 1) * VENTRICLE_PULL[axis]
        template_mm[axis] += np.float32(pull) * fall * radial[axis]
        for number, (noise, amplitude) in enumerate(person.warps[axis]):
            share = SURFACE_SHARE[number] + (1 - SURFACE_SHARE[number]) * inner
            template_mm[axis] += np.float32(amplitude) * share * on_grid(noise, grid)
    if moved_mm is not None:
        template_mm += _linear(person.linear, moved_mm)
    return Place(grid, template_mm, depth_at(template_mm))


def shifted(person: Person, place: Place, moved_mm: Field) -> Place:
    """Find the voxels of a place after a lesion pushed the tissue, as `locate` would."""
    template_mm = place.template_mm + _linear(person.linear, moved_mm)
    return Place(place.grid, template_mm, depth_at(template_mm))


def brain_at(person: Person, place: Place, *, with_residual: bool = True) -> Brain:
    """Sample the brain and give it the crisp folds of one person instead of an average's blur.

    Only painting needs the residual; it is 0 where it is left out.
    """
    average = template()
    inside = ramp(place.depth_mm, max(1.0, min(place.grid.spacing)))
    here = inside > 0  # the rest of the head needs no sampling
    at_mm, depth_mm = place.template_mm[:, here], place.depth_mm[here]
    index = at_mm - ORIGIN_MM.reshape(3, 1)
    gray, white = sample(average.gray, index), sample(average.white, index)
    parts = [gray, white, np.clip(1 - gray - white, 0, 1)]
    own = leaning(
        person.cortex, at_mm, depth_mm, atrophy=person.atrophy, voxel_mm=max(place.grid.spacing)
    )
    average_says = 1 - np.float32(TAMED) * own.weight
    sharp = np.float32(person.sharpness) * average_says
    lean = (np.float32(0), own.weight * own.white, own.weight * own.fluid + _shrunk(person, at_mm))
    amplitudes = (0.8, 0.8, 1.1)
    for at, (noise, amplitude) in enumerate(zip(person.folds, amplitudes, strict=True)):
        logit = np.log(np.maximum(parts[at], SMALLEST_FRACTION)) * sharp + lean[at]
        folding = np.float32(person.folding * amplitude) * average_says
        logit += folding * on_grid(noise, place.grid)[here]
        parts[at] = np.exp(logit)
    whole = inside[here] / (parts[0] + parts[1] + parts[2])
    fields = [part * whole for part in parts]
    fields.append(sample(average.residual, index) if with_residual else np.zeros_like(whole))
    return Brain(*(_scattered(field, here) for field in fields))


def _shrunk(person: Person, template_mm: Field) -> Field:
    """Say how much more fluid there is than in a young brain, as a logit."""
    more = AGED_FLUID + AGED_SYLVIAN * near_sylvian(template_mm)
    return np.asarray(np.float32(person.atrophy) * more, np.float32)


def box_of(
    person: Person, grid: Grid, template_points: NDArray[np.float64], margin_mm: Number
) -> Box:
    """Find the voxels that may lie within a margin of template positions `(n, 3)`."""
    here = np.atleast_2d(template_points) @ np.linalg.inv(person.linear).T
    reach = margin_mm + 18.0  # warps and ventricles move tissue by less than this
    low, high = here.min(0) - reach, here.max(0) + reach
    return grid.box_around(low.tolist(), high.tolist())


def _scattered(values: Field, here: NDArray[np.bool_]) -> Field:
    field = np.zeros(here.shape, np.float32)
    field[here] = values
    return field


def _linear(matrix: NDArray[np.float64], points: Field) -> Field:
    return np.asarray(np.tensordot(matrix.astype(np.float32), points, axes=1), np.float32)
