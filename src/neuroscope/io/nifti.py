"""NIfTI-1 and NIfTI-2 volumes, plain or gzipped; no more is unpacked than the header declares."""

import gzip
import io
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.spatialimages import HeaderDataError
from numpy.typing import ArrayLike

from neuroscope.errors import BadInputError, GeometryError, TooLargeError, UnreadableFileError
from neuroscope.io.decoding import decoding
from neuroscope.records.arrays import Array
from neuroscope.records.geometry import Affine, checked_affine, shear_deg, spacing_mm
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits

Stream = io.BufferedReader | gzip.GzipFile

# What is tolerated, and said in a caution; more is refused.
SHEAR_NOTICED_DEG = 0.5
SHEAR_REFUSED_DEG = 3.0
NOT_FINITE_FRACTION = 0.01
FORMS_DISAGREE_MM = 1.0
PLAUSIBLE_SPACING_MM = (0.05, 15.0)

_MM_PER_UNIT = {1: 1000.0, 3: 0.001}  # xyzt_units: meters, micrometers
_TRAILING_BYTES = 1024**2  # read beyond the voxels to reach the checksum of gzip
_LARGEST_OFFSET = 64 * 1024**2  # of the voxels: room for extensions


@dataclass(frozen=True, slots=True, eq=False)
class NiftiImage:
    """A volume and the doubts that its header raises."""

    volume: Volume
    cautions: tuple[str, ...] = ()


def read_nifti(path: Path, *, limits: Limits) -> Volume:
    """Read a NIfTI volume; see `read_nifti_image`, which also tells the cautions."""
    return read_nifti_image(path, limits=limits).volume


def read_nifti_image(path: Path, *, limits: Limits) -> NiftiImage:
    """Read a NIfTI volume of any orientation and any real data type.

    Voxels keep their integer type when the header scales them by 1; else they are float32.

    Raises
    ------
    BadInputError
        For 4-D images with several volumes, color or complex voxels, and when 1 % of the voxels
        or more are not finite.
    GeometryError
        If the affine is singular or sheared by more than 3 degrees.
    TooLargeError
        Above `limits.volume_voxels`.
    UnreadableFileError
        If the file is truncated, damaged or no NIfTI.
    """
    with decoding("NIfTI"), path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        file: Stream = gzip.GzipFile(fileobj=raw) if zipped else raw
        header = _read_header(file)
        shape = _shape(header, limits)
        dtype = _dtype(header)
        stored = _read_voxels(file, header, shape, dtype)
        cautions: list[str] = []
        affine = _affine(header, cautions)
        voxels = _scaled(stored, header)
    voxels = _finite(voxels, cautions)
    _check_spacing(affine, shape, cautions)
    return NiftiImage(Volume(voxels, affine), tuple(cautions))


def _read_header(file: Stream) -> Any:
    head = file.read(4)
    size = {348: 348, 540: 540}.get(int.from_bytes(head, "little")) or int.from_bytes(head, "big")
    if size not in (348, 540):
        raise UnreadableFileError("The file is no NIfTI.", fix="Export it as .nii or .nii.gz.")
    block = head + file.read(size - 4)
    if len(block) < size:
        raise UnreadableFileError(
            "The NIfTI file ends inside its header.", fix="Copy or export it again."
        )
    kind: Any = nib.Nifti1Header if size == 348 else nib.Nifti2Header
    header = kind(block, check=False)
    if b"n+" not in bytes(header["magic"].tobytes()):
        raise UnreadableFileError(
            "The file is one half of a NIfTI pair (.hdr and .img).",
            fix="Convert the pair to a single .nii or .nii.gz file.",
        )
    return header


def _shape(header: Any, limits: Limits) -> tuple[int, int, int]:
    dim = [int(n) for n in header["dim"]]
    if not 1 <= dim[0] <= 7 or any(n < 1 for n in dim[1 : dim[0] + 1]):
        raise UnreadableFileError(
            f"The header gives impossible dimensions ({dim}).", fix="Export the image again."
        )
    sizes = [*dim[1 : dim[0] + 1], 1, 1]
    i, j, k = sizes[:3]
    extra = math.prod(sizes[3:])
    if extra > 1:
        shown = " x ".join(map(str, dim[1 : dim[0] + 1]))
        raise BadInputError(
            f"The image is {dim[0]}-D ({shown}): it holds {extra} volumes.",
            fix="Save the one to analyze by itself, for example with `fslroi in.nii out.nii 0 1`.",
        )
    if i * j * k > limits.volume_voxels:
        raise TooLargeError(
            f"The volume has {i * j * k} voxels; the limit is {limits.volume_voxels}.",
            fix="Crop it to the head, or resample it to a coarser grid.",
        )
    return i, j, k


def _dtype(header: Any) -> np.dtype[Any]:
    try:
        dtype: np.dtype[Any] = np.dtype(header.get_data_dtype())
    except (HeaderDataError, KeyError):
        code = int(header["datatype"])
        raise UnreadableFileError(
            f"The header gives an unknown data type ({code}).", fix="Export the image again."
        ) from None
    if dtype.names is not None:
        raise BadInputError(
            "The voxels are colors (RGB): no plain scan.", fix="Give the gray image itself."
        )
    if dtype.kind not in "iuf":
        raise BadInputError(
            f"The voxels are of type {dtype.name}.",
            fix="Save the magnitude as float32 or int16.",
        )
    return dtype


def _read_voxels(
    file: Stream, header: Any, shape: tuple[int, int, int], dtype: np.dtype[Any]
) -> Array:
    offset = float(header["vox_offset"])
    start = int(header["sizeof_hdr"])
    if not math.isfinite(offset) or not 0 <= offset <= _LARGEST_OFFSET:
        raise UnreadableFileError(
            f"The header puts the voxels at byte {offset:g}.", fix="Export the image again."
        )
    skip = max(int(offset), start + 4) - start
    needed = math.prod(shape) * dtype.itemsize
    file.read(skip)
    content = file.read(needed)
    if len(content) < needed:
        raise UnreadableFileError(
            f"The file is truncated: it holds {len(content)} of {needed} bytes of voxels.",
            fix="Copy or export it again from where it came.",
        )
    file.read(_TRAILING_BYTES)
    return np.frombuffer(content, dtype=dtype).reshape(shape, order="F")


def _scaled(stored: Array, header: Any) -> Array:
    """Apply scl_slope and scl_inter (0 and NaN mean none) and choose a type others can use."""
    slope, inter = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or not math.isfinite(slope):
        slope, inter = 1.0, 0.0
    if not math.isfinite(inter):
        raise UnreadableFileError(
            f"The header's scl_inter is {inter}.", fix="Export the image again."
        )
    native = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    if (slope, inter) == (1.0, 0.0) and native.dtype.kind in "iu":
        return native if native.dtype.itemsize <= 4 else _narrowed(native)
    with np.errstate(over="ignore", invalid="ignore"):
        if native.dtype == np.float32 and (slope, inter) == (1.0, 0.0):
            return native
        wide: Array = native.astype(np.float64 if native.dtype.itemsize > 2 else np.float32)
        if (slope, inter) != (1.0, 0.0):
            wide = wide * slope + inter
        return wide.astype(np.float32, order="K", copy=False)


def _narrowed(native: Array) -> Array:
    fits = native.min() >= -(2**31) and native.max() < 2**31
    return native.astype(np.int32 if fits else np.float32, order="K")


def _finite(voxels: Array, cautions: list[str]) -> Array:
    if voxels.dtype.kind != "f":
        return voxels
    # One sum tells the usual case apart without an array of booleans.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(voxels.sum(dtype=np.float64)):
            return voxels
    bad = ~np.isfinite(voxels)
    number, fraction = int(bad.sum()), float(bad.mean())
    if fraction >= NOT_FINITE_FRACTION:
        raise BadInputError(
            f"{100 * fraction:.1f} % of the voxels are not finite (NaN or infinite).",
            fix="Replace them by 0 where there is no tissue, e.g. `fslmaths in.nii -nan out.nii`.",
        )
    cautions.append(f"Voxels that are not finite (NaN or infinite), set to 0: {number}.")
    return np.where(bad, voxels.dtype.type(0), voxels)


def _affine(header: Any, cautions: list[str]) -> Affine:
    try:
        qform, qcode = header.get_qform(coded=True)
    except (HeaderDataError, ValueError, np.linalg.LinAlgError):
        qform, qcode = None, 0
    sform, scode = header.get_sform(coded=True)
    if scode > 0:
        affine = sform
        if qcode > 0 and qform is not None and np.isfinite(sform).all():
            _compare_forms(sform, qform, header, cautions)
    elif qcode > 0 and qform is not None:
        affine = qform
    else:
        affine = header.get_base_affine()
        cautions.append(
            "The header gives no orientation: left and right, and the plane, are guesses."
        )
    scale = _MM_PER_UNIT.get(int(header["xyzt_units"]) & 7, 1.0)
    if scale != 1.0:
        affine = np.diag([scale, scale, scale, 1.0]) @ affine
        cautions.append("The header does not count in millimeters; it was converted.")
    matrix = checked_affine(affine)
    _check_shear(matrix, cautions)
    return matrix


def _compare_forms(sform: Array, qform: Array, header: Any, cautions: list[str]) -> None:
    ends = np.array([[0, 0, 0, 1.0], [*(np.array(header["dim"][1:4]) - 1.0), 1.0]])
    apart = float(np.linalg.norm((ends @ (sform - qform).T)[:, :3], axis=1).max())
    if apart > FORMS_DISAGREE_MM:
        cautions.append(
            f"The two orientations in the header (sform, qform) are up to {apart:.0f} mm apart; "
            "the sform was used."
        )


def _check_shear(affine: Affine, cautions: list[str]) -> None:
    shear = shear_deg(affine)
    if shear > SHEAR_REFUSED_DEG:
        raise GeometryError(
            f"The voxel axes miss being perpendicular by {shear:.1f} degrees.",
            fix="Resample the image to a straight grid first.",
        )
    if shear > SHEAR_NOTICED_DEG:
        cautions.append(f"The voxel axes miss being perpendicular by {shear:.1f} degrees.")


def _check_spacing(affine: Affine, shape: tuple[int, int, int], cautions: list[str]) -> None:
    spacing = spacing_mm(affine)
    low, high = PLAUSIBLE_SPACING_MM
    if min(spacing) < low or max(spacing) > high:
        shown = " x ".join(f"{s:.3g}" for s in spacing)
        cautions.append(f"The voxels measure {shown} mm, which is unusual for a head.")
    if 1 in shape:
        cautions.append("The volume is a single slice.")


def write_nifti(
    array: ArrayLike, affine: ArrayLike, path: Path, *, level: int = 1, description: str = ""
) -> None:
    """Write voxels with their affine as NIfTI-1, gzipped if the name ends in `.gz`.

    The same input gives the same bytes: no time stamp is written.

    Parameters
    ----------
    array
        Shape `(i, j, k)` or `(i, j, k, channels)`. Booleans become uint8, other floats float32,
        64-bit integers int32 if they fit, else float32.
    affine
        Voxel to RAS+ millimeters, shape `(4, 4)`.
    level
        Of gzip: 1 is fast, 9 small.
    description
        For the header, at most 79 letters.

    Raises
    ------
    BadInputError
        For another number of axes.
    """
    content = nifti_bytes(array, affine, description=description)
    path.write_bytes(_packed(content, level) if path.suffix == ".gz" else content)


def nifti_gz(array: ArrayLike, affine: ArrayLike) -> bytes:
    """Give what `write_nifti` would write into a file that ends in `.nii.gz`."""
    return _packed(nifti_bytes(array, affine), level=1)


def nifti_bytes(array: ArrayLike, affine: ArrayLike, *, description: str = "") -> bytes:
    """Give voxels with their affine as NIfTI-1, not compressed; as `write_nifti` else."""
    voxels = _writable(np.asarray(array))
    if voxels.ndim not in (3, 4):
        raise BadInputError(
            f"The array has {voxels.ndim} axes.", fix="Give (i, j, k) or (i, j, k, channels)."
        )
    make_image: Any = nib.Nifti1Image
    image = make_image(voxels, checked_affine(affine))
    image.header.set_xyzt_units("mm", "sec")
    image.set_sform(image.affine, code="scanner")
    image.set_qform(image.affine, code="scanner")
    image.header["descrip"] = description.encode("ascii")[:79]
    return bytes(image.to_bytes())


def _packed(content: bytes, level: int) -> bytes:
    packer = zlib.compressobj(level, wbits=31)  # a gzip container without a time stamp
    return packer.compress(content) + packer.flush()


def _writable(array: Array) -> Array:
    if array.dtype == np.bool_:
        return array.astype(np.uint8)
    if array.dtype.kind == "f":
        return array.astype(np.float32, copy=False)
    return _narrowed(array) if array.dtype.itemsize > 4 else array
