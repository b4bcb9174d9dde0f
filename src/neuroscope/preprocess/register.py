"""Find how one series lies to another (rigid), or a template to a head (affine).

Mattes mutual information (Mattes et al. 2003, IEEE TMI 22:120, doi:10.1109/TMI.2003.809072) asks
only that one tissue has one brightness in each image, so that T1, T2, FLAIR and CT can be compared.
It has many local optima; therefore several starts, also turned ones, are tried on coarse images.
"""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from neuroscope.errors import BadInputError, GeometryError
from neuroscope.preprocess.foreground import Mask, finite, foreground, gray_range
from neuroscope.preprocess.resample import Number, coarser, to_image
from neuroscope.records.transform import IDENTITY, Transform
from neuroscope.records.volume import Volume

BINS = 40
COARSE_MM, FINE_MM = 8.0, 2.0
SAMPLES = 60_000  # voxels of the fixed head that the metric looks at
RIM_MM = 6.0  # beyond the head: its outline counts, empty air does not
HALF_TURNS = {"": (0, 0, 0), "R": (180, 0, 0), "A": (0, 180, 0), "S": (0, 0, 180)}
TURN_GAIN = 1.10  # a start on its head must be this much better
NEAR_MM = 3.0  # starts closer than this are one
LEAST_OVERLAP = 0.3  # of the smaller head
MUCH_TURNED_DEG = 25.0
STEPS, COARSE_STEPS = 60, 20
AFFINE_STEP = 0.5  # voxels that the first affine step may move a point by
SEED = 1  # of the jitter of sampled points: the same input gives the same answer


@dataclass(frozen=True, slots=True)
class Registration:
    """How a moving volume lies to a fixed one, and how well that is known.

    Attributes
    ----------
    to_fixed
        Carries a point of the moving volume to the fixed one.
    similarity
        Mutual information in nats at the end. Higher is better; comparable between two moving
        volumes of one fixed volume only.
    start
        `header` if the frames of the scanner were right enough to begin with, else `centers`;
        ` turned about R` (A, S) if the volume lay on its head.
    overlap
        The part of the smaller head that lies in the other, as the frames came.
    cautions
        What a reader must know of it.
    """

    to_fixed: Transform
    similarity: float
    start: str
    overlap: float
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One of two volumes, made ready for comparison: clipped gray values, and where the head is."""

    gray: Volume
    head: Mask
    wide: Mask  # the head and a rim around it

    @property
    def center_mm(self) -> NDArray[np.float64]:
        """The middle of the head."""
        return self.gray.to_mm(np.argwhere(self.head).mean(0))

    @property
    def slice_mm(self) -> float:
        """The largest spacing."""
        return max(self.gray.spacing_mm)

    def thinned(self, spacing_mm: Number) -> "Side":
        """Give the same at a coarser spacing."""
        head = coarser(Volume(self.head.astype(np.float32), self.gray.affine), spacing_mm)
        inside = np.asarray(head.voxels > 0.5)
        return Side(coarser(self.gray, spacing_mm), inside, _with_rim(inside, head.spacing_mm))


def make_side(volume: Volume, *, spacing_mm: Number = FINE_MM) -> Side:
    """Make a volume ready for comparison.

    Raises
    ------
    BadInputError
        If it shows nothing.
    """
    head = foreground(volume)
    if not head.any():
        raise BadInputError(
            "The volume shows no head: all its voxels have about one value.",
            fix="Leave the series out, or export it again.",
        )
    low, high = gray_range(volume, head)
    clipped = Volume(np.clip(finite(volume.voxels), low, high), volume.affine)
    return Side(clipped, head, head).thinned(spacing_mm)


def register_rigid(moving: Side, fixed: Side) -> Registration:
    """Find the rigid motion between two volumes of one head.

    Notes
    -----
    Accuracy and cost stand in `docs/explanation/preparing.md`.
    """
    overlap = overlap_of(moving, fixed)
    start, first = _best_start(moving.thinned(COARSE_MM), fixed.thinned(COARSE_MM), overlap)
    if moving.slice_mm > fixed.slice_mm:  # what has thick slices is sampled where they lie
        back, similarity = _climb(fixed, moving, first.inverse())
        to_fixed = back
    else:
        back, similarity = _climb(moving, fixed, first)
        to_fixed = back.inverse()
    return Registration(to_fixed, similarity, start, overlap, _doubts(to_fixed, start, overlap))


def _climb(moving: Side, fixed: Side, first: Transform) -> tuple[Transform, float]:
    """Refine a rigid map from fixed to moving, the finer volume blurred as the other is thick."""
    found, similarity = _refined(_as_thick(moving, fixed, first), fixed, _euler(first, fixed))
    return _as_transform(found), similarity


def _as_thick(moving: Side, fixed: Side, first: Transform) -> Side:
    """Average a fine volume over the slice thickness of the other, so that both blur alike."""
    axis = int(np.argmax(fixed.gray.spacing_mm))
    normal = first.matrix[:3, :3] @ fixed.gray.affine[:3, axis]
    along = np.abs(moving.gray.affine[:3, :3].T @ normal) / np.array(moving.gray.spacing_mm)
    here = int(np.argmax(along))
    width = round(fixed.slice_mm / moving.gray.spacing_mm[here])
    if width < 2:
        return moving
    blurred = ndimage.uniform_filter1d(moving.gray.voxels, width | 1, here, mode="nearest")
    return Side(Volume(blurred, moving.gray.affine), moving.head, moving.wide)


def register_affine(moving: Side, fixed: Side) -> Registration:
    """Find the affine map between two heads, such as a template and a patient."""
    overlap = overlap_of(moving, fixed)
    start, first = _best_start(moving.thinned(COARSE_MM), fixed.thinned(COARSE_MM), overlap)
    begin, _ = refine_affine(moving.thinned(COARSE_MM), fixed.thinned(COARSE_MM), first)
    back, similarity = refine_affine(moving, fixed, begin)
    to_fixed = back.inverse()
    return Registration(to_fixed, similarity, start, overlap, _doubts(to_fixed, start, overlap))


def refine_rigid(moving: Side, fixed: Side, begin: Transform) -> tuple[Transform, float]:
    """Refine a rigid map from fixed to moving; returns it and its mutual information."""
    found, similarity = _refined(moving, fixed, _euler(begin, fixed), shrink=(1,))
    return _as_transform(found), similarity


def refine_affine(moving: Side, fixed: Side, begin: Transform) -> tuple[Transform, float]:
    """Refine an affine map from fixed to moving; returns it and its mutual information."""
    found, similarity = _refined(
        moving, fixed, _affine(begin, fixed), shrink=(1,), step_mm=AFFINE_STEP * fixed.slice_mm
    )
    return _as_transform(found), similarity


def similarity_of(moving: Side, fixed: Side, to_fixed: Transform = IDENTITY) -> float:
    """Measure the mutual information of two volumes in nats."""
    method = _method(fixed)
    method.SetInitialTransform(_affine(to_fixed.inverse(), fixed))
    return -float(method.MetricEvaluate(*_images(moving, fixed)))


def overlap_of(moving: Side, fixed: Side) -> float:
    """Measure which part of the smaller head lies in the other, without moving it."""
    parts = []
    for one, other in ((moving, fixed), (fixed, moving)):
        points = other.gray.to_voxel(one.gray.to_mm(np.argwhere(one.head)[::7]))
        index = np.rint(points).astype(int)
        held = ((index >= 0) & (index < other.head.shape)).all(1)
        inside = np.zeros(len(index), np.bool_)
        inside[held] = other.head[tuple(index[held].T)]
        parts.append(float(inside.mean()))
    return max(parts)


def _with_rim(head: Mask, spacing_mm: tuple[float, float, float]) -> Mask:
    """Widen a mask axis by axis, to a box around every voxel: quick, and wide enough."""
    wide = head
    for axis, spacing in enumerate(spacing_mm):
        wide = ndimage.maximum_filter1d(wide, 2 * max(1, round(RIM_MM / spacing)) + 1, axis)
    return np.asarray(wide, np.bool_)


def _best_start(moving: Side, fixed: Side, overlap: float) -> tuple[str, Transform]:
    """Try the frames as they came, heads center on center, and both turned by 180 degrees.

    Returns the name and the map from fixed to moving.
    """
    shift = np.eye(4)
    shift[:3, 3] = moving.center_mm - fixed.center_mm
    begins = {"header": IDENTITY, "centers": Transform(shift)}
    if overlap < LEAST_OVERLAP:
        del begins["header"]
    elif np.linalg.norm(shift[:3, 3]) < NEAR_MM:
        del begins["centers"]
    last = list(begins)[-1]  # half turns of one start are enough
    tried: dict[tuple[str, str], tuple[float, Transform]] = {}
    for name, axis in ((n, a) for n in begins for a in HALF_TURNS if n == last or not a):
        begin, angles = begins[name], HALF_TURNS[axis]
        turned = _turned(fixed.center_mm, angles).then(begin)
        with suppress(GeometryError):
            found, similarity = _refined(
                moving, fixed, _euler(turned, fixed), shrink=(1,), steps=COARSE_STEPS
            )
            tried[name, axis] = similarity, _as_transform(found)
    if not any(not axis for _, axis in tried):
        raise GeometryError(
            "Two series could not be laid on each other from any start.",
            fix="Leave one of them out, or check its orientation and spacing.",
        )
    upright = max((key for key in tried if not key[1]), key=lambda key: tried[key][0])
    best = max(tried, key=lambda key: tried[key][0])
    chosen = best if tried[best][0] > TURN_GAIN * tried[upright][0] else upright
    name = chosen[0] + (f" turned about {chosen[1]}" if chosen[1] else "")
    return name, tried[chosen][1]


def _refined(
    moving: Side,
    fixed: Side,
    begin: SimpleITK.Transform,
    *,
    shrink: tuple[int, ...] = (2, 1),
    steps: int = STEPS,
    step_mm: Number | None = None,
) -> tuple[SimpleITK.Transform, float]:
    """Climb from a start; returns the map from fixed to moving and its mutual information.

    Parameters
    ----------
    step_mm
        How far the first step may move a point. None takes steps of length 1 in ITK's scaled
        parameters, which on coarse images throws an affine map so far that it does not come back.
    """
    method = _method(fixed)
    method.SetShrinkFactorsPerLevel(list(shrink))
    method.SetSmoothingSigmasPerLevel([float(level) - 0.5 for level in shrink])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOff()
    method.SetMetricSamplingStrategy(method.REGULAR)
    share = min(1.0, SAMPLES / fixed.head.size)
    method.SetMetricSamplingPercentagePerLevel(
        [min(1.0, share * level**3) for level in shrink], SEED
    )
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=1.0,
        minStep=1e-3,
        numberOfIterations=steps,
        relaxationFactor=0.6,
        gradientMagnitudeTolerance=1e-6,
        estimateLearningRate=method.Never if step_mm is None else method.Once,
        maximumStepSizeInPhysicalUnits=step_mm or 0.0,
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(begin, inPlace=False)
    try:
        found = method.Execute(*_images(moving, fixed))
    except RuntimeError as error:  # all of one volume lies outside the other
        raise GeometryError(
            "Two series could not be laid on each other: they hardly have a part in common.",
            fix="Leave one of them out, or check its orientation and spacing.",
        ) from error
    return found, -float(method.GetMetricValue())


def _method(fixed: Side) -> SimpleITK.ImageRegistrationMethod:
    method = SimpleITK.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetNumberOfWorkUnits(1)  # sums in one order: the same input gives the same answer
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetInterpolator(SimpleITK.sitkLinear)
    method.SetMetricFixedMask(to_image(fixed.wide.astype(np.uint8), fixed.gray.affine))
    return method


def _images(moving: Side, fixed: Side) -> tuple[SimpleITK.Image, SimpleITK.Image]:
    return (
        to_image(fixed.gray.voxels, fixed.gray.affine),
        to_image(moving.gray.voxels, moving.gray.affine),
    )


def _turned(center_mm: NDArray[np.float64], angles_deg: tuple[int, int, int]) -> Transform:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", angles_deg, degrees=True).as_matrix()
    matrix[:3, 3] = center_mm - matrix[:3, :3] @ center_mm
    return Transform(matrix)


def _euler(fixed_to_moving: Transform, fixed: Side) -> SimpleITK.Transform:
    """Write a rigid motion as ITK wants to optimize it: angles about the middle of the head."""
    euler = SimpleITK.Euler3DTransform()
    euler.SetCenter(fixed.center_mm.tolist())
    euler.SetMatrix(fixed_to_moving.matrix[:3, :3].ravel().tolist(), 1e-6)
    euler.SetTranslation((fixed_to_moving.carry(fixed.center_mm) - fixed.center_mm).tolist())
    return euler


def _affine(fixed_to_moving: Transform, fixed: Side) -> SimpleITK.Transform:
    affine = SimpleITK.AffineTransform(3)
    affine.SetCenter(fixed.center_mm.tolist())
    affine.SetMatrix(fixed_to_moving.matrix[:3, :3].ravel().tolist())
    affine.SetTranslation((fixed_to_moving.carry(fixed.center_mm) - fixed.center_mm).tolist())
    return affine


def _as_transform(found: SimpleITK.Transform) -> Transform:
    corners = np.vstack([np.zeros(3), np.eye(3)])
    there = np.array([found.TransformPoint(corner.tolist()) for corner in corners])
    matrix = np.eye(4)
    matrix[:3, :3] = (there[1:] - there[0]).T
    matrix[:3, 3] = there[0]
    return Transform(matrix)


def _doubts(to_fixed: Transform, start: str, overlap: float) -> tuple[str, ...]:
    doubts = []
    if overlap < LEAST_OVERLAP:
        doubts.append(
            "The frames of two series do not overlap: they were laid on each other by their "
            "content alone."
        )
    if "turned" in start:
        doubts.append("A series lay on its head against the others and was turned by 180 degrees.")
    elif to_fixed.rotation_deg > MUCH_TURNED_DEG:
        doubts.append(
            f"A series had to be turned by {to_fixed.rotation_deg:.0f} degrees to fit the others."
        )
    return tuple(doubts)
