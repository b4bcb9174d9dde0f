"""How a lesion takes its space: fronts that arrive, tissue that gives way, exact volumes."""

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.phantom.fields import SLAB_VOXELS, Box, Field, Number

Mask = NDArray[np.bool_]

NEVER = 1e6  # arrival time of a place that no front reaches
MOST_SWEEPS, CHECKED_AFTER = 600, 8


def arrival_time(speed: Field, start: Mask, spacing_mm: Number, *, until: int) -> Field:
    """Solve |grad T| speed = 1 for the time at which a front reaches each voxel.

    Parameters
    ----------
    speed
        Millimeters per unit of time, above 0, shape `(i, j, k)`.
    start
        Where the time is 0.
    until
        So many voxels, the earliest, must be right; later ones may be given too late a time.

    Returns
    -------
    Field
        Arrival times; `NEVER` where the front has not come.

    Notes
    -----
    First-order upwind scheme (Rouy and Tourin 1992, doi:10.1137/0729053), iterated on the whole
    array until the earliest voxels rest: no later voxel can change them.
    """
    cost = (np.float32(spacing_mm) / speed).astype(np.float32)
    time = np.full([n + 2 for n in speed.shape], NEVER, np.float32)
    inner = time[1:-1, 1:-1, 1:-1]
    inner[start] = 0
    tolerance = 1e-3 * float(cost.min())
    box = _grown_box(start)
    for sweep in range(1, MOST_SWEEPS + 1):
        around = tuple(slice(part.start, part.stop + 2) for part in box)
        found, part = _swept(time[around], cost[box]), inner[box]
        is_sooner = found < part
        gained = part - found if sweep % CHECKED_AFTER == 0 else None
        np.minimum(part, found, out=part)
        if gained is not None and _rests(gained, inner, box, until, tolerance):
            break
        if not is_sooner.any():
            break
        box = _grown_box(is_sooner, box, inner.shape)
    return inner.copy()


def _grown_box(
    changed: Mask, within: Box | None = None, shape: tuple[int, ...] | None = None
) -> Box:
    """Bound what changed, and its neighbors: nothing else can change in the next sweep."""
    spans, over = [], np.any(changed, axis=0)
    for axis, found in enumerate(
        (np.any(changed, axis=(1, 2)), over.any(axis=1), over.any(axis=0))
    ):
        places = np.flatnonzero(found)
        first = 0 if within is None else within[axis].start
        most = changed.shape[axis] if shape is None else shape[axis]
        low, high = int(places[0]) + first, int(places[-1]) + first
        spans.append(slice(max(low - 1, 0), min(high + 2, most)))
    return spans[0], spans[1], spans[2]


def _rests(gained: Field, time: Field, box: Box, until: int, tolerance: float) -> bool:
    """Say whether the earliest voxels came hardly sooner in the last sweep."""
    last = min(until, time.size) - 1
    early = time[box] <= np.partition(time.ravel(), last)[last]
    return not early.any() or float(gained[early].max()) < tolerance


def _swept(time: Field, cost: Field) -> Field:
    """Apply the scheme slab by slab, so that the arithmetic stays in the processor's cache."""
    found = np.empty_like(cost)
    thick = max(1, SLAB_VOXELS // cost[0].size)
    for start in range(0, len(cost), thick):
        slab = slice(start, start + thick)
        found[slab] = _upwind(time[start : start + thick + 2], cost[slab])
    return found


def _upwind(time: Field, cost: Field) -> Field:
    """Solve the quadratic of the scheme with one, two or three axes, whichever applies."""
    core = slice(1, -1)
    x = np.minimum(time[:-2, core, core], time[2:, core, core])
    y = np.minimum(time[core, :-2, core], time[core, 2:, core])
    z = np.minimum(time[core, core, :-2], time[core, core, 2:])
    least, greater = np.minimum(x, y), np.maximum(x, y)
    first, second = np.minimum(least, z), np.maximum(least, z, out=least)
    second, third = np.minimum(second, greater), np.maximum(second, greater, out=greater)
    one, squared, pair = first + cost, cost * cost, first + second
    two = second - first
    two *= two
    np.subtract(squared + squared, two, out=two)
    np.maximum(two, 0, out=two)
    np.sqrt(two, out=two)
    two += pair
    two *= np.float32(0.5)
    three = first * first
    three += second * second
    three += third * third
    three -= squared
    three *= np.float32(3)
    total = np.add(pair, third, out=pair)
    np.subtract(total * total, three, out=three)
    np.maximum(three, 0, out=three)
    np.sqrt(three, out=three)
    three += total
    three /= np.float32(3)
    np.copyto(three, two, where=two <= third)
    np.copyto(three, one, where=one <= second)
    return np.asarray(np.maximum(three, first, out=three), np.float32)


def earliest(time: Field, allowed: Mask, count: int, *, voxel_ml: Number, what: str) -> Mask:
    """Mark the `count` allowed voxels that the front reaches first, so that the volume is exact.

    Raises
    ------
    BadInputError
        If fewer voxels can be reached than are wanted.
    """
    flat = np.where(allowed, time, NEVER).ravel()
    reachable = int((flat < NEVER / 2).sum())
    if count > reachable:
        raise BadInputError(
            f"A {what} of {count * voxel_ml:.1f} ml does not fit here: the place the tumor began "
            f"in can hold {reachable * voxel_ml:.1f} ml.",
            fix=f"Ask for at most {reachable * voxel_ml * 0.99:.1f} ml, or for another seed.",
        )
    mask = np.zeros(flat.size, bool)
    if count > 0:
        # A stable sort settles ties by position, so that the same times give the same voxels.
        near = np.flatnonzero(flat <= np.partition(flat, count - 1)[count - 1])
        mask[near[np.argsort(flat[near], kind="stable")[:count]]] = True
    return mask.reshape(time.shape)


def displacement_mm(
    points_mm: Field, center_mm: NDArray[np.float64], depth_mm: Field, pushed_ml: Number
) -> Field:
    """Say where the tissue of each point was before a mass grew.

    Parameters
    ----------
    points_mm
        Where it is now, shape `(3, ...)`.
    depth_mm
        Depth under the surface of the brain, where the skull holds the tissue.
    pushed_ml
        Volume that the mass pushed aside rather than replaced.

    Returns
    -------
    Field
        Vectors in mm from now to before, shape `(3, ...)`: they point to the center.

    Notes
    -----
    A radial map that keeps the volume of the tissue near the mass and fades with distance.
    """
    cubed = np.float32(pushed_ml * 1000 * 3 / (4 * np.pi))
    offset = points_mm - center_mm.astype(np.float32).reshape(3, *[1] * (points_mm.ndim - 1))
    radius = np.maximum(np.sqrt((offset**2).sum(0)), np.float32(0.5))
    reach = np.float32(3.2 * (float(cubed) ** (1 / 3) + 8))
    held = 1 - np.exp(-np.clip(depth_mm, 0, None) / np.float32(6))
    fade = np.exp(-((radius / reach) ** 2)) * held
    before = np.cbrt(np.maximum(radius**3 - cubed * fade, np.float32(0.02)))
    before = np.maximum(np.minimum(before, radius), np.float32(0.25) * radius)
    return np.asarray(offset / radius * (before - radius), np.float32)
