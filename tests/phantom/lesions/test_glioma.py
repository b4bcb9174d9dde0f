import numpy as np
import pytest

from neuroscope.phantom.anatomy.person import draw_person
from neuroscope.phantom.fields import cube
from neuroscope.phantom.labels_only import make_labels
from neuroscope.phantom.lesions.glioma import cerebral_site, satellites_in
from neuroscope.phantom.lesions.growth import earliest
from neuroscope.phantom.lesions.lesion import Wish, patient_position

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


def test_a_glioma_of_the_corpus_callosum_may_cross():
    """A front that starts beside the midline reaches the other side around the falx."""
    from neuroscope.phantom.anatomy.person import brain_at, locate
    from neuroscope.phantom.fields import draw_noise, on_grid
    from neuroscope.phantom.lesions.glioma import infiltration
    from neuroscope.phantom.lesions.recipe import Front

    person = draw_person(np.random.default_rng(2))
    center = patient_position(person, np.array([-9.0, 26.0, 14.0]))  # genu, on the left
    (made,) = make_labels(
        "glioblastoma", seed=2, spacing_mm=(4, 4, 4), wish=Wish(core_ml=40, edema_ml=0)
    ).lesions
    grid = cube(center.tolist(), 36, 2.5)
    place = locate(person, grid)
    calm = on_grid(draw_noise(np.random.default_rng(0), 40), grid) * np.float32(0)
    lesion = type(made)(**{**{n: getattr(made, n) for n in made.__slots__}, "grid": grid,
                           "character": {"satellites": 0.0}})  # fmt: skip
    time = infiltration(lesion, Front(place, brain_at(person, place), calm, calm))
    core = earliest(time, time < 1e5, round(40 / grid.voxel_ml), voxel_ml=grid.voxel_ml, what="x")
    right = (place.template_mm[0] > 3) & core

    assert right.sum() * grid.voxel_ml > 2
