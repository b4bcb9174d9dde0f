"""Every tier trains its part and nothing else, and cached features change no answer."""

import numpy as np
import pytest
import torch

from neuroscope.learn.reasons.tiers import (
    TRAINED_PARTS,
    Tier,
    answered,
    cache_keys,
    cached,
    opened,
    trained_weights,
)
from neuroscope.models.evidence import pooled

TIERS: tuple[Tier, ...] = ("head", "adapter", "last", "full")


@pytest.mark.parametrize("pooling", ["mean", "sigmoid"])
@pytest.mark.parametrize("tier", TIERS)
@torch.no_grad()
def test_a_network_opened_for_training_answers_as_before(tier: Tier, pooling, build, replayed):
    network = build(pooling)
    copy = opened(network, tier)
    images = replayed(6).images
    pixels = torch.from_numpy(images)[:, None].float() / 255
    expected = network(pixels)
    answer = pooled(answered(copy, tier, cached(copy, tier, images)))
    assert (answer.logits - expected.logits).abs().max() < 5e-3  # features in half precision
    assert torch.equal(copy(pixels).logits, expected.logits)


@pytest.mark.parametrize("tier", TIERS)
def test_only_the_tier_s_part_gets_a_gradient(tier: Tier, network, replayed):
    copy = opened(network, tier)
    features = cached(copy, tier, replayed(4).images)
    pooled(answered(copy, tier, features)).logits.square().sum().backward()
    for name, parameter in copy.named_parameters():
        inside = name.startswith(TRAINED_PARTS[tier])
        assert (parameter.grad is not None) == inside, name


def test_norms_keep_their_statistics(network, replayed):
    copy = opened(network, "full")
    before = {name: value.clone() for name, value in copy.named_buffers()}
    answered(copy, "full", cached(copy, "full", replayed(4).images))
    assert all(torch.equal(before[name], value) for name, value in copy.named_buffers())


def test_with_mean_pooling_the_gate_has_nothing_to_learn(build):
    assert not any(
        name.startswith("gate.") for name in trained_weights(opened(build("mean"), "last"))
    )


def test_a_new_adapter_depends_on_the_seed_and_starts_as_identity(network):
    first, again, other = (opened(network, "adapter", seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.adapter.down.weight, again.adapter.down.weight)
    assert not torch.equal(first.adapter.down.weight, other.adapter.down.weight)
    assert first.adapter.up.weight.abs().max() == 0


def test_the_key_of_features_names_fixed_weights_and_pixels_but_not_what_is_trained(
    network, replayed
):
    images = replayed(2).images
    keys = cache_keys(network, "last", images)
    assert len(set(keys)) == 2
    with torch.no_grad():
        network.head.weight += 1
        network.refine.conv.weight += 1
    assert cache_keys(network, "last", images) == keys
    assert cache_keys(network, "head", images) != keys
    changed = images.copy()
    changed[0, 3, 3] ^= 1
    assert [a == b for a, b in zip(cache_keys(network, "last", changed), keys, strict=True)] == [
        False,
        True,
    ]
    with torch.no_grad():
        network.stem[0].weight += 1
    assert not set(cache_keys(network, "last", images)) & set(keys)


def test_features_are_read_back_as_they_were_written(network, replayed, tmp_path, monkeypatch):
    images = replayed(3).images
    fresh = cached(network, "last", images, tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
    more = np.concatenate([replayed(1, seed=5).images, images])
    again = cached(network, "last", more, tmp_path)
    assert torch.equal(again.values[1:], fresh.values)
    assert torch.equal(again.deep[1:], fresh.deep)
    assert len(list(tmp_path.iterdir())) == 4
    monkeypatch.setattr(type(network), "trunk", None)  # all is on disk: nothing is computed
    assert torch.equal(cached(network, "last", more, tmp_path).values, again.values)


def test_damaged_features_are_computed_again(network, replayed, tmp_path):
    images = replayed(2).images
    fresh = cached(network, "last", images, tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:100])
    assert torch.equal(cached(network, "last", images, tmp_path).values, fresh.values)
