"""Pictures of another plane are named where one is expected, and nobody else."""

import numpy as np
import pytest

from neuroscope.models.plane import PLANES
from neuroscope.records.dataaudit import NOT_SURE, Picture
from neuroscope.reliability.dataset.planes import FEWEST, check_planes

SURE = 0.8


def p_of(*planes, p=0.95):
    """Probabilities that speak for the given planes; None for no head."""
    rows = np.full((len(planes), 3), (1 - p) / 2, np.float32)
    for row, plane in zip(rows, planes, strict=True):
        if plane is None:
            row[:] = np.nan
        else:
            row[PLANES.index(plane)] = p
    return rows


def named(check):
    return [(flag.picture, flag.note) for flag in check.flags]


def test_what_is_declared_counts_before_what_is_usual():
    pictures = [Picture(f"a/{n}.png", plane="Transverse") for n in range(2)]
    check = check_planes(pictures, p_of("axial", "sagittal"), sure=SURE)
    assert named(check) == [(1, "looks sagittal, declared is axial")]
    assert check.flags[0].value == pytest.approx(0.95)
    assert check.asked == 2


def test_the_odd_one_of_a_folder_is_named_and_that_of_a_mixed_folder_is_not():
    planes = ["coronal"] * FEWEST + ["axial"]
    usual = [Picture(f"cor/{n}.png", "ill") for n in range(len(planes))]
    mixed = [Picture(f"any/{n}.png", "well") for n in range(30)]
    check = check_planes([*usual, *mixed], p_of(*planes, *(PLANES * 10)), sure=SURE)
    assert named(check) == [(FEWEST, "looks axial, usual in cor is coronal")]
    assert check.asked == FEWEST + 1
    assert check.counts["well"] == {**dict.fromkeys(PLANES, 10), NOT_SURE: 0}


def test_few_pictures_say_nothing_of_what_is_usual():
    planes = ["coronal"] * (FEWEST - 2) + ["axial"]
    pictures = [Picture(f"cor/{n}.png") for n in range(len(planes))]
    check = check_planes(pictures, p_of(*planes), sure=SURE)
    assert not check.flags
    assert check.asked == 0


def test_who_is_not_sure_accuses_nobody():
    pictures = [Picture(f"{n}.png", plane="axial") for n in range(3)]
    p_plane = np.concatenate([p_of("sagittal", p=0.79), p_of(None), p_of("coronal", p=0.81)])
    check = check_planes(pictures, p_plane, sure=SURE)
    assert [flag.picture for flag in check.flags] == [2]
    assert check.counts == {
        "no label": {"axial": 0, "coronal": 1, "sagittal": 0, NOT_SURE: 2},
    }


def test_a_declaration_that_names_no_plane_is_told_and_not_used():
    check = check_planes([Picture("a.png", plane="3D")], p_of("axial"), sure=SURE)
    assert check.asked == 0
    assert "'3D'" in check.cautions[0]
