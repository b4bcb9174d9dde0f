"""Phantoms that tests of preparing share: made once, coarse enough to be quick."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.preprocess.resample import resample
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.study import Series, Study
from neuroscope.records.transform import Transform
from neuroscope.records.volume import Volume

MIDDLE_MM = np.array([0.0, -18.0, 4.0])


@pytest.fixture(scope="session")
def head() -> PhantomCase:
    """A head with a tumor on the left, 3 mm, with CT."""
    wish = Wish(side="left", core_ml=20, edema_ml=30)
    sequences = ("t1", "t1c", "t2", "flair", "ct")
    return make_case("glioma", seed=3, spacing_mm=3.0, head=True, wish=wish, sequences=sequences)


@pytest.fixture(scope="session")
def brain() -> PhantomCase:
    """What a skull strip leaves of another person, 3 mm."""
    wish = Wish(side="right", core_ml=20, edema_ml=30)
    return make_case("glioma", seed=4, spacing_mm=3.0, wish=wish)


@pytest.fixture(scope="session")
def brain_points() -> np.ndarray:
    """Five hundred points in an ellipsoid as large as a brain, in mm."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(500, 3))
    points *= (rng.uniform(0, 1, (500, 1)) ** (1 / 3)) / np.linalg.norm(points, axis=1)[:, None]
    return MIDDLE_MM + points * [68.0, 85.0, 65.0]


@pytest.fixture(scope="session")
def drawn_pose() -> Callable[..., Transform]:
    """Draw a rigid motion of up to 12 degrees about each axis and 15 mm along it."""

    def draw(seed: int, degrees: float = 12.0, mm: float = 15.0) -> Transform:
        rng = np.random.default_rng(seed)
        matrix = np.eye(4)
        angles = rng.uniform(-degrees, degrees, 3)
        matrix[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
        shift = rng.uniform(-mm, mm, 3)
        matrix[:3, 3] = MIDDLE_MM - matrix[:3, :3] @ MIDDLE_MM + shift
        return Transform(matrix)

    return draw


@pytest.fixture(scope="session")
def scanned() -> Callable[[Volume, Transform], Volume]:
    """Move a head in its scanner: the grid stays, the head lies otherwise on it."""

    def moved(volume: Volume, pose: Transform) -> Volume:
        air = float(np.median(volume.voxels[0]))
        return resample(volume, volume, to_like=pose, interpolation="spline", outside=air)

    return moved


@pytest.fixture(scope="session")
def study_of() -> Callable[..., ImportedStudy]:
    """Make a study of volumes; the ids are `s0`, `s1`, ... in the given order."""

    def made(*series: tuple[str, Volume]) -> ImportedStudy:
        named = {f"s{number}": one for number, one in enumerate(series)}
        records = tuple(Series(id=name, role=role) for name, (role, _) in named.items())
        return ImportedStudy(
            study=Study(id="st", pseudonym="NS-TEST22", series=records),
            volumes={name: volume for name, (_, volume) in named.items()},
            slices={},
            content_hash="0" * 64,
        )

    return made
