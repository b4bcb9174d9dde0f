"""From probabilities of nested regions to labels, by rules that never delete a metastasis for its
size beside a larger one: a part is dropped only if it is tiny and nowhere sure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.records.segmentation import Tissue
from neuroscope.records.segmented import TumorRule

NECROTIC, EDEMA, ENHANCING = 1, 2, 3
TISSUES: Mapping[int, Tissue] = MappingProxyType(
    {
        NECROTIC: Tissue("Necrotic and non-enhancing tumor", "NCR"),
        EDEMA: Tissue("Edema", "ED"),
        ENHANCING: Tissue("Enhancing tumor", "ET"),
    }
)
LABELS_OF: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"WT": (NECROTIC, EDEMA, ENHANCING), "TC": (NECROTIC, ENHANCING), "ET": (ENHANCING,)}
)
EVERYWHERE = np.ones((3, 3, 3), bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is too small to be believed, for one type of tumor.

    Attributes
    ----------
    tiny_ml
        Parts of the whole tumor below this volume are dropped if they are nowhere sure.
    sure
        A part with a voxel at least this probable is kept, whatever its size.
    least_enhancing_ml
        Less enhancing tumor than this, in all, is called necrotic or non-enhancing.
    """

    tiny_ml: float
    sure: float
    least_enhancing_ml: float


RULES: Mapping[TumorRule, Rule] = MappingProxyType(
    {
        "glioma": Rule(tiny_ml=0.1, sure=0.9, least_enhancing_ml=0.05),
        "metastases": Rule(tiny_ml=0.02, sure=0.8, least_enhancing_ml=0.0),
        "other": Rule(tiny_ml=0.1, sure=0.9, least_enhancing_ml=0.0),
    }
)


def labels_of(
    p_region: Mapping[str, NDArray[np.floating]],
    voxel_ml: float,
    *,
    rule: TumorRule = "other",
    thresholds: Mapping[str, float] = MappingProxyType({}),
) -> NDArray[np.uint8]:
    """Make BraTS 2023 labels.

    Parameters
    ----------
    p_region
        WT, TC and ET, each `(i, j, k)`. Perfect masks (0 or 1) come back unchanged.
    voxel_ml
        Volume of a voxel.
    thresholds
        By region; 0.5 where none is given.

    Returns
    -------
    NDArray[np.uint8]
        0 background, 1 necrotic or non-enhancing, 2 edema, 3 enhancing.
    """
    chosen = RULES[rule]
    whole = p_region["WT"] > thresholds.get("WT", 0.5)
    whole = _believed(whole, p_region["WT"], voxel_ml, chosen)
    core = (p_region["TC"] > thresholds.get("TC", 0.5)) & whole
    enhancing = (p_region["ET"] > thresholds.get("ET", 0.5)) & core
    if enhancing.sum() * voxel_ml < chosen.least_enhancing_ml:
        enhancing = np.zeros_like(enhancing)
    labels = np.zeros(whole.shape, np.uint8)
    labels[whole] = EDEMA
    labels[core] = NECROTIC
    labels[enhancing] = ENHANCING
    return labels


def _believed(
    mask: NDArray[np.bool_], p: NDArray[np.floating], voxel_ml: float, rule: Rule
) -> NDArray[np.bool_]:
    """Drop parts that are tiny and nowhere sure."""
    parts, number = ndimage.label(mask, EVERYWHERE)
    if number == 0:
        return mask
    index = np.arange(1, number + 1)
    volume = np.bincount(parts.ravel(), minlength=number + 1)[1:] * voxel_ml
    surest = np.asarray(ndimage.maximum(p, parts, index))
    kept = np.concatenate([[False], (volume >= rule.tiny_ml) | (surest >= rule.sure)])
    return np.asarray(kept[parts])
