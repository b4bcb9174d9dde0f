"""Finding the brain: the grid, what the network sees, and the way back to the volume."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import BadInputError, ModelError
from neuroscope.models.brain_extractor import (
    BRIGHTEST,
    GRAPH_NAME,
    LARGEST,
    SIDECAR_NAME,
    SPACING_MM,
    UnetBrainExtractor,
    head_grid,
    largest_part,
    load_brain_extractor,
    scaled,
    seen_by_network,
)
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.records.geometry import transform
from neuroscope.records.prediction import ModelRef
from neuroscope.records.volume import Volume

MODEL = ModelRef("oracle", "1", "0" * 64)
CENTER_MM, RADII_MM = np.array([-14.0, 9.0, 22.0]), np.array([50.0, 62.0, 44.0])


def turned_about_s(degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def affine_of(steps: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Put the middle of a grid with these voxel steps 5 mm to the right of the origin."""
    affine = np.eye(4)
    affine[:3, :3] = steps
    affine[:3, 3] = [5.0, 0.0, 0.0] - steps @ (np.array(shape) - 1) / 2
    return affine


def head(shape: tuple[int, int, int], steps: np.ndarray) -> tuple[Volume, np.ndarray]:
    """A bright ellipsoid, left of the middle, in a darker block; and the ellipsoid."""
    affine = affine_of(steps, shape)
    points = transform(affine, np.moveaxis(np.indices(shape), 0, -1))
    inside = (((points - CENTER_MM) / RADII_MM) ** 2).sum(-1) < 1
    return Volume(np.where(inside, 900, 200).astype(np.int16), affine), inside


def bright(channels: np.ndarray) -> np.ndarray:
    """Call brain what is bright: `(1, 1, i, j, k)` to `(1, 1, 1, i, j, k)`."""
    return ((channels - 0.5) * 20)[:, None].astype(np.float32)


GRIDS = {
    "as stored by LPS scanners": ((88, 80, 64), np.diag([-2.0, -2.2, 2.5])),
    "axes exchanged": ((64, 88, 80), np.array([[0, 2.0, 0], [0, 0, -2.2], [2.5, 0, 0]])),
    "oblique": ((84, 80, 60), turned_about_s(17.0) @ np.diag([2.1, 2.2, 2.6])),
}


@pytest.mark.parametrize("name", GRIDS)
def test_the_brain_is_found_where_it_lies_on_the_volumes_own_grid(name):
    volume, truth = head(*GRIDS[name])
    found = UnetBrainExtractor(bright, MODEL)(volume)

    assert found.shape == volume.shape
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.97
    middle = volume.to_mm(np.argwhere(found).mean(0))
    np.testing.assert_allclose(middle, CENTER_MM, atol=0.6)


def test_a_mirrored_head_has_the_mirrored_mask_even_of_a_network_that_prefers_a_side():
    def leaning(channels: np.ndarray) -> np.ndarray:
        toward_right = np.linspace(-6, 6, channels.shape[2])[:, None, None]
        return (bright(channels) + toward_right).astype(np.float32)

    volume, _ = head((88, 80, 64), np.diag([2.0, 2.2, 2.5]))
    around = np.diag([-1.0, 1.0, 1.0, 1.0]) @ volume.affine  # the head seen in a mirror
    found = UnetBrainExtractor(leaning, MODEL)(volume)
    mirrored = UnetBrainExtractor(leaning, MODEL)(Volume(volume.voxels, around))

    assert found.any()
    assert (found != mirrored).mean() < 1e-4


@pytest.mark.parametrize(("darkest", "is_found"), [(0, False), (-1000, True)])
def test_less_is_asked_for_in_ct(darkest, is_found):
    def unsure(channels: np.ndarray) -> np.ndarray:
        inside = channels > 0.3
        return np.where(inside, np.log(0.4 / 0.6), -20)[:, None].astype(np.float32)

    volume, truth = head((88, 80, 64), np.diag([2.0, 2.2, 2.5]))
    voxels = np.where(truth, 40, darkest).astype(np.int16)
    extract = UnetBrainExtractor(unsure, MODEL)
    if is_found:
        assert extract(Volume(voxels, volume.affine)).sum() > 0.8 * truth.sum()
    else:
        with pytest.raises(BadInputError, match="look like brain"):
            extract(Volume(voxels, volume.affine))


@pytest.mark.parametrize("name", GRIDS)
def test_the_grid_holds_the_whole_volume_with_axes_to_r_a_s(name):
    volume, _ = head(*GRIDS[name])
    shape, affine = head_grid(volume)

    assert all(side % 16 == 0 for side in shape)
    np.testing.assert_array_equal(affine[:3, :3], np.eye(3) * SPACING_MM)
    corners = np.array(np.meshgrid(*((0, n - 1) for n in volume.shape))).reshape(3, -1).T
    index = np.linalg.inv(affine) @ np.c_[volume.to_mm(corners), np.ones(8)].T
    assert index[:3].min() >= -0.5 - 1e-9
    assert (index[:3].max(1) <= np.array(shape) - 0.5 + 1e-9).all()
    np.testing.assert_allclose(index[:3].mean(1), (np.array(shape) - 1) / 2, atol=1e-9)


def test_the_grid_has_the_sides_counted_by_hand():
    volume = Volume(np.zeros((101, 31, 200), np.uint8), np.diag([1.5, 2.0, 3.5, 1.0]))
    shape, affine = head_grid(volume)
    # spans of 150, 60 and 696.5 mm are 50, 20 and 232.2 voxels: in sixteens, 32 at least
    assert shape == (64, 32, LARGEST)
    np.testing.assert_allclose(
        affine[:3, 3], [75 - 31.5 * 3, 30 - 15.5 * 3, 696.5 / 2 - (LARGEST - 1) / 2 * 3]
    )


def test_gray_values_are_scaled_by_their_darkest_and_brightest_percent():
    values = np.arange(1001, dtype=np.float32).reshape(7, 11, 13)
    seen = scaled(values)
    assert seen.dtype == np.float32
    # the 1st and 99th percentile of 0..1000 are 10 and 990
    np.testing.assert_allclose(seen.ravel()[[0, 10, 500, 990]], [0, 0, 0.5, 1], atol=1e-6)
    values[-1, -1, -1] = 1e6
    assert scaled(values).max() == BRIGHTEST
    assert not scaled(np.full((4, 5, 6), 7.0, np.float32)).any()


def test_ct_is_told_by_its_air_and_cut_to_soft_tissue():
    values = np.full((10, 10, 10), -1000.0, np.float32)
    values[5:] = 1500.0  # bone
    values[4] = 50.0
    seen = scaled(values)
    assert seen[0, 0, 0] == 0
    assert seen[4, 0, 0] == pytest.approx(0.5)  # (50 + 150) / (250 + 150)
    assert seen[9, 0, 0] == 1
    bright_mr = values - values.min()
    assert scaled(bright_mr)[4, 0, 0] == pytest.approx(1050 / 2500)


def test_beyond_the_volume_lies_what_is_darkest_in_it():
    voxels = np.full((20, 24, 28), 50, np.int16)
    voxels[:10] = 1050
    voxels[0, 0, 0] = -1000
    seen = seen_by_network(
        Volume(voxels, np.diag([3.0, 3.0, 3.0, 1.0])), (32, 32, 32), np.diag([3.0, 3.0, 3.0, 1.0])
    )
    assert seen[31, 31, 31] == 0
    assert seen[15, 12, 14] == pytest.approx(0.5), "HU, as its air tells"


def test_the_largest_part_is_kept_without_its_holes():
    mask = np.zeros((12, 10, 8), bool)
    mask[1:7, 1:8, 1:7] = True
    mask[3, 4, 3] = False  # inside: filled
    mask[6, 1:3, 1:3] = False  # at the rim: kept
    wanted = mask.copy()
    wanted[3, 4, 3] = True
    mask[9:11, 2:5, 2:5] = True
    np.testing.assert_array_equal(largest_part(mask), wanted)
    assert not largest_part(np.zeros((3, 4, 5), bool)).any()


@pytest.mark.parametrize("radius", [0, 30])
def test_what_is_too_small_for_a_brain_is_refused_with_its_size(radius):
    def ball(channels: np.ndarray) -> np.ndarray:
        middle = (np.array(channels.shape[2:]).reshape(3, 1, 1, 1) - 1) / 2
        i, j, k = (np.indices(channels.shape[2:]) - middle) * SPACING_MM
        inside = i**2 + j**2 + k**2 < radius**2
        return np.where(inside, 9, -9)[None, None, None].astype(np.float32)

    volume, _ = head(*GRIDS["oblique"])
    with pytest.raises(BadInputError, match="look like brain") as refused:
        UnetBrainExtractor(ball, MODEL)(volume)
    ml = int(refused.value.problem.split()[1])
    assert ml == pytest.approx(4 / 3 * np.pi * (radius / 10) ** 3, rel=0.1)


def test_the_shipped_extractor_finds_the_brain_of_a_phantom():
    from neuroscope.phantom.case import make_case

    case = make_case("none", seed=4, spacing_mm=3.0, sequences=("t1", "flair"), head=True)
    bare = make_case("none", seed=4, spacing_mm=3.0, sequences=("t1",)).volumes["t1"]
    extractor = load_brain_extractor(threads=1)
    for name in ("t1", "flair"):
        volume = case.volumes[name]
        truth = seen_from(bare, volume)
        found = extractor(volume)
        assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.9
    assert extractor.model.name == "brain"


def seen_from(bare: Volume, like: Volume) -> np.ndarray:
    """The nearest voxel of a stripped head says what is brain."""
    index = bare.to_voxel(like.to_mm(np.moveaxis(np.indices(like.shape), 0, -1)))
    nearest = np.rint(index).astype(int)
    valid = ((nearest >= 0) & (nearest < bare.shape)).all(-1)
    nearest[~valid] = 0
    return valid & (np.asarray(bare.voxels)[tuple(np.moveaxis(nearest, -1, 0))] > 0)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in (GRAPH_NAME, SIDECAR_NAME):
        (tmp_path / name).write_bytes((SHIPPED_WEIGHTS / name).read_bytes())
    return tmp_path


def test_the_shipped_graph_is_the_one_its_description_names(copied):
    described = json.loads((copied / SIDECAR_NAME).read_text())
    digest = hashlib.sha256((copied / GRAPH_NAME).read_bytes()).hexdigest()
    assert described["onnx_sha256"] == digest
    assert load_brain_extractor(weights=copied, threads=1).model.sha256 == described["sha256"]


@pytest.mark.parametrize("name", [GRAPH_NAME, SIDECAR_NAME])
def test_missing_files_are_said(copied, name):
    (copied / name).unlink()
    with pytest.raises(ModelError, match="weights of the brain network are missing"):
        load_brain_extractor(weights=copied, threads=1)


def test_a_damaged_graph_is_refused(copied):
    graph = copied / GRAPH_NAME
    graph.write_bytes(graph.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match=r"brain\.onnx is not the file"):
        load_brain_extractor(weights=copied, threads=1)
