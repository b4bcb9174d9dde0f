"""Models are compared on what both have, and the answer follows from the numbers."""

from dataclasses import replace

import numpy as np
import pytest
from tests.reliability.counterfactual.conftest import model_of

from neuroscope.records.modelaudit import Finding, Measure, ModelSheet
from neuroscope.reliability.audited import Said
from neuroscope.reliability.model.compare import answer_of, compared
from neuroscope.reliability.model.material import Material, Pictured
from neuroscope.reliability.model.reasons import COARSE
from neuroscope.statistics import Interval

N = 60


def material(name: str, right: float, borne: float) -> Material:
    """Make a model that is right on a share of 60 pictures of as many patients."""
    labels = np.arange(N) % 2
    logits = np.zeros((N, 4), np.float32)
    guess = np.where(np.arange(N) < right * N, labels, 1 - labels)
    logits[np.arange(N), guess] = 5
    pictured = Pictured(
        files=tuple(f"{n}.png" for n in range(N)), labels=labels.astype(np.int64),
        patients=np.array([f"p{n}" for n in range(N)]), sources=np.zeros(N, np.int64),
        source_from="set", surroundings=np.zeros((N, 1), np.float32),
        without_tumor=np.zeros((0, 1), np.float32), without_tumor_rows=np.zeros(0, np.int64),
    )  # fmt: skip
    rng = np.random.default_rng(0)
    return Material(
        model=model_of(lambda _: 0.0, name), pictured=pictured, said=Said(logits),
        borne=np.clip(borne + rng.normal(0, 0.02, N), 0, 1), borne_rows=np.arange(N),
    )  # fmt: skip


def test_differences_have_the_right_sign_and_verdict() -> None:
    found = compared([material("a", 0.95, 0.8), material("b", 0.6, 0.8)])
    by_name = {one.measure: one for one in found}
    right = by_name["balanced accuracy"]
    assert right.difference.value == pytest.approx(0.35, abs=0.02)
    assert (right.first, right.second, right.verdict) == ("a", "b", "first higher")
    assert by_name["right under changes"].verdict == "no difference shown"
    assert "evidence on and around the tumor" not in by_name  # neither has maps
    assert all(one.p_adjusted >= one.p for one in found)


def test_one_model_is_compared_with_none() -> None:
    assert compared([material("a", 0.9, 0.5)]) == ()
    assert compared([]) == ()


def sheet(name: str, right: float, wrong: float | None, *, units: int = 40, flag: str = "clear"):  # type: ignore[no-untyped-def]
    """Make a sheet with two numbers and one decision."""
    measures = [
        Measure("accuracy", "balanced accuracy", Interval(right, 0.0, 1.0, 50, units), "share", "")
    ]
    if wrong is not None:
        interval = Interval(wrong, 0.0, 1.0, 50, units)
        measures.append(Measure("reasons", "right for the wrong reason", interval, "share", ""))
    findings = (Finding("answers follow a tag", flag, 0.5, 0.1, "", ""),)  # type: ignore[arg-type]
    return ModelSheet(
        name=name, model_id=name, kind="k", input_size=64, temperature=1.0,
        measures=tuple(measures), findings=findings,
    )  # fmt: skip


def test_maps_that_are_too_coarse_tell_no_reasons() -> None:
    coarse = sheet("b", 0.99, None)
    at_best = Measure("reasons", COARSE, Interval(0.97, 0.0, 1.0, 50, 40), "share", "")
    coarse = replace(coarse, measures=(*coarse.measures, at_best))
    answer = answer_of([sheet("a", 0.90, 0.1), coarse])
    assert "not proof" in answer[0]
    assert answer[1].startswith("a: balanced accuracy 90.0%")  # nobody is said to look best
    assert "b: balanced accuracy 99.0% (0.0% to 100.0%); its maps are too coarse" in answer[2]
    three = answer_of([sheet("a", 0.90, 0.1), coarse, sheet("c", 0.95, 0.2)])
    assert three[1].startswith("The most accurate of the models whose maps tell reasons, c, is not")


def test_a_flag_means_no() -> None:
    answer = answer_of([sheet("a", 0.99, 0.4, flag="flagged"), sheet("b", 0.90, 0.1)])
    assert answer[0] == "No: being right does not show understanding here. Flagged: a."
    assert answer[1] == (
        "The most accurate model, a, is not the one that is least often right for the wrong "
        "reason (b)."
    )
    assert answer[2].startswith("a: balanced accuracy 99.0%")


def test_no_flag_is_no_proof() -> None:
    answer = answer_of([sheet("a", 0.99, 0.1), sheet("b", 0.9, 0.2)])
    assert "not proof" in answer[0]
    assert "is also the one" in answer[1]


def test_too_little_is_told_as_such() -> None:
    assert answer_of([sheet("a", 0.9, 0.1, units=19)])[0].startswith(
        "It cannot be told from so few"
    )
    assert answer_of([sheet("a", 0.9, None)])[0].startswith("It cannot be told: no outlined")
