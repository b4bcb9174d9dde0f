"""The outline of a real tumor, read from a label file to be laid into a phantom."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from numpy.typing import NDArray

from neuroscope.errors import BadInputError

MOST_VOXELS = 512**3
BRATS_ENHANCING = 4  # before 2023; 3 since


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Labels of one tumor on a grid whose axes point to R, A, S.

    Attributes
    ----------
    labels
        BraTS 2023 labels (1 necrotic and non-enhancing, 2 edema, 3 enhancing), shape `(i, j, k)`.
    spacing
        Millimeters.
    """

    labels: NDArray[np.uint8]
    spacing: tuple[float, float, float]

    def __post_init__(self) -> None:
        found = set(np.unique(self.labels).tolist())
        if self.labels.ndim != 3 or not found <= {0, 1, 2, 3}:
            raise BadInputError(
                f"A tumor's shape needs three axes and labels 0 to 3; this has "
                f"{self.labels.ndim} and {sorted(found)[:8]}.",
                fix="Give BraTS labels: 1 necrosis and non-enhancing, 2 edema, 3 enhancing.",
            )
        if not found & {1, 3}:
            raise BadInputError(
                "This shape has no tumor core (labels 1 or 3).",
                fix="Give the labels of a tumor, not of edema alone.",
            )
        if min(self.spacing) <= 0:
            raise BadInputError(
                f"A voxel of {self.spacing} mm is not possible.", fix="Correct the file's header."
            )

    def volume_ml(self, *labels: int) -> float:
        """Measure the volume of some labels together."""
        count = int(np.isin(self.labels, labels).sum())
        return count * float(np.prod(self.spacing)) / 1000.0


def shape_of(labels: NDArray[Any], spacing: tuple[float, float, float]) -> Shape:
    """Make a shape of labels that may call enhancing tumor 4, as BraTS did before 2023.

    Raises
    ------
    BadInputError
        If these are no BraTS labels, or there is no tumor core.
    """
    whole = np.rint(labels)
    if not np.array_equal(whole, labels) or whole.min() < 0 or whole.max() > BRATS_ENHANCING:
        raise BadInputError(
            "These are no tumor labels: they are not the whole numbers 0 to 4.",
            fix="Give a label file, not an image: 1 necrosis, 2 edema, 3 or 4 enhancing.",
        )
    return Shape(np.where(whole == BRATS_ENHANCING, 3, whole).astype(np.uint8), spacing)


def read_shape(path: Path) -> Shape:
    """Read the shape of a tumor from a NIfTI label file.

    Raises
    ------
    BadInputError
        If the file cannot be read, is too large, or holds no tumor labels.
    """
    try:
        library = cast("Any", nib)  # declares no types
        image = library.as_closest_canonical(library.load(path))
        if len(image.shape) != 3 or np.prod(image.shape) > MOST_VOXELS:
            raise BadInputError(
                f"A label file of shape {image.shape} cannot be a tumor's shape.",
                fix="Give one volume of three axes.",
            )
        labels = np.asarray(image.dataobj)
    except (OSError, ImageFileError, ValueError, EOFError) as error:
        raise BadInputError(
            "The file with the tumor's shape cannot be read as NIfTI.",
            fix="Give the path of a .nii or .nii.gz file with labels.",
        ) from error
    x, y, z = (float(size) for size in image.header.get_zooms()[:3])
    return shape_of(labels, (x, y, z))
