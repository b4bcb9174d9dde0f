"""From loose planes to stacks: which belong together, in which order, on which grid.

Order comes from positions along the normal, never from file names or instance numbers.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from neuroscope.io.dicom_header import Frame, Vector

SAME_DIRECTION = 2e-3  # largest difference of a direction cosine within a stack
SAME_POSITION_MM = 0.01
GAP_FRACTION = 0.01  # of the median distance, or:
GAP_MM = 0.05
USABLE_GAP_FRACTION = 0.25  # uneven by more than this, a stack is no grid
TILT_DEG = 0.5  # beyond this the planes are sheared into a straight grid
MOST_SETS = 4  # of images at the same positions (echoes, time points) that are read


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Planes in order and where they lie on a regular grid.

    Attributes
    ----------
    planes
        For each frame its index on the grid, ascending; absent indices are missing slices.
    step
        LPS millimeters from one grid plane to the next, shape `(3,)`.
    origin
        LPS position of the first pixel of plane 0.
    tilt_deg
        Angle between the step and the normal of the planes.
    is_grid
        False if the planes are too uneven to be voxels; they are then slices.
    """

    frames: tuple[Frame, ...]
    planes: tuple[int, ...]
    origin: Vector
    step: Vector
    tilt_deg: float = 0.0
    is_grid: bool = True
    cautions: tuple[str, ...] = ()

    @property
    def depth(self) -> int:
        """Number of planes of the grid, missing ones included."""
        return self.planes[-1] + 1


def group_frames(frames: Iterable[Frame]) -> list[list[Frame]]:
    """Put frames together that are planes of one acquisition.

    Same series, frame of reference, size, spacing, echo, time point, b-value and image type, and
    directions that agree within 0.002. Groups come in the order of series number, then of these.
    """
    buckets: dict[tuple[object, ...], list[list[Frame]]] = defaultdict(list)
    for frame in frames:
        h = frame.header
        spacing = tuple(round(s, 4) for s in frame.spacing or ())
        key = (h.series_number, h.series_uid, frame.stack, h.rows, h.columns, spacing)
        _nearest_group(buckets[key], frame).append(frame)
    return [group for key in sorted(buckets, key=repr_key) for group in buckets[key]]


def repr_key(key: tuple[object, ...]) -> tuple[object, ...]:
    """Sort by series number first, by text after that."""
    return (key[0], *map(repr, key[1:]))


def _nearest_group(groups: list[list[Frame]], frame: Frame) -> list[Frame]:
    for group in groups:
        if _same_direction(group[0], frame):
            return group
    groups.append([])
    return groups[-1]


def _same_direction(a: Frame, b: Frame) -> bool:
    if a.orientation is None or b.orientation is None:
        return a.orientation is b.orientation
    return bool(np.abs(a.orientation - b.orientation).max() < SAME_DIRECTION)


def without_copies(frames: Sequence[Frame]) -> tuple[list[Frame], int]:
    """Drop frames that came twice under the same SOP instance UID; count them."""
    seen: set[tuple[str, int]] = set()
    kept = []
    for frame in frames:
        mark = (frame.header.sop_uid, frame.index)
        if frame.header.sop_uid and mark in seen:
            continue
        seen.add(mark)
        kept.append(frame)
    return kept, len(frames) - len(kept)


def has_geometry(frame: Frame) -> bool:
    """Tell whether a frame knows its place in space."""
    parts = (frame.spacing, frame.position, frame.orientation)
    return all(part is not None for part in parts)


def split_repeats(frames: Sequence[Frame]) -> tuple[list[list[Frame]], tuple[str, ...]]:
    """Split images at the same positions (time points, directions) into sets, earliest first.

    If fewer than half of the positions are doubled, the doubles are strays: one of each is kept.

    Returns
    -------
    tuple
        At most four sets, each with one image per position, ordered by position; and cautions.
    """
    places = _by_position(frames)
    most = max(len(place) for place in places)
    if most == 1:
        return [[place[0] for place in places]], ()
    doubled = sum(len(place) > 1 for place in places)
    if 2 * doubled < len(places):
        return [[place[0] for place in places]], (
            f"Positions with more than one image: {doubled}; the first of each was used.",
        )
    sets = [[p[n] for p in places if len(p) > n] for n in range(min(most, MOST_SETS))]
    if most > MOST_SETS:
        kept = "only the first of each was read"
        return sets[:1], (f"The series holds {most} images at each position; {kept}.",)
    return sets, (f"The series holds {most} images at each position; they were separated.",)


def _by_position(frames: Sequence[Frame]) -> list[list[Frame]]:
    distances = _distances(frames)
    places: list[list[Frame]] = []
    last = -np.inf
    for n in np.argsort(distances, kind="stable"):
        if distances[n] - last > SAME_POSITION_MM:
            places.append([])
            last = distances[n]
        places[-1].append(frames[n])
    return [sorted(place, key=lambda frame: frame.order) for place in places]


def _distances(frames: Sequence[Frame]) -> Vector:
    normal = _normal(frames[0])
    return np.array([float(_position(frame) @ normal) for frame in frames])


def _normal(frame: Frame) -> Vector:
    if frame.orientation is None:
        raise AssertionError("only frames with geometry are stacked")
    return np.cross(frame.orientation[0], frame.orientation[1])


def _position(frame: Frame) -> Vector:
    if frame.position is None:
        raise AssertionError("only frames with geometry are stacked")
    return frame.position


def lay_out(frames: Sequence[Frame]) -> Stack:
    """Find the grid on which frames lie that are ordered by position, each position once."""
    first = frames[0]
    if len(frames) == 1:
        return _single(first)
    distances = _distances(frames)
    deltas = np.diff(distances)
    planes = np.concatenate([[0], np.cumsum(np.maximum(1, np.rint(deltas / np.median(deltas))))])
    positions = np.array([_position(frame) for frame in frames])
    # Least squares over all planes, so that rounded positions do not add up to a drift.
    design = np.stack([np.ones(len(planes)), planes], axis=1)
    (origin, step), *_ = np.linalg.lstsq(design, positions, rcond=None)
    spacing = float(np.linalg.norm(step))
    uneven_mm = float(np.linalg.norm(positions - design @ np.stack([origin, step]), axis=1).max())
    cosine = abs(float(step @ _normal(first))) / spacing
    stack = Stack(
        frames=tuple(frames),
        planes=tuple(int(p) for p in planes),
        origin=origin,
        step=step,
        tilt_deg=float(np.degrees(np.arccos(min(1.0, cosine)))),
    )
    return _judged(stack, uneven_mm, spacing)


def _single(frame: Frame) -> Stack:
    known = frame.thickness is not None and frame.thickness > 0
    thickness = float(frame.thickness or 0) if known else 1.0
    cautions = ["The series is a single slice."]
    if not known:
        cautions.append("Its thickness is not given; 1 mm was assumed.")
    step = _normal(frame) * thickness
    return Stack((frame,), (0,), _position(frame), step, cautions=tuple(cautions))


def _judged(stack: Stack, uneven_mm: float, spacing: float) -> Stack:
    missing = sorted(set(range(stack.depth)) - set(stack.planes))
    if uneven_mm > USABLE_GAP_FRACTION * spacing or len(missing) > len(stack.planes) / 2:
        caution = "The slices are not evenly spaced; they were read one by one, not as a volume."
        return replace(stack, is_grid=False, tilt_deg=0.0, cautions=(caution,))
    cautions = []
    if missing:
        shown = ", ".join(str(n + 1) for n in missing[:5]) + ("..." if len(missing) > 5 else "")
        cautions.append(
            f"Missing slices, left empty: {len(missing)} of {stack.depth} "
            f"(number {shown}, counted along the stack)."
        )
    if uneven_mm > max(GAP_FRACTION * spacing, GAP_MM):
        cautions.append(
            f"The slices are unevenly spaced; places may be off by up to {uneven_mm:.1f} mm."
        )
    if stack.tilt_deg > TILT_DEG:
        cautions.append(
            f"The planes are tilted by {stack.tilt_deg:.1f} degrees against their stack (gantry "
            "tilt); they were shifted into a straight grid."
        )
    return replace(stack, cautions=tuple(cautions))
