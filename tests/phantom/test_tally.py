from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from neuroscope.phantom.anatomy.person import draw_person
from neuroscope.phantom.case import ANATOMY, Look, Visit, lay_grid, scan
from neuroscope.phantom.laid import Subject, lay
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.lesions.registry import grow


def truth_of(core_ml: float, **character: float):
    """Scan a glioblastoma with a character of our own."""
    person = draw_person(np.random.default_rng([3, ANATOMY]))
    wish = Wish(core_ml=core_ml, edema_ml=5)
    (lesion,) = grow("glioblastoma", person, wish, np.random.default_rng([3, 1]))
    own = {**lesion.character, "satellites": 0.0, **character}
    lesion = replace(lesion, character=MappingProxyType(own))
    laid = lay(person, (lesion,), lay_grid(3, None, head=False)[0])
    rng = np.random.default_rng(2)
    return scan(Subject("glioblastoma", 3, person), laid, Look(("t1c",)), Visit(rng, rng)).truth


def test_what_was_drawn_but_has_no_room_is_not_said_to_be_there():
    """All of a core of 0.6 ml enhances: nowhere is it deep enough for a cyst."""
    truth = truth_of(0.6, cystic=1.0, enhancing=1.0)

    assert truth["cystic"] is False
    assert truth["lesions"][0]["cystic"] is False
    assert truth["lesions"][0]["painted_ml"]["cyst"] == 0


def test_a_cyst_that_was_painted_has_its_volume():
    truth = truth_of(30.0, cystic=1.0, hemorrhagic=0.0, enhancing=0.3)
    row = truth["lesions"][0]

    assert truth["cystic"] is row["cystic"] is True
    assert 0.3 * row["volumes_ml"]["NCR"] < row["painted_ml"]["cyst"] < 1.1 * row["core_ml"]
    assert truth["hemorrhagic"] is False
    assert row["painted_ml"]["blood"] == 0


def test_blood_is_measured_apart():
    row = truth_of(30.0, cystic=0.0, hemorrhagic=1.0, enhancing=0.3)["lesions"][0]

    assert row["hemorrhagic"] is (row["painted_ml"]["blood"] >= 0.027 / 2)
    assert 0 < row["painted_ml"]["blood"] < row["core_ml"] / 2
    assert row["painted_ml"]["cyst"] == 0


@pytest.mark.parametrize("name", ["left_glioma", "right_meningioma"])
def test_every_tumor_says_what_was_painted(name, request):
    (row,) = request.getfixturevalue(name).truth["lesions"]
    assert set(row["painted_ml"]) == {"cyst", "calcification", "blood"}
    assert {"cystic", "calcified", "hemorrhagic"} <= set(row)
