"""Which series speaks for a study: the one the network knows best, not the loudest."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroscope.models.study_decision import (
    RANKS,
    TUMOR_ML,
    UNHEARD,
    StudyDecision,
    contradiction_in_space,
    decide_study,
)
from neuroscope.records.analysis import SeriesFinding
from neuroscope.records.prediction import TUMOR_CLASSES, ModelRef, Prediction
from neuroscope.records.study import ROLES, Role, Series

MODEL = ModelRef("m", "1", "0")


def said(label: str, p: float) -> Prediction:
    rest = (1 - p) / 3
    return Prediction({name: p if name == label else rest for name in TUMOR_CLASSES}, MODEL)


def decided(*answers: tuple[Role, str, float]) -> StudyDecision:
    """Decide on a study whose series, named a, b, c, ..., give these answers."""
    series = [Series("abcdefgh"[n], role) for n, (role, _, _) in enumerate(answers)]
    findings = [
        SeriesFinding(one.id, (), decision=said(label, p))
        for one, (_, label, p) in zip(series, answers, strict=True)
    ]
    return decide_study(series, findings)


def test_every_role_has_one_rank():
    assert sorted(role for rank in RANKS for role in rank) == sorted(ROLES)


@pytest.mark.parametrize("other", [role for rank in RANKS[1:] for role in rank])
def test_t1_with_contrast_speaks_before_any_surer_series(other):
    for order in (1, -1):
        answers = [("t1c", "notumor", 0.5), (other, "meningioma", 0.99)][::order]
        chosen = decided(*answers).series_id
        assert answers["ab".index(chosen)][0] == "t1c"


def test_without_contrast_the_t1_speaks_then_t2_and_flair_then_the_rest():
    assert decided(("flair", "glioma", 0.9), ("t1", "notumor", 0.4)).series_id == "b"
    assert decided(("flair", "glioma", 0.9), ("mr", "notumor", 0.4)).series_id == "b"
    assert decided(("ct", "glioma", 0.9), ("t2", "notumor", 0.4)).series_id == "b"
    assert decided(("ct", "notumor", 0.9), ("dwi", "glioma", 0.6)).series_id == "b"


def test_of_one_rank_the_surest_tumor_speaks():
    assert decided(("t1c", "notumor", 0.99), ("t1c", "glioma", 0.5)).series_id == "b"
    assert decided(("t2", "glioma", 0.5), ("flair", "pituitary", 0.6)).series_id == "b"
    assert decided(("t1c", "notumor", 0.7), ("t1c", "notumor", 0.8)).series_id == "b"


def test_a_series_without_answer_does_not_speak():
    series = [Series("a", "t1c"), Series("b", "flair")]
    findings = [SeriesFinding("a", ()), SeriesFinding("b", (), decision=said("glioma", 0.8))]
    assert decide_study(series, findings) == StudyDecision("b", ())
    assert decide_study(series[:1], findings[:1]) == StudyDecision(None, ())


def test_series_that_contradict_each_other_are_named_with_their_answers():
    decision = decided(("flair", "meningioma", 0.9), ("t1c", "glioma", 0.6), ("t2", "glioma", 0.5))
    (caution,) = decision.cautions
    assert "glioma on T1 with contrast and T2; meningioma on FLAIR" in caution
    assert "listed with the answer on T1 with contrast" in caution


def test_series_that_agree_raise_no_caution():
    assert decided(("t1c", "glioma", 0.6), ("flair", "glioma", 0.9)).cautions == ()


@pytest.mark.parametrize("role", UNHEARD)
def test_what_the_network_never_saw_contradicts_nobody(role):
    assert decided(("t1c", "glioma", 0.6), (role, "meningioma", 0.9)).cautions == ()


def test_no_tumor_against_a_tumor_is_a_contradiction():
    (caution,) = decided(("t1c", "notumor", 0.6), ("flair", "glioma", 0.9)).cautions
    assert "no tumor on T1 with contrast; glioma on FLAIR" in caution


@pytest.mark.parametrize(
    ("descriptions", "names"),
    [
        (("AX", "COR"), ("T1 with contrast, “AX”", "T1 with contrast, “COR”")),
        (("", ""), ("T1 with contrast (series 1)", "T1 with contrast (series 2)")),
    ],
)
def test_two_series_of_one_role_are_told_apart(descriptions, names):
    series = [
        Series(one, "t1c", one_says) for one, one_says in zip("ab", descriptions, strict=True)
    ]
    findings = [
        SeriesFinding("a", (), decision=said("glioma", 0.6)),
        SeriesFinding("b", (), decision=said("meningioma", 0.8)),
    ]
    decision = decide_study(series, findings)
    assert decision.series_id == "b"
    assert f"meningioma on {names[1]}; glioma on {names[0]}." in decision.cautions[0]


answers = st.lists(
    st.tuples(
        st.sampled_from(get_args(Role)), st.sampled_from(TUMOR_CLASSES), st.floats(0.3, 0.99)
    ),
    min_size=1,
    max_size=6,
)


@given(answers)
def test_nobody_of_a_lower_rank_ever_overrides(given_answers):
    chosen = given_answers["abcdefgh".index(decided(*given_answers).series_id)]
    rank_of = {role: n for n, rank in enumerate(RANKS) for role in rank}
    best = min(rank_of[role] for role, _, _ in given_answers)
    assert rank_of[chosen[0]] == best


def against(label: str, whole_tumor_ml: float, *segmented_on: Role) -> tuple[str, ...]:
    """Compare the answer on T1 with contrast with what was segmented."""
    speaks = SeriesFinding("a", (), decision=said(label, 0.9))
    return contradiction_in_space(
        [Series("a", "t1c"), Series("b", "flair")],
        speaks,
        whole_tumor_ml=whole_tumor_ml,
        segmented_on=segmented_on,
    )


def test_a_tumor_that_the_segmenter_does_not_find_is_a_contradiction():
    (caution,) = against("pituitary", 0.4, "flair", "t1c", "t1")
    assert "the classifier says pituitary tumor on T1 with contrast" in caution
    assert "finds no tumor (less than 1 ml) on T1, T1 with contrast and FLAIR" in caution
    assert "listed with the answer of the classifier; a person must look" in caution


def test_a_tumor_that_only_the_segmenter_finds_is_a_contradiction():
    (caution,) = against("notumor", 12.34, "t2")
    assert "the classifier says no tumor on T1 with contrast" in caution
    assert "the segmenter finds 12.3 ml of tumor on T2." in caution


@pytest.mark.parametrize("label", ["glioma", "meningioma", "pituitary"])
def test_two_networks_that_agree_raise_no_caution(label):
    assert against(label, TUMOR_ML, "t1c") == ()
    assert against("notumor", 0.99 * TUMOR_ML, "t1c") == ()


@pytest.mark.parametrize(
    ("roles", "tells"), [
        (("flair",), 1), (("t1c", "t2"), 1), (("t1c", "flair"), 1),
        (("t1",), 0), (("t2",), 0), (("t1c",), 0), (("t1", "t1c"), 0), (("t1", "t2"), 0),
    ],
)  # fmt: skip
def test_only_sequences_that_show_tumors_can_tell_that_there_is_none(roles, tells):
    assert len(against("glioma", 0.0, *roles)) == tells


def test_a_given_mask_without_tumor_contradicts_on_any_sequence():
    assert contradiction_in_space(
        [Series("a", "t1c")], SeriesFinding("a", (), decision=said("glioma", 0.9)),
        whole_tumor_ml=0.0, segmented_on=("t1c",), is_given=True,
    )  # fmt: skip


def test_a_mask_that_was_given_is_called_no_network():
    series = [Series("a", "t1c")]
    (caution,) = contradiction_in_space(
        series, SeriesFinding("a", (), decision=said("notumor", 0.9)), whole_tumor_ml=3.0,
        segmented_on=("t1c",), is_given=True,
    )  # fmt: skip
    assert caution.startswith("The classifier and the given mask contradict each other")
    assert "the mask finds 3.0 ml of tumor" in caution
    assert "network" not in caution


def test_a_study_without_an_answer_is_not_contradicted():
    for speaks in (None, SeriesFinding("a", ())):
        assert not contradiction_in_space(
            [Series("a", "t1c")], speaks, whole_tumor_ml=9.0, segmented_on=("t1c",)
        )
