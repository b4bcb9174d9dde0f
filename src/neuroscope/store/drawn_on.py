"""What an annotation is drawn on: which stored image, on which grid, and whether it meets it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from neuroscope.errors import BadInputError, GeometryMismatchError, NotFoundError
from neuroscope.records.annotation import PLAIN_AFFINE, Annotation
from neuroscope.records.geometry import Affine, checked_affine, spacing_mm, transform
from neuroscope.store.tables import SeriesRow, SliceRow

SAME_MM = 1e-3  # grids whose voxels lie this near are one
SAME_VOXEL = 1e-2
HALF = 0.5  # a voxel reaches this far to both sides of its center


def require_image(session: Session, study_id: str, drawn: Annotation) -> str:
    """Return the SHA-256 of the stored image that an annotation is drawn on.

    Raises
    ------
    NotFoundError
        If the study has no such series, or the series no such picture.
    BadInputError
        If the annotation names a picture of a volume, or none of a series of pictures, or lies
        beside the image.
    GeometryMismatchError
        If it is a mask on another grid.
    """
    array, affine = _image(session, study_id, drawn)
    rows_columns = [*array["shape"], 1]
    shape = (rows_columns[0], rows_columns[1], rows_columns[2])
    if drawn.mask is not None and drawn.mask_affine is not None:
        _require_grid(drawn.mask.shape, drawn.mask_affine, shape, affine)
    else:
        _require_overlap(drawn.points_mm, drawn.radius_mm, shape, affine)
    return str(array["sha256"])


def _image(session: Session, study_id: str, drawn: Annotation) -> tuple[dict[str, Any], Affine]:
    series = session.get(SeriesRow, (study_id, drawn.series_id))
    if series is None:
        raise NotFoundError("The study has no such series.", fix="Choose one of its series.")
    if series.array is not None and series.affine is not None:
        if drawn.slice_index is not None:
            raise BadInputError(
                f"The annotation names picture {drawn.slice_index} of a volume.",
                fix="Leave `slice_index` out: points in millimeters say where it is.",
            )
        return series.array, checked_affine(series.affine)
    if drawn.slice_index is None:
        raise BadInputError(
            "The annotation does not say on which picture of the series it is drawn.",
            fix="Give `slice_index`.",
        )
    cut = session.get(SliceRow, (study_id, drawn.series_id, drawn.slice_index))
    if cut is None:
        raise NotFoundError(
            f"The series has no picture {drawn.slice_index}.", fix="Look at `slices` of the series."
        )
    return cut.array, PLAIN_AFFINE if cut.affine is None else checked_affine(cut.affine)


def _require_overlap(
    points_mm: NDArray[np.float64], radius_mm: float, shape: tuple[int, int, int], affine: Affine
) -> None:
    voxels = transform(np.asarray(np.linalg.inv(affine), np.float64), points_mm)
    reach = radius_mm / np.array(spacing_mm(affine)) + HALF + SAME_VOXEL
    low, high = voxels.min(0) - reach, voxels.max(0) + reach
    if (high < 0).any() or (low > np.array(shape) - 1).any():
        r, a, s = points_mm.mean(0)
        raise BadInputError(
            f"The annotation lies beside the image, around ({r:.1f}, {a:.1f}, {s:.1f}) mm.",
            fix="Draw on the image.",
        )


def _require_grid(
    shape: tuple[int, ...], affine: Affine, whole: tuple[int, int, int], grid: Affine
) -> None:
    offset = transform(np.asarray(np.linalg.inv(grid), np.float64), affine[:3, 3])
    steps = np.abs(affine[:3, :3] - grid[:3, :3]).max() * max(shape)
    lies_between = np.abs(offset - np.rint(offset)).max() > SAME_VOXEL
    first = np.rint(offset)
    if steps > SAME_MM or lies_between:
        raise GeometryMismatchError(
            "The mask lies on another grid than its image.",
            fix="Resample it onto the grid of the series, or draw it there.",
        )
    if (first < 0).any() or (first + np.array(shape) > np.array(whole)).any():
        raise GeometryMismatchError(
            "The mask reaches beyond its image.", fix="Crop it to the grid of the series."
        )
