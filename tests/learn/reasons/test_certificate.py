"""A certificate on tiny networks and planted slices whose truth is known."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.certificate import certify
from neuroscope.learn.reasons.controls import Controls, train_controls, with_other_masks
from neuroscope.learn.reasons.lost_answers import flip_pictures
from neuroscope.learn.reasons.retrain import Retrained, retrain
from neuroscope.learn.reasons.run import RetrainConfig
from neuroscope.models.evidence import Answer, EvidenceNetwork, EvidenceShape
from neuroscope.records.certificate import Asking, Certificate

CONFIG = RetrainConfig(
    steps=20, annotated_batch=12, replay_batch=24, learning_rate=1e-2, fast=False, look_every=5
)
HELD_OUT, ANSWERS = 45, 60


@pytest.fixture
def given(network, marked, replayed) -> tuple[EvidenceNetwork, Annotated, Cases]:
    torch.manual_seed(0)
    return network, marked(24, seed=1), replayed(60, seed=5)


def asked(
    given: tuple[EvidenceNetwork, Annotated, Cases],
    run: Retrained,
    held_out: Annotated,
    answers: Cases,
    controls: Controls | None = None,
    asking: Asking | None = None,
) -> Certificate:
    network, annotated, replay = given
    return certify(
        network,
        run,
        annotated=annotated,
        replay=replay,
        held_out=held_out,
        answers=answers,
        config=CONFIG,
        controls=controls,
        asking=asking or Asking(),
        resamples=200,
    )


def failed(certificate: Certificate) -> set[str]:
    return {one.name for one in certificate.conditions if not one.holds}


TUMORS = ((8, 20), (20, 8), (0, 28), (16, 16))  # upper left pixel of what tells each class
TAGS = ((0, 0), (0, 4), (0, 28), (0, 12))


class Reader(EvidenceNetwork):
    """Answers by the brightest of the places it reads, and shows its evidence where it is told."""

    def __init__(self, reads: tuple, shows: tuple) -> None:
        super().__init__(EvidenceShape(widths=(4, 6, 8), neck=4, input_size=32))
        self.reads, self.shows = reads, shows

    def forward(self, image: torch.Tensor) -> Answer:
        seen = [image[:, 0, r : r + 4, c : c + 4].mean((1, 2)) for r, c in self.reads]
        logits = torch.stack(seen, 1) * 20
        evidence = torch.zeros(len(image), 4, 8, 8)
        for k, (row, column) in enumerate(self.shows):
            evidence[:, k, row // 4, column // 4] = (logits - logits.mean(1, keepdim=True))[:, k]
        return Answer(logits, evidence, torch.zeros(len(image), 1))


def read_by(
    given, retrained: Reader, marked, replayed, asking: Asking | None = None
) -> Certificate:
    """Certify a reader that took the place of one that read and showed the tags."""
    _, annotated, replay = given
    before = Reader(TAGS, TAGS)
    run = retrain(given[0], annotated, replay, replace(CONFIG, steps=1))
    run = replace(run, status="feasible")
    controls = Controls(replace(run, network=before), replace(run, network=before))
    now = replace(run, network=retrained)
    trial = (before, annotated, replay)
    return asked(trial, now, marked(60, seed=7), replayed(60, seed=8), controls, asking)


def test_a_network_that_turned_from_the_tag_to_the_tumor_is_promoted(given, marked, replayed):
    found = read_by(given, Reader(TUMORS, TUMORS), marked, replayed)
    assert failed(found) == set()
    assert found.verdict == "promote"
    assert found.row("flip_rate_swapped").before.value == 1
    assert found.row("flip_rate").after.value == 0
    assert found.row("evidence_energy").after.value == 1
    json.dumps(found.as_dict(), allow_nan=False)
    assert Certificate.from_dict(found.as_dict()).as_dict() == found.as_dict()


def test_the_oftener_patients_were_asked_the_more_must_be_shown(given, marked, replayed):
    late = read_by(given, Reader(TUMORS, TUMORS), marked, replayed, Asking(3, before=5))
    assert (late.verdict, late.attempt, late.asked_before) == ("promote", 3, 5)
    assert late.level == pytest.approx(0.05 / 12)
    assert "asked about 5 other networks" in " ".join(late.cautions)
    spent = read_by(given, Reader(TUMORS, TUMORS), marked, replayed, Asking(11, before=10))
    assert spent.verdict == "insufficient"
    assert "asked 10 times" in spent.reasons[0]


def test_a_control_that_stayed_the_network_of_before_is_told_apart(given, marked, replayed):
    found = read_by(given, Reader(TUMORS, TUMORS), marked, replayed)
    assert found.unmoved == ("control_classification", "control_other_masks")
    against = next(c for c in found.conditions if c.name == "evidence_control_classification")
    assert "stayed the network of before" in against.demand
    assert "says nothing that the comparison with before" in " ".join(found.cautions)


def test_a_map_on_the_tumor_is_no_reason_while_the_answers_follow_the_tag(given, marked, replayed):
    found = read_by(given, Reader(TAGS, TUMORS), marked, replayed)
    assert found.row("evidence_energy").after.value == 1
    assert found.verdict == "refuse"
    assert "flips" in failed(found)


def test_a_map_beside_the_tumor_is_refused(given, marked, replayed):
    beside = tuple((row, (column + 12) % 32) for row, column in TUMORS)
    found = read_by(given, Reader(TUMORS, beside), marked, replayed)
    assert found.verdict == "refuse"
    assert "evidence_before" in failed(found)


def test_training_moves_the_evidence_further_than_both_controls(given, marked, replayed):
    network, annotated, replay = given
    right = retrain(network, annotated, replay, CONFIG)
    found = asked(given, right, marked(HELD_OUT, seed=7), replayed(ANSWERS, seed=8))
    assert not failed(found) & {
        "patients",
        "evidence_before",
        "evidence_control_classification",
        "evidence_control_other_masks",
        "accuracy",
    }


def test_training_from_another_patients_marks_is_refused(given, marked, replayed):
    network, annotated, replay = given
    wrong = with_other_masks(annotated, seed=9)
    run = retrain(network, wrong, replay, CONFIG)
    found = asked((network, wrong, replay), run, marked(HELD_OUT, seed=7), replayed(60, seed=8))
    assert found.verdict == "refuse"
    assert "evidence_before" in failed(found)


def test_a_network_that_did_not_change_is_refused(given, marked, replayed):
    network, annotated, replay = given
    run = retrain(network, annotated, replay, CONFIG)
    same = replace(run, network=network, status="infeasible", step=0)
    found = asked(given, same, marked(30, seed=7), replayed(30, seed=8))
    assert found.verdict == "refuse"
    assert {"bounds", "evidence_before"} <= failed(found)
    assert found.negative_flips == ()
    assert found.positive_flips == 0
    before = found.test("evidence_energy", "before")
    assert before.difference.value == 0
    assert before.p == 1


@pytest.fixture
def unchanged(given) -> Retrained:
    network, annotated, replay = given
    return retrain(network, annotated, replay, replace(CONFIG, steps=1))


def test_too_few_held_out_patients_are_insufficient(given, unchanged, marked, replayed):
    same = train_controls(*given, replace(CONFIG, steps=1))
    found = asked(given, unchanged, marked(6, seed=7), replayed(30, seed=8), same)
    assert found.verdict == "insufficient"
    few = replayed(30, seed=8)
    one_class = few.select(np.flatnonzero(few.labels != 1))
    found = asked(given, unchanged, marked(60, seed=7), one_class, same)
    assert found.verdict == "insufficient"
    assert "meningioma" in found.reasons[0]


def test_slices_of_one_patient_count_as_one(given, unchanged, marked, replayed):
    held_out = marked(60, seed=7)
    alone = replace(held_out.cases, units=np.array(["same"] * 60))
    same = train_controls(*given, replace(CONFIG, steps=1))
    found = asked(given, unchanged, replace(held_out, cases=alone), replayed(30, seed=8), same)
    assert found.verdict == "insufficient"
    assert found.row("evidence_energy").after.patients == 1


def test_nothing_held_out_is_insufficient_and_trains_no_control(given, unchanged, marked, replayed):
    found = asked(given, unchanged, marked(0, seed=7), replayed(0, seed=8))
    assert found.verdict == "insufficient"
    assert found.controls == {}
    assert found.row("evidence_energy").after.value is None
    json.dumps(found.as_dict(), allow_nan=False)


def test_unmarked_slices_are_not_held_out(given, unchanged, marked, replayed):
    found = asked(given, unchanged, marked(45, seed=7, weight=0.0), replayed(30, seed=8))
    assert found.verdict == "insufficient"


def test_a_patient_on_both_sides_is_refused(given, unchanged, marked, replayed):
    with pytest.raises(BadInputError, match="24 held-out patients are also trained on"):
        asked(given, unchanged, marked(30, seed=1), replayed(30, seed=8))
    answers = replayed(30, seed=5)
    renamed = replace(answers, units=np.array([f"x{n}" for n in range(30)]))
    with pytest.raises(BadInputError, match="30 held-out pictures are also trained on"):
        asked(given, unchanged, marked(30, seed=7), renamed)


def test_slices_of_another_size_are_refused(given, unchanged, marked, replayed):
    small = replace(replayed(9, seed=8), images=np.zeros((9, 16, 16), np.uint8))
    with pytest.raises(GeometryMismatchError, match="Held-out slices"):
        asked(given, unchanged, marked(9, seed=7), small)


def test_lost_answers_are_listed_and_drawn(given, marked, replayed):
    network, annotated, replay = given
    run = retrain(network, annotated, replay, replace(CONFIG, steps=1))
    with torch.no_grad():
        run.network.head.bias.zero_() if run.network.head.bias is not None else None
        run.network.head.weight.neg_()
    answers = replayed(30, seed=8)
    found = asked(given, run, marked(30, seed=7), answers)
    assert found.verdict == "refuse"
    assert found.negative_flips
    for flip in found.negative_flips:
        assert flip.before == flip.label != flip.after
        assert str(answers.units[flip.index]) == flip.unit
    drawn = flip_pictures(network, run.network, answers, found, most=3)
    assert len(drawn) == min(3, len(found.negative_flips))
    for picture in drawn:
        assert picture.pixels.shape == (32, 32)
        assert picture.before.shape == picture.after.shape == (8, 8)
        assert picture.before.sum() > 0, "what was answered before had evidence"


def test_the_same_seed_gives_the_same_certificate(given, unchanged, marked, replayed):
    held_out, answers = marked(30, seed=7), replayed(30, seed=8)
    controls = train_controls(*given, replace(CONFIG, steps=1))
    first, again = (asked(given, unchanged, held_out, answers, controls) for _ in range(2))
    assert first.as_dict() == again.as_dict()
