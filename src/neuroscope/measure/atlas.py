"""Where lesions lie, by an atlas that was registered to the patient: shares and distances."""

import numpy as np
from scipy.spatial import cKDTree

from neuroscope.measure.regions import Region
from neuroscope.records.geometry import transform
from neuroscope.records.measurement import Measurement
from neuroscope.records.segmentation import Segmentation

ERROR_MM = 5.0  # of an affine registration to a brain with a tumor
LEAST_SHARE = 0.01


def shares(atlas: Segmentation, region: Region) -> dict[str, float]:
    """Say how much of a region lies in each place of an atlas, largest first; 0..1.

    The atlas may lie on any grid in patient space. What lies in no place is left out.
    """
    index = np.argwhere(region.inside)
    if not len(index):
        return {}
    back = np.asarray(np.linalg.inv(atlas.affine), np.float64)
    at = np.round(transform(back, region.to_mm(index))).astype(int)
    within = ((at >= 0) & (at < atlas.labels.shape)).all(1)
    found, number = np.unique(atlas.labels[tuple(at[within].T)], return_counts=True)
    parts = {
        atlas.tissues[int(label)].name: float(n) / len(index)
        for label, n in zip(found, number, strict=True)
        if int(label) in atlas.tissues
    }
    return dict(sorted(parts.items(), key=lambda entry: -entry[1]))


def main_place(atlas: Segmentation, region: Region) -> str:
    """Name the place that holds most of a region; empty if none does."""
    return next(iter(shares(atlas, region)), "")


def knows(atlas: Segmentation | None, word: str) -> bool:
    """Tell whether an atlas has a place whose name holds a word."""
    return atlas is not None and any(word in t.name.lower() for t in atlas.tissues.values())


def share_of(atlas: Segmentation, region: Region, word: str) -> float:
    """Say how much of a region lies in places whose name holds a word."""
    return float(sum(part for name, part in shares(atlas, region).items() if word in name.lower()))


def distance_mm(atlas: Segmentation, region: Region, word: str) -> float | None:
    """Measure from a region to the nearest place whose name holds a word, between voxel centers."""
    labels = [label for label, tissue in atlas.tissues.items() if word in tissue.name.lower()]
    index = np.argwhere(np.isin(atlas.labels, labels))
    if not len(index) or region.is_empty:
        return None
    tree = cKDTree(transform(atlas.affine, index))
    return float(np.min(tree.query(region.to_mm(np.argwhere(region.inside)))[0]))


def place_measurements(atlas: Segmentation, region: Region, source: str) -> tuple[Measurement, ...]:
    """State the share of a region in every place that holds 1 % or more."""
    how = f"share of the voxels in {atlas.author}, registered to some {ERROR_MM:g} mm"
    return tuple(
        Measurement(f"share in {name}", part, "1", how, source)
        for name, part in shares(atlas, region).items()
        if part >= LEAST_SHARE
    )
