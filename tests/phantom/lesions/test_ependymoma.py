import numpy as np
from scipy import ndimage

from neuroscope.phantom.case import make_case
from neuroscope.phantom.lesions.lesion import Wish


def spread(kind: str, seed: int) -> float:
    """Measure how far from its middle a core reaches, in radii of the sphere of its volume."""
    wish = Wish(core_ml=25, edema_ml=0)
    case = make_case(kind, seed=seed, spacing_mm=3, sequences=("t1",), wish=wish)
    points = np.argwhere(case.segmentation.labels % 2 == 1) * 3.0
    radius = np.cbrt(25000 * 3 / 4 / np.pi)
    return float(np.linalg.norm(points - points.mean(0), axis=1).max() / radius)


def test_it_molds_itself_to_the_openings_more_than_a_medulloblastoma():
    seeds = range(3)

    assert np.mean([spread("ependymoma", s) for s in seeds]) > 1.05 * np.mean(
        [spread("medulloblastoma", s) for s in seeds]
    )


def test_it_enhances_unevenly(case_of):
    labels = case_of("ependymoma").segmentation.labels
    _, parts = ndimage.label(labels == 1)

    assert parts >= 1
    assert 0.05 < (labels == 1).sum() / (labels % 2 == 1).sum() < 0.8
