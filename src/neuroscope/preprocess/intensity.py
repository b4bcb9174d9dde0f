"""Even out the brightness of an image, and bring gray values to one scale."""

from dataclasses import dataclass

import numpy as np
import SimpleITK
from numpy.typing import NDArray

from neuroscope.preprocess.foreground import Mask, background, finite, looks_like_ct
from neuroscope.preprocess.resample import coarser, from_image, resample, to_image
from neuroscope.records.study import Role
from neuroscope.records.volume import Volume

LEAST_UNEVEN = 0.03  # standard deviation of the logarithm of the field; less is left alone
SHRUNK_MM = 4.0
N4_STEPS = (40, 40, 40)  # three levels: the field is no finer than 50 mm, an edema is
QUANTITATIVE: tuple[Role, ...] = ("ct", "adc")  # their values mean something by themselves
ENTROPY_BINS = 100


@dataclass(frozen=True, slots=True)
class BiasReport:
    """What was found and done about uneven brightness.

    Attributes
    ----------
    corrected
        Whether the image was changed.
    unevenness
        Standard deviation of the logarithm of the field in the brain; None if not measured.
    reason
        A sentence.
    """

    corrected: bool
    unevenness: float | None
    reason: str


def correct_bias(volume: Volume, brain: Mask, *, role: Role = "mr") -> tuple[Volume, BiasReport]:
    """Even out an MR image with N4, if it is uneven enough and the correction makes it simpler.

    Parameters
    ----------
    brain
        True in the brain, shape `(i, j, k)`.

    Returns
    -------
    tuple
        The image (the same object where nothing was done), and what was found.

    References
    ----------
    Tustison et al. 2010, IEEE TMI 29:1310, doi:10.1109/TMI.2010.2046908.
    """
    refused = _not_for(volume, role)
    if refused:
        return volume, BiasReport(False, None, refused)
    small = coarser(Volume(finite(volume.voxels), volume.affine), SHRUNK_MM)
    share = coarser(Volume(brain.astype(np.float32), volume.affine), SHRUNK_MM).voxels
    seen = (share > 0.9) & (small.voxels > 0)
    if seen.sum() < 1000:
        return volume, BiasReport(False, None, "Too little brain to measure unevenness.")
    field = _log_field(small, seen)
    unevenness = float(field[seen].std())
    if unevenness < LEAST_UNEVEN:
        reason = f"Even enough ({100 * unevenness:.1f} %): left as it is."
        return volume, BiasReport(False, unevenness, reason)
    before, after = (_entropy(np.log(small.voxels[seen]) - part) for part in (0.0, field[seen]))
    if after >= before:
        reason = "The correction would not make tissues more alike: left as it is."
        return volume, BiasReport(False, unevenness, reason)
    middle = float(field[seen].mean())
    whole = resample(
        Volume(np.where(share > 0, field - middle, 0).astype(np.float32), small.affine), volume
    )
    evened = finite(volume.voxels) / np.exp(whole.voxels)
    reason = f"Uneven by {100 * unevenness:.1f} %: corrected (N4)."
    return Volume(evened, volume.affine), BiasReport(True, unevenness, reason)


def _not_for(volume: Volume, role: Role) -> str:
    if role in QUANTITATIVE or looks_like_ct(volume):
        return "Its values have a unit: never corrected."
    if background(volume) is not None and float(np.min(volume.voxels)) < 0:
        return "Already normalized around 0: left as it is."
    return ""


def _log_field(small: Volume, seen: Mask) -> NDArray[np.float32]:
    n4 = SimpleITK.N4BiasFieldCorrectionImageFilter()
    n4.SetNumberOfThreads(1)
    n4.SetMaximumNumberOfIterations(list(N4_STEPS))
    image = to_image(np.maximum(small.voxels, 0).astype(np.float32), small.affine)
    n4.Execute(image, to_image(seen.astype(np.uint8), small.affine))
    return np.asarray(from_image(n4.GetLogBiasFieldAsImage(image)), np.float32)


def _entropy(logarithms: NDArray[np.floating]) -> float:
    """Measure how spread the gray values are, in nats, on bins that move with their median."""
    centered = logarithms - np.median(logarithms)
    counts, _ = np.histogram(np.clip(centered, -1.5, 1.5), ENTROPY_BINS, (-1.5, 1.5))
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())
