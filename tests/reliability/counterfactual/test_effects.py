"""What is found of models is what was written into them."""

import numpy as np
import pytest
from tests.reliability.counterfactual.conftest import CLASSES, model_of, reads_tag, sees_tumor

from neuroscope.records.modelaudit import Curve
from neuroscope.reliability.audited import AuditedModel, Case, asked, case_of
from neuroscope.reliability.counterfactual.effects import NO_DONOR, Effect, _hit, run_tests
from neuroscope.reliability.counterfactual.findings import (
    knows_without_head,
    needs_tumor,
    planted_tag,
    wrong_reason,
)
from neuroscope.reliability.focus.wrong_reasons import WrongReasons
from neuroscope.statistics import Interval


def effects_of(model: AuditedModel, cases: list[Case]) -> dict[str, Effect]:
    before = asked(model, [one.pixels for one in cases])
    assert all(CLASSES[k] == c.label for k, c in zip(before.predicted, cases, strict=True))
    return run_tests(model, cases, before)


@pytest.fixture(scope="module")
def of_tag(cases: list[Case]) -> dict[str, Effect]:
    return effects_of(model_of(reads_tag), cases)


@pytest.fixture(scope="module")
def of_tumor(cases: list[Case]) -> dict[str, Effect]:
    return effects_of(model_of(sees_tumor), cases)


def test_a_model_that_reads_a_tag_is_flagged(of_tag: dict[str, Effect]) -> None:
    found = planted_tag(of_tag)
    assert found.state == "flagged"
    assert found.value == 1.0
    assert of_tag["background"].flips_beyond_sham().value == 1.0
    assert needs_tumor(of_tag).state == "flagged"
    assert np.allclose(of_tag["tumor_out"].drop, 0)


def test_a_model_that_sees_the_tumor_is_not(of_tumor: dict[str, Effect], cases: list[Case]) -> None:
    found = planted_tag(of_tumor)
    assert found.state == "clear"
    assert abs(found.value) < 0.05
    assert needs_tumor(of_tumor).state == "clear"
    scores = [abs(sees_tumor(case.pixels)) for case in cases]  # all of it is the tumor's
    assert of_tumor["tumor_out"].drop.mean() == pytest.approx(np.mean(scores), rel=0.15)
    assert abs(of_tumor["tumor_out"].sham_drop.mean()) < 0.15 * np.mean(scores)
    assert of_tumor["tumor_only"].kept().value > 0.9
    assert of_tumor["tumor_only"].flips_beyond_sham().value < 0


def test_falls_are_those_of_the_centered_logit(cases: list[Case]) -> None:
    model = model_of(sees_tumor)

    def shifted(pictures, maps):  # type: ignore[no-untyped-def]
        said = model.ask(pictures, maps)
        moved = np.array([[p.mean()] for p in pictures], np.float32)
        return type(said)(said.logits + moved, said.embedding, said.maps)

    other = AuditedModel("m", "m", "test", CLASSES, 64, 1.0, shifted)
    plain, moved = effects_of(model, cases[:4]), effects_of(other, cases[:4])
    for test in plain:
        assert np.allclose(plain[test].drop, moved[test].drop, atol=1e-3)


def test_few_patients_get_no_verdict(cases: list[Case]) -> None:
    found = planted_tag(effects_of(model_of(reads_tag), cases[:6]))
    assert found.state == "insufficient"
    assert found.value == 1.0
    assert "6 patients" in found.why


def test_one_class_has_no_tag_of_another(cases: list[Case]) -> None:
    effects = effects_of(model_of(reads_tag), [c for c in cases if c.label == "glioma"])
    assert effects["background"].why_not == {NO_DONOR: 12}
    found = planted_tag(effects)
    assert (found.state, np.isnan(found.value)) == ("insufficient", True)


def test_wrong_answers_and_unlabeled_pictures_are_not_asked_about(cases: list[Case]) -> None:
    bare = case_of(
        "x.png", cases[0].pixels, label=None, patient="p", tumor=cases[0].tumor, tumor_from="reader"
    )
    model = model_of(lambda p: -1.0)
    some = [cases[0], bare]
    effects = run_tests(model, some, asked(model, [c.pixels for c in some]))
    assert effects["tumor_out"].why_not == {
        "The answer was wrong before.": 1,
        "The picture bears no label.": 1,
    }
    assert len(effects["border_crop"]) == 2
    assert needs_tumor(effects).state == "insufficient"


def test_rules_follow_their_thresholds() -> None:
    enough = Interval(0.45, 0.40, 0.5, 100, 40)
    assert knows_without_head(enough, 0.25).state == "flagged"
    assert knows_without_head(enough, 0.40).state == "clear"
    assert knows_without_head("none", 0.25).state == "insufficient"
    assert wrong_reason("none").why == "none"


def test_reasons_are_not_told_where_the_outline_itself_would_be_flagged() -> None:
    curve = Curve("reasons", "c", "x", "y", (0.0,), (0.0,), (0.0,), (0.0,))
    share = Interval(0.96, 0.9, 1.0, 100, 40)
    found = WrongReasons(share, share, curve)
    assert wrong_reason(found).state == "flagged"
    assert wrong_reason(found, Interval(0.1, 0.0, 0.2, 100, 40)).state == "flagged"
    coarse = wrong_reason(found, Interval(0.97, 0.9, 1.0, 100, 40))
    assert coarse.state == "insufficient"
    assert "too coarse to tell: 96.0% of 100" in coarse.why


def test_answers_that_stray_anywhere_do_not_follow_a_tag() -> None:
    own, tag = np.zeros(6, np.int64), np.array([1, 1, 1, 1, 2, -1])
    said = np.array([1, 2, 3, 0, 2, 1])
    scores = _hit(said, own, tag, [0, 1, 2, 3])
    assert scores[:5].tolist() == [1.0, -0.5, -0.5, 0.0, 1.0]
    assert np.isnan(scores[5])
    rng = np.random.default_rng(0)
    tags, strayed = rng.integers(1, 4, 20_000), rng.integers(1, 4, 20_000)
    assert abs(_hit(strayed, np.zeros_like(tags), tags, [0, 1, 2, 3]).mean()) < 0.01
    two = _hit(np.array([1, 0]), np.zeros(2, np.int64), np.ones(2, np.int64), [0, 1])
    assert two.tolist() == [1.0, 0.0]
