"""Pictures of a phantom: planes through its lesion, upright, as a radiologist sees them."""

from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from neuroscope.errors import BadInputError
from neuroscope.phantom.case import PhantomCase
from neuroscope.phantom.folder import whole_folder
from neuroscope.phantom.scanner.sequences import CT
from neuroscope.phantom.scanner.slices import AXIS_OF
from neuroscope.records.arrays import Array
from neuroscope.records.geometry import spacing_mm, transform
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.volume import Plane

PLANES: tuple[Plane, ...] = get_args(Plane)
BRAIN_WINDOW_HU = (0.0, 80.0)
WINDOW_PERCENTILES = (1.0, 99.6)  # of the gray values inside the head
HEALTHY_CENTER_MM = (4.0, -10.0, 12.0)  # where planes are cut when there is no lesion


def upright(array: Array, plane: Plane, index: int) -> Array:
    """Cut one plane of an RAS+ array and lay it as it is read.

    Axial: nose up; coronal: crown up; both with the patient's left on the picture's right.
    Sagittal: crown up, nose to the left.
    """
    if plane == "axial":
        return array[::-1, ::-1, index].T
    if plane == "coronal":
        return array[::-1, index, ::-1].T
    return array[index, ::-1, ::-1].T


def picture(case: PhantomCase, sequence: str, plane: Plane, index: int) -> NDArray[np.uint8]:
    """Render one plane of the label grid with square pixels, 8 bits; a CT in its brain window."""
    voxels = on_label_grid(case, sequence)
    low, high = BRAIN_WINDOW_HU if sequence in CT else _window(voxels)
    gray = np.clip((upright(voxels, plane, index) - low) / (high - low), 0, 1)
    spacing = _spacing(spacing_mm(case.segmentation.affine), plane)
    return np.asarray(np.rint(_squared(gray, spacing, Image.Resampling.BICUBIC) * 255), np.uint8)


def mask_picture(
    case: PhantomCase, plane: Plane, index: int, *, core: bool = False
) -> NDArray[np.uint8]:
    """Render the labels of one plane: 255 inside the lesion (with ``core``: less its edema)."""
    labels = _shown(case).labels
    wanted = labels % 2 == 1 if core and case.mimics is None else labels > 0
    lesion = upright(wanted, plane, index).astype(np.float32)
    spacing = _spacing(spacing_mm(case.segmentation.affine), plane)
    inside = _squared(lesion, spacing, Image.Resampling.NEAREST) > 0.5
    return np.where(inside, np.uint8(255), np.uint8(0))


def lesion_index(case: PhantomCase, plane: Plane) -> int:
    """Choose the plane through the largest part of the core, or of a healthy head."""
    axis = AXIS_OF[plane]
    labels = _shown(case).labels
    core = labels % 2 == 1 if case.mimics is None else labels > 0
    if core.any():
        others = tuple(a for a in range(3) if a != axis)
        return int(core.sum(axis=others).argmax())
    to_voxel = np.asarray(np.linalg.inv(case.segmentation.affine), np.float64)
    return int(np.rint(transform(to_voxel, np.array(HEALTHY_CENTER_MM))[axis]))


def _shown(case: PhantomCase) -> Segmentation:
    """Give the labels of what a case has: a tumor, or what only looks like one."""
    return case.segmentation if case.mimics is None else case.mimics


def on_label_grid(case: PhantomCase, sequence: str) -> Array:
    """Carry a sequence that has slices of its own to the grid of the labels."""
    volume, labels = case.volumes[sequence], case.segmentation
    if volume.shape == labels.labels.shape and np.array_equal(volume.affine, labels.affine):
        return volume.voxels
    into = np.linalg.inv(volume.affine) @ labels.affine
    carried = np.empty(labels.labels.shape, np.float32)
    ndimage.affine_transform(
        volume.voxels, into[:3, :3], into[:3, 3], labels.labels.shape,
        output=carried, order=1, mode="nearest",
    )  # fmt: skip
    return carried


def write_slices(
    case: PhantomCase,
    out: Path,
    *,
    sequence: str = "t1c",
    planes: tuple[Plane, ...] = PLANES,
    masks: bool = False,
) -> tuple[Path, ...]:
    """Write one PNG per plane through the lesion, and its mask if asked for.

    Returns
    -------
    tuple[Path, ...]
        The pictures `KIND-SEED-PLANE.png`; masks are named `KIND-SEED-PLANE_mask.png`.

    Raises
    ------
    BadInputError
        If the phantom has no such sequence.
    """
    if sequence not in case.volumes:
        raise BadInputError(
            f"The phantom has no {sequence}.", fix=f"It has {', '.join(case.volumes)}."
        )
    names = []
    with whole_folder(out) as folder:
        for plane in planes:
            index, stem = lesion_index(case, plane), f"{case.kind}-{case.seed:04d}-{plane}"
            names.append(f"{stem}.png")
            Image.fromarray(picture(case, sequence, plane, index)).save(folder / names[-1])
            if masks:
                Image.fromarray(mask_picture(case, plane, index)).save(folder / f"{stem}_mask.png")
    return tuple(out / name for name in names)


def _window(voxels: Array) -> tuple[float, float]:
    inside = voxels[voxels > 0.06 * float(voxels.max())]
    low, high = np.percentile(inside, WINDOW_PERCENTILES)
    return 0.5 * float(low), float(high)


def _spacing(spacing_mm: tuple[float, float, float], plane: Plane) -> tuple[float, float]:
    i, j, k = spacing_mm
    return {"axial": (j, i), "coronal": (k, i), "sagittal": (k, j)}[plane]


def _squared(gray: Array, spacing: tuple[float, float], how: Image.Resampling) -> Array:
    finest = min(spacing)
    rows, columns = (round(n * s / finest) for n, s in zip(gray.shape, spacing, strict=True))
    image = Image.fromarray(np.ascontiguousarray(gray, np.float32))
    return np.asarray(np.clip(np.asarray(image.resize((columns, rows), how)), 0, 1))
