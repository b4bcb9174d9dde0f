"""Lesions that are no tumor: they are seen, and known, but not labeled as one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from neuroscope.phantom.fields import Grid
from neuroscope.phantom.laid import Laid, Subject
from neuroscope.phantom.lesion_table import Known
from neuroscope.phantom.lesions.kinds import Kind
from neuroscope.phantom.lesions.tumor import Labels
from neuroscope.phantom.pose import STILL, Pose
from neuroscope.phantom.truth import Truth, measure_truth
from neuroscope.records.segmentation import Tissue

TISSUES_OF: Mapping[Kind, Mapping[int, Tissue]] = MappingProxyType(
    {
        "stroke": {1: Tissue("Infarct", "INF")},
        "ms": {1: Tissue("Plaque", "PLQ"), 3: Tissue("Enhancing plaque", "EPL")},
        "wmh": {1: Tissue("White-matter hyperintensity", "WMH")},
        "abscess": {
            1: Tissue("Pus", "PUS"),
            2: Tissue("Edema", "ED"),
            3: Tissue("Enhancing capsule", "CAP"),
        },
    }
)


def without_tumor(
    subject: Subject,
    laid: Laid,
    labels: Labels,
    grid: Grid,
    pose: Pose = STILL,
    known: Sequence[Known] = (),
) -> Truth:
    """Gather the truth of a head that holds a mimic: no tumor, and what there is instead.

    Parameters
    ----------
    labels, grid
        The labels of the mimic, on the grid of the images.
    known
        One for each lesion; if left out they are numbered.

    Returns
    -------
    Truth
        That of a head without a tumor, with the shift that the mimic makes, and under `mimic` its
        kind, how many there are, their volumes by the codes of their tissues, and all else that
        would be said of a tumor there.
    """
    seen = measure_truth(subject, laid, labels, grid, pose, known)
    calm = replace(laid, lesions=(), tumors=())
    none = measure_truth(subject, calm, np.zeros_like(labels), grid, pose)
    shift = {"midline_shift_mm": seen["midline_shift_mm"]}
    own = {key: value for key, value in seen.items() if value != none.get(key)}
    volumes = {
        tissue.code: round(int((labels == label).sum()) * grid.voxel_ml, 6)
        for label, tissue in TISSUES_OF[subject.kind].items()
    }
    mimic = own | {"kind": subject.kind, "number": len(laid.lesions), "volumes_ml": volumes}
    mimic["total_ml"] = round(int((labels > 0).sum()) * grid.voxel_ml, 6)
    mimic.pop("midline_shift_mm", None)
    return {**none, **shift, "mimic": mimic}
