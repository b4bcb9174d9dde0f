"""What of a volume is head, what is background, and which gray values count."""

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.records.volume import Volume

Mask = NDArray[np.bool_]

CT_AIR_HU = -500.0  # no MR image has values this low, every CT of a head does
CT_WINDOW_HU = (-150.0, 250.0)
HEAD_THRESHOLD = 0.10  # between background and bright tissue
SAMPLED = 200_000  # voxels that percentiles are taken from
MOSTLY = 0.5  # of the rim of an image that was masked holds one value
AIR_NOISE = 0.05  # of bright tissue: what differs less from the rest of the rim is noise in air
LEAST_NOISY = 0.02  # of the rim: quiet air in whole numbers has one value mostly, a mask always

_FOUND: WeakKeyDictionary[Volume, Mask] = WeakKeyDictionary()


def finite(voxels: NDArray[Any]) -> NDArray[np.float32]:
    """Copy as float32, with what is not finite at the lowest finite value."""
    values = np.array(voxels, np.float32)
    good = np.isfinite(values)
    if not good.all():
        values[~good] = values[good].min() if good.any() else 0.0
    return values


def looks_like_ct(volume: Volume) -> bool:
    """Tell Hounsfield units, where air lies near -1000, from the gray values of MR."""
    sample = _sample(volume.voxels)
    return bool(np.percentile(sample, 2) < CT_AIR_HU and sample.max() > 0)


def background(volume: Volume) -> float | None:
    """Find the value that a mask left outside: None if the image was not masked.

    It need not be 0: images that were normalized after the mask was applied have another.
    """
    voxels = volume.voxels
    faces = [
        np.ravel(voxels[(slice(None),) * axis + (end,)]) for axis in range(3) for end in (0, -1)
    ]
    values, counts = np.unique(np.concatenate(faces), return_counts=True)
    top = int(counts.argmax())
    if counts[top] < MOSTLY * counts.sum():
        return None
    fill = values[top]
    if float(np.mean(voxels == fill)) <= 0.2:
        return None
    off = np.abs(values.astype(np.float64) - float(fill))
    weak = (off > 0) & (off <= AIR_NOISE * _brightness(voxels, fill))
    return None if counts[weak].sum() > LEAST_NOISY * counts.sum() else float(fill)


def foreground(volume: Volume) -> Mask:
    """Find the head: all that is not the masked background, else all that is brighter than air.

    Holes are filled slice by slice along the last axis. All False for a constant volume. Asked
    several times while a study is prepared, it is found once for a volume, which never changes; so
    the mask cannot be written to.
    """
    known = _FOUND.get(volume)
    if known is None:
        known = _found(volume)
        known.flags.writeable = False
        _FOUND[volume] = known
    return known


def _found(volume: Volume) -> Mask:
    values = finite(volume.voxels)
    fill = background(volume)
    if fill is not None and not looks_like_ct(volume):
        inside = values != np.float32(fill)
        noise = _noise_floor(values, inside)
        inside &= np.abs(values - np.float32(fill)) > noise
    else:
        inside = values > _air_threshold(values, is_ct=looks_like_ct(volume))
    return _largest_filled(inside)


def head_center_mm(volume: Volume) -> NDArray[np.float64]:
    """Give the middle of the head `(3,)`, from where motions are told; else that of the volume."""
    head = foreground(volume)
    index = np.argwhere(head if head.any() else ~head)
    return volume.to_mm(index.mean(0))


def gray_range(volume: Volume, inside: Mask) -> tuple[float, float]:
    """Give the gray values between which tissue differs: a window for CT, percentiles for MR."""
    if looks_like_ct(volume):
        return CT_WINDOW_HU
    values = finite(volume.voxels[inside]) if inside.any() else finite(volume.voxels).ravel()
    low, high = np.percentile(_sample(values), (0.5, 99.5))
    return float(low), float(high)


def _brightness(voxels: NDArray[Any], fill: Any) -> float:
    """Tell how far bright tissue lies from the background."""
    off = np.abs(_sample(voxels) - np.float32(fill))
    off = off[off > 0]
    return float(np.percentile(off, 90)) if off.size else 0.0


def _noise_floor(values: NDArray[np.float32], inside: Mask) -> float:
    """Tell how weak a voxel is background noise that a mask did not remove."""
    if not inside.any():
        return 0.0
    bright = float(np.percentile(np.abs(_sample(values[inside])), 90))
    return 0.01 * bright


def _air_threshold(values: NDArray[np.float32], *, is_ct: bool) -> float:
    if is_ct:
        return -300.0
    air, bright = np.percentile(_sample(values), (5, 98))
    if bright <= air:
        bright = float(values.max())
    return float(air + HEAD_THRESHOLD * (bright - air))


def _largest_filled(inside: Mask) -> Mask:
    parts, number = ndimage.label(inside)
    if not number:
        return inside
    largest = int(np.bincount(parts.ravel())[1:].argmax()) + 1
    whole = parts == largest
    for k in range(whole.shape[2]):
        whole[:, :, k] = ndimage.binary_fill_holes(whole[:, :, k])
    return np.asarray(whole, np.bool_)


def _sample(values: NDArray[Any]) -> NDArray[np.float32]:
    flat = np.ravel(values)
    return np.asarray(flat[:: max(1, flat.size // SAMPLED)], np.float32)
