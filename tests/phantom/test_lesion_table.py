import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from neuroscope.phantom.anatomy.regions import REGIONS
from neuroscope.phantom.case import PhantomCase, lay_grid, make_case
from neuroscope.phantom.course import Course
from neuroscope.phantom.laid import Laid, lay
from neuroscope.phantom.lesion_table import known_of, lesion_table
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.pose import STILL
from neuroscope.phantom.series import SeriesPlan, make_series

SEED = 7  # its four lesions lie on both sides


@pytest.fixture(scope="module")
def several() -> PhantomCase:
    return make_case("metastases", seed=SEED, spacing_mm=3, sequences=("t1c",), wish=Wish(number=4))


@pytest.fixture(scope="module")
def laid(left_glioma: PhantomCase) -> Laid:
    """Lay a lesion that pushes nothing, so that the brain is where it was."""
    grid, _ = lay_grid(3, None, head=False)
    lesions = tuple(replace(lesion, pushed_ml=0.0) for lesion in left_glioma.lesions)
    return lay(left_glioma.subject.person, lesions, grid)


def core_of(case: PhantomCase) -> Mask:
    return case.segmentation.labels % 2 == 1


def moved_to(laid: Laid, case: PhantomCase, core: Mask) -> dict[str, object]:
    """Describe the first lesion as if it were this core."""
    grid = laid.place.grid
    box = tuple(slice(0, n) for n in grid.shape)
    labels = np.where(core, np.uint8(3), np.uint8(0))
    other = replace(laid, tumors=(replace(laid.tumors[0], box=box, grid=grid, labels=labels),))
    known = known_of(case.lesions)
    return lesion_table(case.subject, other, other.labels(), laid.place.grid, STILL, known)[0]


def test_every_lesion_has_a_row_and_their_volumes_add_up(several):
    rows, truth = several.truth["lesions"], several.truth

    assert [row["id"] for row in rows] == [f"lesion-{n}" for n in (1, 2, 3, 4)]
    assert {row["kind"] for row in rows} == {"metastases"}
    for code, volume in truth["volumes_ml"].items():
        assert sum(row["volumes_ml"][code] for row in rows) == pytest.approx(volume)
    assert sum(row["wanted_core_ml"] for row in rows) == pytest.approx(truth["wanted_core_ml"])


def test_each_row_tells_of_its_own_lesion(several):
    affine, core = several.segmentation.affine, core_of(several)
    at = np.argwhere(core) @ affine[:3, :3].T + affine[:3, 3]
    centers = np.array([lesion.center_mm for lesion in several.lesions])
    nearest = np.linalg.norm(at[:, None] - centers[None], axis=2).argmin(1)
    for number, (row, lesion) in enumerate(
        zip(several.truth["lesions"], several.lesions, strict=True)
    ):
        assert row["core_ml"] == pytest.approx(lesion.core_ml, abs=several.truth["voxel_ml"])
        own = at[nearest == number]
        assert np.linalg.norm(own.mean(0) - row["position_mm"]) < 3
        assert np.linalg.norm(lesion.center_mm - row["position_mm"]) < 8
        assert row["lobe"] in REGIONS
        assert row["side"] == lesion.side


def test_a_row_of_one_lesion_agrees_with_the_head(left_glioma):
    truth = left_glioma.truth
    (row,) = truth["lesions"]

    assert row["position_mm"] == truth["center_mm"]
    assert (row["hemisphere"], row["lobe"]) == (truth["hemisphere"], truth["region"])
    assert row["regions"] == truth["regions"]
    for name in ("longest_diameter_mm", "bidimensional_mm", "equivalent_diameter_mm"):
        assert row[name] == truth[name]
    assert row["distances_mm"] == truth["distances_mm"]
    assert {"ventricles", "midline", "hand knob left"} <= set(row["distances_mm"])


def test_lesions_on_both_sides_are_said_to_be_on_both_sides(several):
    sides = {row["hemisphere"] for row in several.truth["lesions"]}

    assert {"left", "right"} <= sides
    assert several.truth["hemisphere"] == "both"


def test_the_head_has_the_distance_of_its_nearest_lesion(several):
    rows = several.truth["lesions"]
    for name, distance in several.truth["distances_mm"].items():
        assert distance == min(row["distances_mm"][name] for row in rows)


def test_a_lesion_across_the_midline_is_bilateral_and_touches_it(laid, left_glioma):
    x, y, z = laid.place.template_mm
    near = (np.abs(y + 20) < 20) & (np.abs(z - 20) < 10)
    across, aside = near & (x > -25) & (x < 8), near & (x < -20) & (x > -40)

    wide, narrow = moved_to(laid, left_glioma, across), moved_to(laid, left_glioma, aside)
    assert (narrow["hemisphere"], narrow["is_bilateral"]) == ("left", False)
    assert (wide["hemisphere"], wide["is_bilateral"]) == ("left", True)
    assert wide["distances_mm"]["midline"] == 0
    midline = (np.abs(x) < 1.6) & (laid.place.depth_mm > 0)
    apart = ndimage.distance_transform_edt(~midline, sampling=laid.place.grid.spacing)
    assert narrow["distances_mm"]["midline"] == pytest.approx(apart[aside].min(), abs=2)


def test_a_lesion_without_a_voxel_has_no_place(laid, left_glioma):
    row = moved_to(laid, left_glioma, np.zeros(laid.place.grid.shape, bool))

    assert row["position_mm"] is row["lobe"] is row["hemisphere"] is None
    assert row["core_ml"] == 0
    assert row["distances_mm"] == {}


@pytest.mark.parametrize("slice_mm", [3, 6])
def test_each_lesion_keeps_its_id_place_and_volume_in_thick_slices_and_poses(several, slice_mm):
    plan = SeriesPlan(days=(0,), course=Course(law="stable"))
    (other,) = make_series(
        "metastases",
        seed=SEED,
        plan=plan,
        spacing_mm=3,
        slice_mm=slice_mm,
        sequences=("t1c",),
        wish=Wish(number=4),
    )
    voxel_ml, pose = other.truth["voxel_ml"], np.array(other.truth["pose"])
    for there, here in zip(several.truth["lesions"], other.truth["lesions"], strict=True):
        assert there["id"] == here["id"]
        carried = pose[:3, :3] @ there["position_mm"] + pose[:3, 3]
        assert np.abs(carried - here["position_mm"]).max() < slice_mm / 2
        assert here["core_ml"] == pytest.approx(there["wanted_core_ml"], abs=voxel_ml)
        assert here["volumes_ml"]["ED"] == pytest.approx(there["wanted_edema_ml"], abs=voxel_ml)
    assert other.truth["cautions"] == []


def test_rows_are_plain_json(several):
    rows = several.truth["lesions"]
    assert json.loads(json.dumps(rows)) == rows
