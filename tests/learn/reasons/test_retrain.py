"""A retraining looks where readers looked, keeps its promise, and can be repeated and resumed."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from neuroscope.errors import BadInputError, CanceledError
from neuroscope.learn.reasons.cases import Annotated
from neuroscope.learn.reasons.lagrangian import DualConfig
from neuroscope.learn.reasons.retrain import CHECKPOINT_NAME, retrain, weights_sha256
from neuroscope.learn.reasons.run import RetrainConfig
from neuroscope.learn.reasons.tiers import TRAINED_PARTS

BRIEF = RetrainConfig(
    steps=12, annotated_batch=6, replay_batch=9, look_every=4, learning_rate=3e-3, fast=False
)


@pytest.fixture
def annotated(marked):
    return marked(15)


@pytest.fixture
def replay(replayed):
    return replayed(24)


def test_evidence_moves_to_where_readers_looked_and_the_network_given_stays(
    network, annotated, replay
):
    before = weights_sha256(network)
    config = replace(BRIEF, steps=60, epsilon=1.0, learning_rate=1e-2)
    found = retrain(network, annotated, replay, config)
    assert found.status == "feasible, not stationary"  # steps alone seldom end at rest
    assert found.history[-1].reasons < 0.7 * found.history[0].reasons
    assert found.history[-1].energy > found.history[0].energy
    assert weights_sha256(network) == before
    assert weights_sha256(found.network) == found.weights_sha256 != before


def test_every_kept_weight_keeps_the_promise_on_every_class(network, annotated, replay):
    found = retrain(network, annotated, replay, replace(BRIEF, epsilon=0.2, steps=24))
    kept = next(look for look in found.history if look.step == found.step)
    assert kept.feasible
    assert max(kept.violations) <= 0
    best = min(look.criterion for look in found.history if look.feasible)
    assert kept.criterion == best


def test_a_promise_that_cannot_be_kept_gives_the_old_network_and_says_infeasible(
    network, annotated, replay
):
    config = replace(BRIEF, epsilon=0.0, classification=0.0, steps=8, learning_rate=0.5)
    found = retrain(network, annotated, replay, config)
    assert not any(look.feasible for look in found.history[1:])
    assert found.status == "infeasible"
    assert found.step == 0
    assert found.weights_sha256 == weights_sha256(network)


@pytest.mark.parametrize("fast", [False, True])
def test_the_same_manifest_gives_the_same_weights(fast: bool, network, annotated, replay):
    config = replace(BRIEF, fast=fast)
    first, again = (retrain(network, annotated, replay, config) for _ in range(2))
    assert first.manifest_sha256 == again.manifest_sha256
    assert first.weights_sha256 == again.weights_sha256
    other = retrain(network, annotated, replay, replace(config, seed=1))
    assert other.manifest_sha256 != first.manifest_sha256
    assert other.weights_sha256 != first.weights_sha256


def test_slices_that_nobody_annotated_change_not_one_bit(network, marked, replay):
    given = marked(9)
    with_others = marked(12)
    with_others.masks.weight[9:] = 0
    plain = retrain(network, given, replay, BRIEF)
    assert retrain(network, with_others, replay, BRIEF).weights_sha256 == plain.weights_sha256


def test_without_any_annotation_it_is_the_classification_only_fit_bit_for_bit(
    network, marked, replay
):
    control = retrain(network, marked(9), replay, replace(BRIEF, loss="none"))
    nobody = retrain(network, marked(9, weight=0.0), replay, BRIEF)
    assert nobody.weights_sha256 == control.weights_sha256
    assert control.weights_sha256 != weights_sha256(network)


def test_a_killed_run_goes_on_to_the_same_weights(network, annotated, replay, tmp_path):
    whole = retrain(network, annotated, replay, BRIEF)

    def kill(fraction: float) -> None:
        if fraction > 0.7:
            raise CanceledError("Stopped.", fix="Start again.")

    with pytest.raises(CanceledError):
        retrain(network, annotated, replay, BRIEF, kill, keep=tmp_path)
    assert (tmp_path / CHECKPOINT_NAME).is_file()
    seen: list[int] = []

    def watch(look, maps) -> bool:
        del maps
        seen.append(look.step)
        return True

    resumed = retrain(network, annotated, replay, BRIEF, watch=watch, keep=tmp_path)
    assert seen == [12]  # the state of step 8 was there
    assert resumed.weights_sha256 == whole.weights_sha256
    assert str(resumed.history) == str(whole.history)  # nan included


def test_the_state_of_another_run_is_not_taken(network, annotated, replay, tmp_path):
    retrain(network, annotated, replay, replace(BRIEF, seed=5), keep=tmp_path)
    found = retrain(network, annotated, replay, BRIEF, keep=tmp_path)
    assert found.weights_sha256 == retrain(network, annotated, replay, BRIEF).weights_sha256


def test_a_watcher_may_end_the_run_with_what_it_has(network, annotated, replay):
    shown: list[tuple[int, ...]] = []

    def watch(look, maps) -> bool:
        shown.append(maps.shape)
        return look.step < 8

    found = retrain(network, annotated, replay, BRIEF, watch=watch)
    assert [look.step for look in found.history] == [0, 4, 8]
    assert shown == [(6, 8, 8)] * 3


def test_the_first_maps_come_before_the_run_and_change_nothing(network, annotated, replay):
    events: list[str] = []

    def preview(maps: np.ndarray) -> None:
        assert maps.shape == (6, 8, 8)
        assert np.isfinite(maps).all()
        events.append("maps")

    found = retrain(
        network, annotated, replay, BRIEF, lambda done: events.append("step"), preview=preview
    )
    assert events[0] == "maps"
    assert events.count("maps") == 1
    assert found.weights_sha256 == retrain(network, annotated, replay, BRIEF).weights_sha256


@pytest.mark.parametrize("loss", ["rrr_input", "rrr_cam", "hint", "l1"])
def test_other_losses_lower_themselves(loss, network, annotated, replay):
    config = replace(BRIEF, loss=loss, epsilon=1.0, steps=30, classification=0.0)
    found = retrain(network, annotated, replay, config)
    assert found.history[-1].reasons < found.history[0].reasons


@pytest.mark.parametrize("rule", ["mdmm", "nupi"])
def test_other_rules_for_the_multipliers_keep_the_promise_too(rule, network, annotated, replay):
    config = replace(BRIEF, dual=DualConfig(rule=rule), epsilon=0.2)
    found = retrain(network, annotated, replay, config)
    kept = next(look for look in found.history if look.step == found.step)
    assert max(kept.violations) <= 0


@pytest.mark.parametrize("tier", ["head", "adapter", "last", "full"])
def test_only_the_tier_changes(tier, network, annotated, replay):
    found = retrain(network, annotated, replay, replace(BRIEF, tier=tier, epsilon=1.0, steps=8))
    assert found.step > 0
    before = network.state_dict()
    for name, value in found.network.state_dict().items():
        if name in before and not name.startswith(TRAINED_PARTS[tier]):
            assert torch.equal(value, before[name]), name


def test_a_broken_constraint_raises_its_multiplier(network, annotated, replay):
    config = replace(BRIEF, epsilon=0.0, classification=0.0, learning_rate=3e-2, steps=24)
    found = retrain(network, annotated, replay, config)
    assert max(max(look.multipliers) for look in found.history) > 0
    assert all(min(look.multipliers) >= 0 for look in found.history)


def test_losses_that_read_what_to_ignore_refuse_marks_without_it(network, annotated, replay):
    annotated.masks.not_evidence.zero_()
    with pytest.raises(BadInputError, match="ignore this"):
        retrain(network, annotated, replay, replace(BRIEF, loss="rrr_cam"))


def test_settings_that_make_no_sense_are_refused():
    for wrong in ({"steps": 0}, {"epsilon": -1.0}, {"held_out": 1.0}):
        with pytest.raises(ValueError, match="must be"):
            replace(BRIEF, **wrong)


def test_slices_of_one_patient_may_all_be_held_out(network, marked, replay):
    given = marked(6)
    given.cases.units[:] = "one"
    found = retrain(network, given, replay, replace(BRIEF, steps=4, held_out=0.99))
    assert np.isfinite(found.history[-1].reasons)
    assert isinstance(given, Annotated)
