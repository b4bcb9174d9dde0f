import numpy as np
import pytest
from scipy import ndimage

from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.lesions.lesion import Wish


@pytest.fixture(scope="module")
def fine() -> PhantomCase:
    wish = Wish(core_ml=12, edema_ml=20)
    return make_case("abscess", seed=3, spacing_mm=1.5, sequences=("t1c", "dwi"), wish=wish)


def test_the_capsule_is_thin_closed_and_even(fine):
    labels = fine.mimics.labels
    pus, capsule = labels == 1, labels == 3
    thickness = 2 * ndimage.distance_transform_edt(capsule, sampling=1.5)[capsule].max()
    grown = ndimage.binary_dilation(pus)

    assert 1.5 <= thickness <= 6.5
    assert (labels[grown & ~pus] == 3).mean() > 0.99


def test_pus_restricts_diffusion_and_the_capsule_enhances(fine):
    labels = fine.mimics.labels
    pus = {r: float(np.median(v.voxels[labels == 1])) for r, v in fine.volumes.items()}
    rest = {r: float(np.median(v.voxels[labels == 2])) for r, v in fine.volumes.items()}
    capsule = float(np.median(fine.volumes["t1c"].voxels[labels == 3]))

    assert pus["dwi"] > 1.2 * rest["dwi"]
    assert capsule > 1.3 * pus["t1c"]
