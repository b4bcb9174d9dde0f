"""The plane between the hemispheres and how far the septum is pushed off it.

At every row from front to back the image is mirrored about each position within reach; where left
and right are most alike, leaving out the tumor, is the midline. A plane is fitted robustly to all
of it but the region of the septum and third ventricle, whose distance from the plane is the shift.
The search starts from the middle of the brain's outline.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.measure.regions import Mask, box_of
from neuroscope.measure.sampling import Leveled, leveled, sampled
from neuroscope.records.geometry import Affine, Point, transform
from neuroscope.records.measured import Midline
from neuroscope.records.measurement import Line, Measurement
from neuroscope.records.volume import Volume

Floats = NDArray[np.float64]

LENGTH_MM = 179.0  # of the brain, back to front, in the template; the boxes below scale with it
SEPTUM = ((0.458, 0.754), (80.0, 56.0))  # part of the length from the back; mm below the top
FALX = ((0.05, 0.95), (110.0, 15.0))  # all that is seen of the middle, ...
PUSHED = ((0.40, 0.80), (100.0, 45.0))  # ... but for where tumors push it
SEPTUM_STEP_MM, FALX_STEP_MM, OUTLINE_STEP_MM = 2.0, 4.0, 3.0
REACH_MM = 14.0  # furthest midline that is looked for
WINDOW_MM = 12.0  # on either side, that must look alike
LEAST_WIDTH_MM = 60.0  # rows of the outline narrower than this say little of the middle
NEAR_MOST = 0.003  # cost of each square mm off the middle of the whole box
MOST = 1.5  # brightness beyond this, in spreads of the brain, counts no more
FEWEST = 30  # rows, with fewer there is no plane from the image
SURE = 0.25  # of the window that must be seen on both sides
ERROR_MM = 4.0  # docs/explanation/measurements.md


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The brain, measured roughly: back, length and top in mm."""

    back: float
    length: float
    top: float

    def grid(
        self, box: tuple[tuple[float, float], tuple[float, float]], step: float
    ) -> tuple[Floats, Floats]:
        """Lay rows (A, S) in mm over a box of the midline."""
        (first, last), (low, high) = box
        scale = self.length / LENGTH_MM
        y = np.arange(self.back + first * self.length, self.back + last * self.length + 1, step)
        z = np.arange(self.top - low * scale, self.top - high * scale + 1, step)
        a, s = np.meshgrid(y, z, indexing="ij")
        return a, s

    def is_within(
        self, box: tuple[tuple[float, float], tuple[float, float]], points: Floats
    ) -> Mask:
        """Tell which points `(n, 3)` lie in a box of the midline."""
        (first, last), (low, high) = box
        along = (points[:, 1] - self.back) / self.length
        below = (self.top - points[:, 2]) * LENGTH_MM / self.length
        within = (along > first) & (along < last) & (below < low) & (below > high)
        return np.asarray(within)


def find_midline(
    images: Mapping[str, Volume], brain: Volume, lesion: Mask, source: str
) -> Midline | None:
    """Find the plane between the hemispheres and the shift of the septum.

    Parameters
    ----------
    images
        By sequence, in the space of the brain mask, on any grid.
    lesion
        What must not be compared with the other side, on the grid of the brain mask.

    Returns
    -------
    Midline or None
        None where the mask is no brain; without a shift where there is no image to read it from.
    """
    inside = np.asarray(brain.voxels > 0)
    measured = _outline(inside, brain.affine)
    if measured is None:
        return None
    head, outline = measured
    plane = _fit(outline)
    seen = Volume(np.asarray(inside & ~lesion, np.uint8), brain.affine)
    looks = _looks(images, seen)
    if not looks:
        return _plane_alone(plane, head)
    for _ in range(2):
        falx = _symmetry(looks, seen, plane, head.grid(FALX, FALX_STEP_MM)).rows()
        kept = falx[~head.is_within(PUSHED, falx)]
        if len(kept) < FEWEST:
            return _plane_alone(plane, head)
        plane = _fit(kept)
    septum = _symmetry(looks, seen, plane, head.grid(SEPTUM, SEPTUM_STEP_MM))
    return _shifted(plane, septum, head, source)


@dataclass(frozen=True, slots=True, eq=False)
class Middle:
    """For rows `(a, s)`: the R position of the midline, and whether it could be seen."""

    a: Floats
    s: Floats
    r: Floats
    is_seen: Mask

    def rows(self) -> Floats:
        """Give points `(n, 3)` of what was seen, as `(R, A, S)`."""
        return np.stack([self.r, self.a, self.s], -1)[self.is_seen]


def _outline(inside: Mask, affine: Affine) -> tuple[Head, Floats] | None:
    """Find the middle of each row of the brain from left to right, on a coarse upright grid."""
    if not inside.any():
        return None
    box = box_of(inside)
    corners = np.array(np.meshgrid(*[(part.start, part.stop - 1) for part in box]))
    placed = transform(affine, corners.reshape(3, -1).T)
    low, high = placed.min(0), placed.max(0)
    axes = [
        np.arange(a, b + OUTLINE_STEP_MM, OUTLINE_STEP_MM) for a, b in zip(low, high, strict=True)
    ]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    coarse = sampled(np.asarray(inside, np.uint8), affine, points, order=0) > 0
    if not coarse.any():
        return None
    first, last = coarse.argmax(0), coarse.shape[0] - 1 - coarse[::-1].argmax(0)
    wide = coarse.any(0) & ((last - first) * OUTLINE_STEP_MM > LEAST_WIDTH_MM)
    if wide.sum() < 50:
        return None
    a, s = np.nonzero(wide)
    middle = axes[0][0] + OUTLINE_STEP_MM * (first + last)[wide] / 2
    filled_a, filled_s = np.nonzero(coarse.any(0))
    back, front = axes[1][filled_a.min()], axes[1][filled_a.max()]
    head = Head(float(back), float(front - back), float(axes[2][filled_s.max()]))
    return head, np.stack([middle, axes[1][a], axes[2][s]], -1)


def _fit(rows: Floats) -> Floats:
    """Fit `R = c0 + c1 A + c2 S` to points `(n, 3)`, doubting those far off (Cauchy weights)."""
    known = np.column_stack([np.ones(len(rows)), rows[:, 1:]])
    doubt = np.ones(len(rows))
    plane = np.zeros(3)
    for _ in range(15):
        root = np.sqrt(doubt)
        plane = np.linalg.lstsq(known * root[:, None], rows[:, 0] * root, rcond=None)[0]
        off = rows[:, 0] - known @ plane
        scale = 1.48 * float(np.median(np.abs(off))) + 0.3
        doubt = 1 / (1 + (off / scale) ** 2)
    return np.asarray(plane, np.float64)


def _at(plane: Floats, a: Floats, s: Floats) -> Floats:
    return np.asarray(plane[0] + plane[1] * a + plane[2] * s)


def _looks(images: Mapping[str, Volume], seen: Volume) -> list[Leveled]:
    """Level the images that are not flat on the healthy brain."""
    index = np.argwhere(seen.voxels[::5, ::5, ::5]) * 5
    places = seen.to_mm(index)
    found = []
    for name in sorted(images):
        level = leveled(images[name], places)
        if level is not None:
            found.append(level)
    return found


def _symmetry(
    looks: list[Leveled],
    seen: Volume,
    plane: Floats,
    rows: tuple[Floats, Floats],
) -> Middle:
    """Find for each row where its left and right are most alike."""
    a, s = rows
    along = np.arange(-REACH_MM - WINDOW_MM, REACH_MM + WINDOW_MM + 0.5, 0.5)
    expected = _at(plane, a, s)
    points = np.stack(
        np.broadcast_arrays(expected[..., None] + along, a[..., None], s[..., None]), -1
    )
    shown = np.clip([look.at(points) for look in looks], -MOST, MOST)
    usable = sampled(seen.voxels, seen.affine, points, order=0) > 0
    shifts = np.arange(-REACH_MM, REACH_MM + 0.25, 0.5)
    off = np.arange(1.0, WINDOW_MM + 0.5, 1.0)
    unlike, compared = np.zeros((*a.shape, len(shifts))), np.zeros((*a.shape, len(shifts)))
    for number, shift in enumerate(shifts):
        right = np.round((shift + off - along[0]) * 2).astype(int)
        left = np.round((shift - off - along[0]) * 2).astype(int)
        both = usable[..., right] & usable[..., left]
        gap = np.abs(shown[..., right] - shown[..., left]).mean(0)
        unlike[..., number], compared[..., number] = (gap * both).sum(-1), both.sum(-1)
    best, is_seen = _best(unlike, compared, shifts)
    return Middle(a, s, expected + best, is_seen)


def _best(unlike: Floats, compared: Floats, shifts: Floats) -> tuple[Floats, Mask]:
    """Choose the shift of least difference, smoothed over rows, not far from the usual one."""
    enough = SURE * WINDOW_MM
    total = unlike.sum((0, 1)) / np.maximum(compared.sum((0, 1)), 1)
    total[compared.sum((0, 1)) < 0.5 * compared.sum((0, 1)).max()] = np.inf
    usual = shifts[int(total.argmin())]
    near = ndimage.gaussian_filter(unlike, (2, 2, 0))
    weight = ndimage.gaussian_filter(compared, (2, 2, 0))
    cost = near / np.maximum(weight, 1e-3) + NEAR_MOST * (shifts - usual) ** 2
    cost[weight < enough] = np.inf
    best = shifts[cost.argmin(-1)]
    return ndimage.median_filter(best, 3), np.isfinite(cost).any(-1)


def _plane_alone(plane: Floats, head: Head) -> Midline:
    a, s = head.back + head.length * 0.6, head.top - 68 * head.length / LENGTH_MM
    normal = np.array([1.0, -plane[1], -plane[2]])
    normal /= np.linalg.norm(normal)
    point = float(_at(plane, np.array(a), np.array(s))), float(a), float(s)
    return Midline(point, _point(normal))


def _shifted(plane: Floats, septum: Middle, head: Head, source: str) -> Midline:
    alone = _plane_alone(plane, head)
    if septum.is_seen.sum() < 0.2 * septum.is_seen.size:
        return alone
    rows = septum.rows()
    normal = np.array(alone.normal)
    off = (rows[:, 0] - _at(plane, rows[:, 1], rows[:, 2])) * normal[0]
    shift = float(np.median(off))
    middle = rows[:, 1:].mean(0)
    away = np.linalg.norm(rows[:, 1:] - middle, axis=1)
    chosen = rows[int((np.abs(off - shift) * 100 + away).argmin())]
    taken = Measurement(
        "midline shift", shift, "mm",
        "median distance of the septum and third ventricle, found by local mirror symmetry, from "
        "the plane of the rest of the midline; positive to the right; the interval is the error "
        f"against the truth of phantoms, +-{ERROR_MM:g} mm", source,
        (shift - ERROR_MM, shift + ERROR_MM),
    )  # fmt: skip
    return Midline(
        alone.point_mm, alone.normal, taken, Line(_point(chosen - shift * normal), _point(chosen))
    )


def _point(values: Floats) -> Point:
    x, y, z = (float(value) for value in values)
    return x, y, z
