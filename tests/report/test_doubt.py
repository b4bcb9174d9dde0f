"""Doubt in plain sentences."""

import pytest

from neuroscope.records.doubt import Doubt
from neuroscope.report.doubt import ABSTAINS, doubt_lines, set_sentence, share_text

ALL = ("glioma", "meningioma", "pituitary", "notumor")


def doubt(at_80=("glioma",), at_90=("glioma",), at_95=("glioma",), **changes):
    return Doubt(sets={"80": at_80, "90": at_90, "95": at_95}, p_fits={}, **changes)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (doubt(at_90=("glioma", "meningioma")), "At 90 % confidence: glioma or meningioma."),
        (doubt(at_90=("notumor",)), "At 90 % confidence: no tumor."),
        (doubt(at_90=ALL), "At 90 % confidence no class can be excluded."),
        (doubt((), (), ("pituitary",)), "At 95 %: pituitary tumor."),
        (doubt((), (), ()), "no class fits as well as usual; read it with care."),
        (Doubt(sets={}, p_fits={}, not_assessed="A volume is none."), "A volume is none."),
    ],
)
def test_the_set_is_named(given, said):
    assert set_sentence(given).endswith(said)


def test_abstention_stands_first():
    lines = doubt_lines(doubt(p_ordinary=0.004, abstains=("Turn it.",)))
    assert lines[0] == ABSTAINS
    assert lines[-1].startswith("Less than 1 %")


def test_the_threshold_names_its_side():
    known = {"tumor_threshold": 0.3, "sensitivity": 0.95}
    assert "above the threshold" in doubt_lines(doubt(p_tumor=0.3, **known))[-1]
    assert "below the threshold" in doubt_lines(doubt(p_tumor=0.1, **known))[-1]
    assert "95%" not in doubt_lines(doubt(p_tumor=0.1))[-1]


@pytest.mark.parametrize(
    ("nats", "words"), [(0.01, "agree"), (0.1, "differ a little"), (0.4, "disagree")]
)
def test_what_heads_disagree_on_is_said_with_its_numbers(nats, words):
    line = doubt_lines(doubt(entropy=0.62, mutual_information=nats))[-1]
    assert f"heads of the network {words} here" in line
    assert f"mutual information {nats:.2f} nats, entropy 0.62 nats" in line
    assert "heads" not in " ".join(doubt_lines(doubt(entropy=0.62)))


def test_nothing_known_nothing_said():
    assert doubt_lines(None) == ()
    assert share_text(0.004) == "Less than 1 %"
    assert share_text(0.42) == "42 %"
