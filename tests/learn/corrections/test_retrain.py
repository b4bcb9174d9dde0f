"""The segmenter learns from edited masks, keeps its promise, and can be repeated and resumed."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from neuroscope.errors import BadInputError, CanceledError
from neuroscope.learn.corrections.cases import Parts, parted
from neuroscope.learn.corrections.retrain import correct, weights_sha256
from neuroscope.learn.corrections.run import CorrectionConfig
from neuroscope.learn.corrections.tiers import LEARNS

BRIEF = CorrectionConfig(steps=6, look_every=2, epsilon=1.0)


@pytest.fixture
def parts(edited) -> Parts:
    return parted(edited(8))


def test_the_loss_on_edited_studies_falls_and_the_network_given_stays(network, parts, synthetic):
    before = weights_sha256(network)
    config = replace(BRIEF, tier="full", steps=12, look_every=6, learning_rate=1e-2)
    found = correct(network, parts, synthetic(6), config)
    assert found.status == "feasible"
    assert found.history[-1].edited_held_out < 0.9 * found.history[0].edited_held_out
    assert weights_sha256(network) == before
    assert weights_sha256(found.network) == found.weights_sha256 != before


def test_what_was_kept_is_the_best_that_keeps_the_promise(network, parts, synthetic):
    found = correct(network, parts, synthetic(6), replace(BRIEF, learning_rate=1e-2))
    kept = next(look for look in found.history if look.step == found.step)
    assert kept.feasible
    assert max(kept.violations) <= 0
    assert kept.criterion == min(look.criterion for look in found.history if look.feasible)


def test_a_promise_that_cannot_be_kept_gives_the_old_weights_and_says_infeasible(
    network, parts, synthetic
):
    config = replace(BRIEF, epsilon=0.0, replay=0.0, learning_rate=0.3, tier="full")
    found = correct(network, parts, synthetic(6), config)
    assert not any(look.feasible for look in found.history[1:])
    assert found.status == "infeasible"
    assert found.step == 0
    assert found.weights_sha256 == weights_sha256(network)


@pytest.mark.parametrize("tier", ["head", "last", "full"])
def test_only_the_tier_changes(tier, network, parts, synthetic):
    found = correct(network, parts, synthetic(4), replace(BRIEF, tier=tier, steps=2))
    assert found.step > 0
    now = found.network.state_dict()
    for name, value in network.state_dict().items():
        assert torch.equal(now[name], value) != name.startswith(LEARNS[tier]), name


@pytest.mark.parametrize("tier", ["head", "last"])
def test_features_that_are_kept_answer_as_the_whole_network_does(tier, network, parts, synthetic):
    looks = [
        correct(network, parts, synthetic(4), replace(BRIEF, tier=one, steps=1)).history[0]
        for one in (tier, "full")
    ]
    assert looks[0].edited == pytest.approx(looks[1].edited, rel=2e-3)


def test_a_killed_run_goes_on_to_the_same_weights(network, parts, synthetic, tmp_path):
    whole = correct(network, parts, synthetic(4), BRIEF)

    def kill(fraction: float) -> None:
        if fraction > 0.7:
            raise CanceledError("Stopped.", fix="Start again.")

    state = tmp_path / "state.safetensors"
    with pytest.raises(CanceledError):
        correct(network, parts, synthetic(4), BRIEF, kill, keep=state)
    seen: list[int] = []
    resumed = correct(
        network, parts, synthetic(4), BRIEF, watch=lambda look: seen.append(look.step), keep=state
    )
    assert seen == [6]
    assert resumed.weights_sha256 == whole.weights_sha256
    assert resumed.manifest_sha256 == whole.manifest_sha256
    other = correct(network, parts, synthetic(4), replace(BRIEF, seed=1), keep=state)
    assert other.weights_sha256 != whole.weights_sha256


def test_the_control_never_sees_an_edited_mask(network, edited, synthetic):
    control = [
        correct(network, parted(edited(n)), synthetic(4), BRIEF, learn_edits=False) for n in (8, 12)
    ]
    assert control[0].weights_sha256 == control[1].weights_sha256
    assert np.isnan(control[0].history[0].edited)


def test_locked_studies_change_nothing(network, parts, study, synthetic):
    assert parts.locked
    others = Parts(parts.fit, parts.judge, ())
    first, again = (correct(network, p, synthetic(4), BRIEF) for p in (parts, others))
    assert first.weights_sha256 == again.weights_sha256


def test_too_little_is_refused(network, parts, synthetic):
    with pytest.raises(BadInputError, match="locked"):
        correct(network, Parts((), (), parts.locked), synthetic(4), BRIEF)
    with pytest.raises(BadInputError, match="Replay at least"):
        correct(network, parts, synthetic(3), BRIEF)
    with pytest.raises(ValueError, match="epsilon 0 or more"):
        replace(BRIEF, epsilon=-1.0)
