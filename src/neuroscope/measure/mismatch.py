"""The T2-FLAIR mismatch: bright and even on T2, dark inside and bright at the rim on FLAIR.

Seen in a glioma of adults that does not enhance it speaks for an astrocytoma with IDH mutation: it
is specific, not sensitive (Patel et al. 2017, doi:10.1158/1078-0432.CCR-17-0560). Cysts and
necrosis are dark on FLAIR too: the score says what is bright and dark, not why.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.measure.regions import Region, axial_axis
from neuroscope.measure.sampling import Floats, leveled
from neuroscope.records.measured import Mismatch
from neuroscope.records.measurement import Measurement
from neuroscope.records.volume import Volume

RIM_MM = 3.0
BRIGHT_T2 = 0.6  # spreads (10 to 90 % of healthy brain) above its median
DARK_FLAIR = 0.6  # spreads below the rim
SIGN = 0.4
MOST_ENHANCING = 0.05  # of the tumor, with which the sign is still looked for
LEAST_ML = 1.0


def find_mismatch(
    regions: Mapping[str, Region],
    images: Mapping[str, Volume],
    healthy_mm: Floats,
    source: str,
    *,
    sees_enhancement: bool = True,
) -> Mismatch | None:
    """Score the mismatch in the whole tumor without its rim.

    Parameters
    ----------
    images
        `t2` and `flair` in patient space, on any grid.
    healthy_mm
        Points `(n, 3)` of brain outside the tumor.
    sees_enhancement
        Whether it can be told what enhances; else there is a score, but no sign.

    Returns
    -------
    Mismatch or None
        None without both sequences, for less than 1 ml inside the rim, or for voxels thicker than
        the rim.
    """
    whole = regions["WT"]
    if not {"t2", "flair"} <= set(images):
        return None
    depth = ndimage.distance_transform_edt(whole.inside, sampling=whole.spacing_mm)
    deep, rim = depth > RIM_MM, whole.inside & (np.asarray(depth) <= RIM_MM)
    if int(deep.sum()) * whole.voxel_ml < LEAST_ML or not rim.any():  # voxels thicker than the rim
        return None
    places = whole.to_mm(np.argwhere(whole.inside))
    t2 = _level(images["t2"], healthy_mm, places)
    flair = _level(images["flair"], healthy_mm, places)
    if t2 is None or flair is None:
        return None
    is_deep, is_rim = deep[whole.inside], rim[whole.inside]
    bright_rim = float(np.percentile(flair[is_rim], 75))
    dark = flair < bright_rim - DARK_FLAIR
    differs = np.zeros_like(whole.inside)
    differs[whole.inside] = is_deep & (t2 > BRIGHT_T2) & dark
    score = float(differs.sum() / deep.sum())
    enhancing_ml = regions["ET"].ml if sees_enhancement else None
    return _shown(whole, differs, _score(score, source), enhancing_ml)


def _level(image: Volume, healthy_mm: Floats, places: Floats) -> NDArray[np.float32] | None:
    level = leveled(image, healthy_mm)
    return None if level is None else level.at(places)


def _score(score: float, source: str) -> Measurement:
    how = (
        f"share of the whole tumor deeper than {RIM_MM:g} mm that is {BRIGHT_T2:g} spreads above "
        f"healthy brain on T2, and on FLAIR {DARK_FLAIR:g} below the rim; no interval: it depends "
        "on the scan"
    )
    return Measurement("T2-FLAIR mismatch", score, "1", how, source)


def _shown(
    whole: Region, differs: NDArray[np.bool_], score: Measurement, enhancing_ml: float | None
) -> Mismatch:
    axis = axial_axis(whole.affine)
    others = tuple(other for other in range(3) if other != axis)
    shown = differs if differs.any() else whole.inside
    number = int(shown.sum(axis=others).argmax())
    center = np.array(ndimage.center_of_mass(shown.take(number, axis)))
    x, y, z = (float(v) for v in whole.to_mm(np.insert(center, axis, number)))
    enhances = enhancing_ml is not None and enhancing_ml > MOST_ENHANCING * whole.ml
    cautions = []
    if enhancing_ml is None and score.value >= SIGN:
        cautions.append(
            "Whether the tumor enhances cannot be told without T1 with contrast: the T2-FLAIR "
            "mismatch says nothing of IDH."
        )
    if enhances and score.value >= SIGN:
        cautions.append("The tumor enhances: the T2-FLAIR mismatch says nothing of IDH.")
    return Mismatch(
        score,
        score.value >= SIGN and enhancing_ml is not None and not enhances,
        axis,
        whole.corner[axis] + number,
        (x, y, z),
        tuple(cautions),
    )
