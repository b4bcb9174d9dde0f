"""Phantoms that several tests look at: made once, coarse enough to be quick."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from neuroscope.phantom.anatomy.person import locate
from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions.lesion import Wish

COARSE_MM = 2.5


@pytest.fixture(scope="session")
def left_glioma() -> PhantomCase:
    wish = Wish(side="left", core_ml=20, edema_ml=30)
    return make_case("glioma", seed=3, spacing_mm=COARSE_MM, head=True, wish=wish)


@pytest.fixture(scope="session")
def right_meningioma() -> PhantomCase:
    wish = Wish(side="right", core_ml=15, edema_ml=0)
    return make_case("meningioma", seed=4, spacing_mm=COARSE_MM, wish=wish)


@pytest.fixture(scope="session")
def pituitary() -> PhantomCase:
    return make_case("pituitary", seed=5, spacing_mm=COARSE_MM, wish=Wish(core_ml=4))


@pytest.fixture(scope="session")
def healthy() -> PhantomCase:
    return make_case("none", seed=6, spacing_mm=COARSE_MM)


@pytest.fixture(scope="session")
def case_of() -> Callable[[str], PhantomCase]:
    """Make one phantom of a kind, skull-stripped, all by its seed; each is made once."""

    @cache
    def made(kind: str) -> PhantomCase:
        return make_case(kind, seed=11, spacing_mm=3)

    return made


@pytest.fixture(scope="session")
def template_of() -> Callable[[PhantomCase], np.ndarray]:
    """Give where the voxels of a phantom lay in the template before any lesion grew."""

    def located(case: PhantomCase) -> np.ndarray:
        shape, affine = case.segmentation.labels.shape, case.segmentation.affine
        step, start = (tuple(v.tolist()) for v in (np.diag(affine)[:3], affine[:3, 3]))
        return locate(case.subject.person, Grid(shape, step, start)).template_mm

    return located
