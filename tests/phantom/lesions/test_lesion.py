import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.person import draw_person, locate
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.lesions import lesion
from neuroscope.phantom.lesions.kinds import resolve_kind
from neuroscope.phantom.lesions.lesion import Wish, moved_at, patient_position
from neuroscope.phantom.lesions.pituitary import SELLA_MM
from neuroscope.phantom.lesions.registry import grow


def test_glioma_is_another_name_of_glioblastoma():
    assert resolve_kind("glioma") == resolve_kind("Glioblastoma") == "glioblastoma"


def test_an_unknown_kind_is_refused_with_the_nearest():
    with pytest.raises(BadInputError, match="Did you mean meningioma"):
        resolve_kind("menigioma")


@pytest.mark.parametrize(
    ("kind", "wish", "nearest"),
    [
        ("glioblastoma", Wish(core_ml=200), "120 ml"),
        ("glioblastoma", Wish(core_ml=0.01), "0.5 ml"),
        ("glioblastoma", Wish(edema_ml=-3), "0 ml"),
        ("meningioma", Wish(edema_ml=500), "100 ml"),
        ("pituitary", Wish(edema_ml=5), "0 ml"),
    ],
)
def test_an_impossible_volume_is_refused_with_the_nearest_possible(kind, wish, nearest):
    person = draw_person(np.random.default_rng(0))

    with pytest.raises(BadInputError, match=f"nearest possible is {nearest}"):
        grow(kind, person, wish, np.random.default_rng(0))


@pytest.mark.parametrize("side", ["up", "Left", ""])
def test_a_side_there_is_not_is_refused(side):
    """Without the type checks of the tests, which would refuse it first."""
    wish = object.__new__(Wish)
    object.__setattr__(wish, "side", side)
    with pytest.raises(BadInputError, match="left or right"):
        wish.__post_init__()


def test_a_healthy_head_takes_no_wishes():
    person = draw_person(np.random.default_rng(0))

    with pytest.raises(BadInputError, match="no lesion to size"):
        grow("none", person, Wish(side="left"), np.random.default_rng(0))


def test_the_position_of_the_sella_maps_back_to_the_sella():
    person = draw_person(np.random.default_rng(8))
    x, y, z = patient_position(person, SELLA_MM)

    found = locate(person, Grid((1, 1, 1), (1.0, 1.0, 1.0), (x, y, z))).template_mm.ravel()

    np.testing.assert_allclose(found, SELLA_MM, atol=0.05)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("kind", ["glioblastoma", "meningioma"])
def test_a_lesion_begins_on_the_side_wished_for(kind, side):
    for seed in range(3):
        person = draw_person(np.random.default_rng(seed))
        wish = Wish(side=side, core_ml=2, edema_ml=0)
        (lesion,) = grow(kind, person, wish, np.random.default_rng(seed))

        assert (lesion.center_mm[0] < 0) == (side == "left")


def test_displacement_is_the_same_however_much_of_it_is_computed_at_a_time(monkeypatch):
    person = draw_person(np.random.default_rng(8))
    lesions = grow("meningioma", person, Wish(core_ml=20), np.random.default_rng(9))
    place = locate(person, Grid((20, 25, 22), (8.0, 8.0, 8.0), (-78.0, -112.0, -80.0)))
    at_once = moved_at(place, lesions)
    assert np.abs(at_once).max() > 1
    monkeypatch.setattr(lesion, "SLAB_VOXELS", 1100)
    np.testing.assert_array_equal(moved_at(place, lesions), at_once)
