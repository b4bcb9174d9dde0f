"""The segmenter that ships, on phantoms that no training has seen."""

from itertools import combinations

import numpy as np
import pytest

from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.models.unet_segmenter import UnetSegmenter, load_segmenter
from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.records.segmenterspec import CHANNELS
from neuroscope.records.volume import Volume

SUBSETS = [subset for n in range(1, 5) for subset in combinations(CHANNELS, n)]


@pytest.fixture(scope="module")
def segmenter() -> UnetSegmenter:
    return load_segmenter(threads=1)


@pytest.fixture(scope="module")
def glioma() -> PhantomCase:
    return make_case("glioblastoma", seed=31, spacing_mm=2.0, sequences=CHANNELS)


def study_of(case: PhantomCase, keep: tuple[str, ...] = CHANNELS) -> SegmenterStudy:
    volumes = {name: case.volumes[name] for name in keep}
    brain = np.asarray(case.volumes["t1"].voxels) > 0
    return SegmenterStudy(volumes, Volume(brain.astype(np.uint8), case.volumes["t1"].affine))


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


def test_a_glioma_is_found_where_it_is_with_its_parts(segmenter, glioma):
    found = np.asarray(segmenter.segment(study_of(glioma)).segmentation.labels)
    truth = np.asarray(glioma.segmentation.labels)

    assert dice(found > 0, truth > 0) > 0.75
    assert dice(np.isin(found, (1, 3)), np.isin(truth, (1, 3))) > 0.6
    assert dice(found[::-1] > 0, truth > 0) < 0.5, "not where its mirror image would be"


def test_a_healthy_brain_stays_empty(segmenter):
    case = make_case("none", seed=32, spacing_mm=2.0, sequences=CHANNELS)
    found = np.asarray(segmenter.segment(study_of(case)).segmentation.labels)
    assert (found > 0).sum() * 0.008 < 1


@pytest.mark.parametrize("keep", SUBSETS, ids="-".join)
def test_every_subset_is_segmented_or_said_to_be_too_little(segmenter, glioma, keep):
    found = segmenter.segment(study_of(glioma, keep))
    overlap = dice(
        np.asarray(found.segmentation.labels) > 0, np.asarray(glioma.segmentation.labels) > 0
    )
    told = " ".join(found.cautions)

    assert found.present == keep
    assert ("Segmented without" in told) == (keep != CHANNELS)
    assert overlap > 0.4 or "does not mean that there is no tumor" in told
