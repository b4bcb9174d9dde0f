import numpy as np
import pytest

from neuroscope.phantom.anatomy.person import Brain, Place, brain_at, draw_person, locate
from neuroscope.phantom.fields import Grid, cube, draw_noise
from neuroscope.phantom.labels_only import make_labels
from neuroscope.phantom.lesions.glioma import cerebral_site, infiltration, satellites_in
from neuroscope.phantom.lesions.growth import earliest
from neuroscope.phantom.lesions.lesion import Lesion, Wish, patient_position
from neuroscope.phantom.lesions.recipe import Front

COARSE = (2.5, 2.5, 2.5)
GLIOMAS = ("glioblastoma", "low_grade_glioma")


@pytest.mark.parametrize("kind", GLIOMAS)
@pytest.mark.parametrize("seed", [11, 12])
def test_every_volume_hits_the_target_to_one_voxel(kind, seed):
    wish = Wish(core_ml=22.2, edema_ml=31.3, enhancing_ml=7.77)
    made = make_labels(kind, seed=seed, spacing_mm=COARSE, wish=wish)
    voxel_ml = made.grid.voxel_ml
    ncr, ed, et = (int((made.labels == n).sum()) * voxel_ml for n in (1, 2, 3))

    assert abs(ncr + et - 22.2) <= voxel_ml
    assert abs(ed - 31.3) <= voxel_ml
    assert abs(et - 7.77) <= voxel_ml


def test_a_low_grade_glioma_can_be_asked_not_to_enhance():
    wish = Wish(core_ml=10, edema_ml=5, enhancing_ml=0)
    made = make_labels("low_grade_glioma", seed=3, spacing_mm=COARSE, wish=wish)

    assert not (made.labels == 3).any()


def with_satellites() -> int:
    """Find the first seed whose glioblastoma was drawn with satellites."""
    for seed in range(60):
        made = make_labels("glioblastoma", seed=seed, spacing_mm=(3, 3, 3), wish=Wish(edema_ml=0))
        if made.lesions[0].character["satellites"] and made.lesions[0].core_ml > 20:
            return seed
    raise AssertionError("no seed with satellites")


def test_satellites_lie_apart_and_growth_stays_nested():
    seed = with_satellites()
    made = make_labels("glioblastoma", seed=seed, spacing_mm=(2, 2, 2), wish=Wish(edema_ml=0))
    lesion, time = made.lesions[0], made.lesions[0].core_time
    few, many = (
        earliest(time, time < 1e5, n, voxel_ml=1, what="core")
        for n in (round(lesion.core_ml / lesion.grid.voxel_ml * part) for part in (0.6, 1.0))
    )

    assert satellites_in(made.labels > 0, made.grid.voxel_ml) >= 1
    assert not (few & ~many).any()
    assert satellites_in(few, lesion.grid.voxel_ml) <= satellites_in(many, lesion.grid.voxel_ml)


def test_parts_of_a_third_of_a_milliliter_count_as_satellites():
    mask = np.zeros((30, 30, 30), bool)
    mask[2:12, 2:12, 2:12] = True
    mask[20:28, 20:28, 20:28] = True  # 0.512 ml of 1 mm voxels
    mask[20, 2, 2] = True

    assert satellites_in(mask, 0.001) == 1


def test_one_in_seven_gliomas_begins_in_the_deep_brain():
    person = draw_person(np.random.default_rng(1))
    middle = patient_position(person, np.array([0.0, -7.0, 11.0]))
    rng = np.random.default_rng(0)
    offsets = np.array([cerebral_site(person, "left", 8.0, rng)[0] - middle for _ in range(60)])
    x, y, z = np.abs(offsets).T
    deep = ((x < 36) & (y < 37) & (z < 20)).mean()

    assert (offsets[:, 0] < 0).all()
    assert 0.05 < deep < 0.45  # the box also holds the insula of frontal and temporal sites


def core_in(place: Place, brain: Brain, core_ml: float) -> np.ndarray:
    """Let a core grow from the middle of a grid in tissue without texture."""
    grid, flat = place.grid, np.zeros(place.grid.shape, np.float32)
    noise = draw_noise(np.random.default_rng(0), 90)
    middle = np.array([float(grid.axis_mm(axis).mean()) for axis in range(3)])
    lesion = Lesion(
        "glioblastoma", "left", middle, np.zeros(3), core_ml, 0.0, 0.0, 0, grid, flat, flat,
        noise, noise, {},
    )  # fmt: skip
    time = infiltration(lesion, Front(lambda: place, lambda _: brain, flat, flat))
    count = round(core_ml / grid.voxel_ml)
    return earliest(time, time < 1e5, count, voxel_ml=grid.voxel_ml, what="core")


def deep_in_a_hemisphere(grid: Grid) -> Place:
    return Place(grid, np.full((3, *grid.shape), -30, np.float32),
                 np.full(grid.shape, 50, np.float32))  # fmt: skip


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_core_reaches_further_along_white_matter_than_across_it(axis):
    """A tract 12 mm thick in gray matter: 20 ml are a ball of 17 mm where all tissue is alike."""
    grid = cube((0, 0, 0), 34, 2)
    points = grid.points_mm()
    white = np.asarray(np.abs(points[axis]) < 6.5, np.float32)
    none = np.zeros(grid.shape, np.float32)
    tract = core_in(deep_in_a_hemisphere(grid), Brain(1 - white, white, none, none), 20.0)
    alike = core_in(deep_in_a_hemisphere(grid), Brain(none, none + 1, none, none), 20.0)
    across, along = axis, (axis + 1) % 3

    assert tract.sum() == alike.sum() == round(20 / grid.voxel_ml)
    assert points[along][tract].max() > 1.4 * points[across][tract].max()
    assert points[along][alike].max() == pytest.approx(points[across][alike].max(), abs=0.1)


@pytest.mark.parametrize("middle", [(-28, 20, 25), (-30, -32, 30), (-36, -12, -10)])
def test_in_a_brain_a_core_follows_white_matter(middle):
    person = draw_person(np.random.default_rng(2))
    center = patient_position(person, np.array(middle, float))
    place = locate(person, cube(center.tolist(), 33, 3))
    brain = brain_at(person, place)
    matter = brain.gray + brain.white
    alike = Brain(np.zeros_like(matter), matter, brain.fluid, brain.residual)
    share, plain = (
        float(brain.white[core_in(place, tissue, 25.0)].mean()) for tissue in (brain, alike)
    )

    assert share > plain + 0.05


def test_a_glioma_of_the_corpus_callosum_may_cross():
    """A front that starts beside the midline reaches the other side around the falx."""
    person = draw_person(np.random.default_rng(2))
    center = patient_position(person, np.array([-9.0, 26.0, 14.0]))  # genu, on the left
    place = locate(person, cube(center.tolist(), 36, 2.5))
    core = core_in(place, brain_at(person, place), 40.0)
    right = (place.template_mm[0] > 3) & core

    assert right.sum() * place.grid.voxel_ml > 2
