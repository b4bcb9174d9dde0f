import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.case import make_case
from neuroscope.preprocess.contract import (
    brain_finding,
    is_prepared,
    is_stripped,
    one_per_role,
    pair_findings,
    usable_series,
    volume_problem,
)
from neuroscope.preprocess.foreground import foreground
from neuroscope.preprocess.register import make_side, register_rigid
from neuroscope.records.geometry import diagonal
from neuroscope.records.volume import Volume

MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


def side(volume: Volume):
    return make_side(volume, spacing_mm=4.0)


def ball(radius: float) -> Volume:
    i, j, k = np.mgrid[:60, :60, :60] - 30
    values = np.where(np.sqrt(i**2 + j**2 + k**2) * 4 < radius, 400, 0)
    texture = np.random.default_rng(0).integers(0, 30, values.shape)
    return Volume((values + texture * (values > 0)).astype(np.int16), diagonal((4.0, 4.0, 4.0)))


def test_a_head_has_no_problem(head, brain):
    assert [volume_problem(v) for v in head.volumes.values()] == [None] * 5
    assert [volume_problem(v) for v in brain.volumes.values()] == [None] * 4


@pytest.mark.parametrize(
    ("volume", "code", "words"),
    [
        (Volume(np.zeros((40, 40, 40)), diagonal((5.0, 5.0, 5.0))), "empty", "all voxels are 0"),
        (
            Volume(ball(90).voxels[:, :, 28:33], diagonal((4.0, 4.0, 5.0))),
            "few slices",
            "5 slices cover 25 mm",
        ),
        (ball(30), "no head", "unlike a head"),
    ],
)
def test_what_is_no_scan_of_a_head_is_named(volume, code, words):
    problem = volume_problem(volume)

    assert problem is not None
    assert problem[0] == code
    assert words in problem[1]


def test_a_bad_series_is_left_out_and_the_others_go_on(brain, study_of):
    empty = Volume(np.zeros((40, 40, 40)), diagonal((5.0, 5.0, 5.0)))

    kept, findings = usable_series(study_of(("t1", brain.volumes["t1"]), ("t2", empty)))

    assert [one.series.role for one in kept] == ["t1"]
    assert findings[0].text == "T2: all voxels are 0. The series was left out."


def test_a_study_without_a_head_is_refused_with_the_reasons(study_of):
    with pytest.raises(BadInputError, match=r"no volume of a head\. T1: what it shows measures"):
        usable_series(study_of(("t1", ball(30))))


def test_one_grid_without_skull_is_prepared_and_a_head_is_not(head, brain):
    assert is_prepared(dict(brain.volumes))
    assert not is_prepared({n: head.volumes[n] for n in ("t1", "t2")})
    shifted = Volume(brain.volumes["t2"].voxels, diagonal((3.0, 3.0, 3.0)))
    assert not is_prepared({"t1": brain.volumes["t1"], "t2": shifted})


def test_a_head_as_small_as_a_brain_is_told_by_where_it_is_cut(head, brain):
    """The air was set to 0, and the lower half of the head lies outside."""
    t1 = head.volumes["t1"]
    low = t1.shape[2] // 2
    cut = Volume((t1.voxels * foreground(t1))[:, :, low:], t1.affine)

    assert is_prepared({"t1": cut})
    assert not is_stripped(cut)
    assert is_stripped(brain.volumes["t1"])
    assert not is_stripped(t1)


def test_two_of_a_kind_and_missing_ones_are_said(brain, study_of):
    fine, coarse = brain.volumes["t1c"], ball(90)
    kept, _ = usable_series(study_of(("t1c", coarse), ("t1c", fine), ("t2", fine)))

    chosen, findings = one_per_role(kept, {one.series.id: one.series.role for one in kept})

    assert chosen["t1c"].series.id == "s1"
    assert [finding.code for finding in findings] == ["two of a kind", "missing"]
    assert findings[0].problem == (
        "There are two series of T1 with contrast: "
        "T1 with contrast (series s1, voxels of 3 x 3 x 3 mm) "
        "and T1 with contrast (series s0, voxels of 4 x 4 x 4 mm)."
    )
    assert findings[0].done == "The first of these was used, its voxels are finer."
    assert findings[1].problem == "Missing: T1, FLAIR."


def test_a_mirrored_series_is_found(brain):
    fixed, lying = side(brain.volumes["t1c"]), brain.volumes["flair"]
    moving = side(Volume(lying.voxels, MIRROR @ lying.affine))

    findings = pair_findings("flair", moving, fixed, register_rigid(moving, fixed).to_fixed)

    assert [finding.code for finding in findings] == ["mirrored"]
    assert "do not trust any side" in findings[0].cost


def test_the_head_of_another_person_is_found(brain):
    other = make_case("none", seed=9, spacing_mm=4.0, sequences=("t2",)).volumes["t2"]
    moving, fixed = side(other), side(brain.volumes["t1c"])

    findings = pair_findings("t2", moving, fixed, register_rigid(moving, fixed).to_fixed)

    assert [finding.code for finding in findings] == ["mixed"]


def test_a_series_of_the_same_head_raises_no_doubt(brain):
    moving, fixed = side(brain.volumes["t2"]), side(brain.volumes["t1c"])

    assert pair_findings("t2", moving, fixed, register_rigid(moving, fixed).to_fixed) == ()


def test_what_is_unlike_the_template_is_said():
    assert brain_finding(0.6) == ()
    assert brain_finding(0.05)[0].code == "no brain"
