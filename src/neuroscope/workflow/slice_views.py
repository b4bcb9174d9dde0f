"""Look closer at analyzed slices: small pictures of them, and where the evidence lies.

Runs no network. The regions come from the picture; the tumor from what readers drew on it, else
from a segmentation, and never from the map that is judged.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neuroscope.errors import GeometryMismatchError
from neuroscope.explain.evidence_map import slice_heatmap
from neuroscope.preprocess.drawn import covered
from neuroscope.preprocess.orient import SliceSource, slices_along
from neuroscope.preprocess.slice_grid import slice_grid
from neuroscope.records.analysis import SliceFinding
from neuroscope.records.annotation import Annotation
from neuroscope.records.arrays import Array
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.focus import FocusRow
from neuroscope.records.geometry import Affine
from neuroscope.records.slicegrid import on_slice
from neuroscope.records.sliceview import PICTURE_SIDE, SliceView
from neuroscope.records.volume import Volume
from neuroscope.reliability.focus.anatomy import anatomy_of
from neuroscope.reliability.focus.fractions import focus_of
from neuroscope.reliability.focus.partition import partition
from neuroscope.store.slice_focus import OFF_BRAIN_FROM
from neuroscope.store.studies import window_of
from neuroscope.store.tiles import placed

HALF = 0.5  # a pixel covered this far belongs to a tumor
SAME_MM = 1e-3

Outline = tuple[NDArray[np.bool_], Literal["reader", "predicted"]]


@dataclass(frozen=True, slots=True, eq=False)
class KnownTumor:
    """What is known of the tumor in a series.

    Attributes
    ----------
    drawn
        Marks of the kind `tumor` that count.
    labels
        A segmentation, above 0 in the tumor; None without.
    """

    drawn: tuple[Annotation, ...] = ()
    labels: Volume | None = None

    @property
    def is_known(self) -> bool:
        """Whether anybody looked for it."""
        return bool(self.drawn) or self.labels is not None


@dataclass(eq=False)
class _Series:
    source: SliceSource
    tumor: KnownTumor = field(default_factory=KnownTumor)

    @cached_property
    def window(self) -> tuple[float, float] | None:
        """Black and white of a volume, for all of its slices; every picture has its own."""
        image = self.source.image
        return window_of(image.voxels) if isinstance(image, Volume) else None

    @cached_property
    def labels(self) -> SliceSource | None:
        """The segmentation cut as the series is, if it lies on its grid."""
        labels, image = self.tumor.labels, self.source.image
        if labels is None or not isinstance(image, Volume) or self.source.cut is None:
            return None
        if labels.shape != image.shape or _apart_mm(labels.affine, image.affine) > SAME_MM:
            return None
        solid = Volume((labels.voxels > 0).astype(np.float32), image.affine)
        return slices_along(solid, self.source.cut.axis)

    def gray(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give gray values 0..255."""
        low, high = window_of(pixels) if self.window is None else self.window
        scaled = (pixels - low) * (255 / max(high - low, 1e-6))
        return np.asarray(np.clip(scaled, 0, 255), np.float32)

    def outline(self, index: int) -> Outline | None:
        """Give the tumor on a slice: as drawn, else as segmented; None if nobody knows."""
        grid = slice_grid(self.source, index)
        here = [mark for mark in self.tumor.drawn if on_slice(mark, grid)]
        if here:
            try:
                cover = [covered(mark, grid) for mark in here]
            except GeometryMismatchError:  # drawn in another plane
                cover = []
            drawn = np.asarray(np.max(cover, axis=0) >= HALF) if cover else np.zeros(1, bool)
            if drawn.any():
                return drawn, "reader"
        if self.labels is None:
            return None
        return np.asarray(self.labels.get(index) > HALF), "predicted"


def slice_views(
    source: SliceSource,
    findings: Iterable[SliceFinding],
    spec: EvidenceSpec,
    *,
    tumor: KnownTumor | None = None,
) -> Iterator[SliceView]:
    """Look at analyzed slices of a series, one by one."""
    series = _Series(source, tumor or KnownTumor())
    for finding in findings:
        gray = series.gray(source.get(finding.index))
        yield SliceView(finding.index, small_picture(gray), _focus(series, finding, gray, spec))


def outline_on(source: SliceSource, index: int, tumor: KnownTumor) -> Outline | None:
    """Give the tumor on a slice, on its pixels: as drawn, else as segmented; None if not known."""
    return _Series(source, tumor).outline(index)


def small_picture(gray: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Draw gray values 0..255 into the middle of a small square, black around."""
    scale, top, left = placed((gray.shape[0], gray.shape[1]))
    rows, columns = (max(1, round(n * scale)) for n in gray.shape)
    small = Image.fromarray(np.asarray(np.rint(gray), np.uint8)).resize(
        (columns, rows), Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    )
    picture = np.zeros((PICTURE_SIDE, PICTURE_SIDE), np.uint8)
    row, column = round(top), round(left)
    picture[row : row + rows, column : column + columns] = np.asarray(small)[
        : PICTURE_SIDE - row, : PICTURE_SIDE - column
    ]
    return picture


def _focus(
    series: _Series, finding: SliceFinding, gray: NDArray[np.float32], spec: EvidenceSpec
) -> FocusRow:
    answer = finding.prediction.label
    outline = series.outline(finding.index)
    mask = None if outline is None or not outline[0].any() else outline[0]
    regions = partition(anatomy_of(gray), mask, spacing_mm=_spacing_mm(series.source))
    values: Array = slice_heatmap(finding.evidence, answer, spec).values
    found = focus_of(values, regions, tumor_known=outline is not None)
    row = FocusRow(
        image_id=finding.name,
        patient_id="",
        split="",
        model_id=finding.prediction.model.sha256[:12],
        true=None,
        predicted=answer,
        p=finding.prediction.p_label,
        tumor_from="not known" if outline is None else outline[1],
        fractions=found.fractions,
        enrichment=found.enrichment,
        areas=found.areas,
        dominant=found.dominant,
        peak=found.peak,
        peak_at=found.peak_at,
        mass_removed=found.off_brain,
    )
    return row.flagged(mask_problem=False, off_brain=OFF_BRAIN_FROM)


def _spacing_mm(source: SliceSource) -> float | None:
    return min(source.image.spacing_mm) if isinstance(source.image, Volume) else None


def _apart_mm(first: Affine, second: Affine) -> float:
    return float(np.abs(first - second).max())


def tumor_marks(annotations: Sequence[Annotation]) -> tuple[Annotation, ...]:
    """Keep what was drawn as tumor."""
    return tuple(mark for mark in annotations if mark.kind == "tumor" and not mark.deleted)
