"""The queue: its mix, its limits, its reasons, and that chance stays chance."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.learn.reasons.acquire import queue
from neuroscope.learn.reasons.attention import Attention
from neuroscope.learn.reasons.candidates import Candidates, Known, QueueConfig
from neuroscope.models.classes import CLASS_NAMES

N = 200


def candidates(n=N, *, heads=1, seed=0, attention=True) -> Candidates:
    """Slices that differ in every way, 5 of each patient."""
    rng = np.random.default_rng(seed)
    scores = rng.random(n)
    looked = Attention(rng.random(n), rng.random(n), np.zeros(n, bool), rng.random((n, 2)), scores)
    return Candidates(
        p_heads=rng.dirichlet(np.ones(4), (heads, n)),
        embedding=rng.normal(size=(n, 12)),
        patients=np.arange(n) // 5,
        classes=CLASS_NAMES,
        attention=looked if attention else None,
    )


def rows(choices) -> list[int]:
    return [choice.row for choice in choices]


def test_the_mix_is_as_asked_for_at_every_stop():
    found = queue(candidates(), QueueConfig(number=40))
    assert Counter(c.rule for c in found) == {
        "badge": 20, "typical": 10, "suspicious": 6, "random": 4,
    }  # fmt: skip
    for stop in (10, 20, 30):
        rules = Counter(c.rule for c in found[:stop])
        assert rules["random"] == stop // 10
        assert rules["badge"] == pytest.approx(stop / 2, abs=1)


def test_the_same_seed_gives_the_same_queue_and_another_another():
    first, second = (queue(candidates(heads=3), QueueConfig(seed=3)) for _ in range(2))
    assert first == second
    assert rows(queue(candidates(heads=3), QueueConfig(seed=4))) != rows(first)


def test_no_slice_twice_and_at_most_two_of_a_patient():
    some = candidates(40)
    found = queue(some, QueueConfig(number=40))
    assert len(found) == 16  # 8 patients of 5 slices
    assert len(set(rows(found))) == 16
    assert max(Counter(some.patients[rows(found)].tolist()).values()) == 2


def test_near_duplicates_are_chosen_once():
    some = candidates(60)
    copies = some.embedding + np.random.default_rng(1).normal(0, 0.02, some.embedding.shape)
    both = Candidates(
        p_heads=np.concatenate([some.p_heads, some.p_heads], axis=1),
        embedding=np.concatenate([some.embedding, copies]),
        patients=np.arange(120),
        classes=CLASS_NAMES,
    )
    found = rows(queue(both, QueueConfig(number=120)))
    assert len(found) == 60
    assert sorted(row % 60 for row in found) == list(range(60))


def test_what_is_annotated_already_is_not_asked_for_again():
    some = candidates(60)
    known = Known(some.embedding[:30] + 0.01)
    found = rows(queue(some, QueueConfig(number=60, per_patient=5), known=known))
    assert sorted(found) == list(range(30, 60))


def test_slices_that_must_not_be_asked_for_are_not():
    allowed = np.arange(N) % 3 == 0
    found = rows(queue(replace(candidates(), allowed=allowed), QueueConfig(number=30)))
    assert len(found) == 30
    assert all(row % 3 == 0 for row in found)


def test_chance_does_not_see_what_the_network_says():
    def drawn(some: Candidates) -> list[int]:
        return [c.row for c in queue(some, QueueConfig(number=30)) if c.rule == "random"]

    some = candidates()
    other = np.random.default_rng(8).dirichlet(np.ones(4), (1, N))
    assert drawn(some) == drawn(replace(some, p_heads=other, attention=None))


def test_chance_draws_every_slice_alike():
    some = candidates(20)
    counts = Counter(
        c.row
        for seed in range(400)
        for c in queue(some, QueueConfig(number=10, seed=seed))
        if c.rule == "random"
    )
    assert sum(counts.values()) == 400
    chi_squared = sum((counts[row] - 20) ** 2 / 20 for row in range(20))
    assert chi_squared < 43.8  # 99.9 % of chi squared with 19 degrees of freedom


def test_while_labels_are_few_typical_slices_take_the_place_of_doubt():
    some = candidates()
    cold = queue(some, known=Known(np.zeros((0, 12)), (50, 50, 9, 50)))
    warm = queue(some, known=Known(np.zeros((0, 12)), (50, 50, 10, 50)))
    assert {c.rule for c in cold} == {"typical", "suspicious", "random"}
    assert "badge" in {c.rule for c in warm}
    assert "badge" in {c.rule for c in queue(some)}  # weights that were trained elsewhere


@pytest.mark.parametrize("rule", ["margin", "entropy", "bald", "suspicious", "k_center", "badge"])
def test_one_rule_alone_begins_with_its_largest(rule):
    some = candidates(heads=4)
    found = queue(some, QueueConfig(number=5, shares={rule: 1.0}))
    assert {c.rule for c in found} == {rule}
    p = some.p_class
    ranked = np.sort(p, axis=1)
    error = p - np.eye(4)[p.argmax(1)]
    largest = {
        "margin": (ranked[:, -2] - ranked[:, -1]).argmax(),
        "entropy": (-(p * np.log(p)).sum(1)).argmax(),
        "suspicious": some.attention.suspicion.argmax(),
        "k_center": 0,
        "badge": ((error**2).sum(1) * (some.features**2).sum(1)).argmax(),
    }
    if rule in largest:
        assert found[0].row == largest[rule]


def test_badge_looks_at_what_the_logits_are_linear_in():
    some = candidates()
    loud = np.concatenate([some.embedding, 100 * np.random.default_rng(1).random((N, 3))], axis=1)
    only_badge = QueueConfig(number=1, shares={"badge": 1.0})
    expected = rows(queue(some, only_badge))
    assert rows(queue(replace(some, embedding=loud, linear=12), only_badge)) == expected
    assert rows(queue(replace(some, embedding=loud), only_badge)) != expected


def test_a_rule_with_nothing_to_say_gives_way():
    some = candidates()
    calm = replace(some.attention, suspicion=np.where(np.arange(N) == 7, 0.5, 0.0))
    config = QueueConfig(number=9, shares={"suspicious": 0.5, "margin": 0.5})
    found = queue(replace(some, attention=calm), config)
    assert found[0].row == 7
    assert Counter(c.rule for c in found) == {"suspicious": 1, "margin": 8}
    assert "suspicious" not in {c.rule for c in queue(candidates(attention=False))}


def test_reasons_say_what_was_seen():
    p = np.array([[[0.48, 0.45, 0.05, 0.02], [0.97, 0.01, 0.01, 0.01], [0.1, 0.2, 0.6, 0.1]]])
    other = p[:, :, [1, 0, 2, 3]]
    looked = Attention(
        np.array([0.38, 0.001, 0.0]), np.zeros(3), np.array([True, False, False]),
        np.array([[0, 0], [0.94, 0.97], [0, 0]]), np.array([0.38, 0.95, 0]),
    )  # fmt: skip
    some = Candidates(
        np.concatenate([p, p, other]), np.eye(3), np.arange(3), CLASS_NAMES, attention=looked
    )
    said = {
        (rule, c.row): c.reason
        for rule in ("margin", "bald", "suspicious", "badge", "typical", "k_center")
        for c in queue(some, QueueConfig(number=3, shares={rule: 1.0}))
        if c.rule == rule
    }
    assert said["margin", 0] == "The network is unsure: glioma 47%, meningioma 46%."
    assert said["bald", 0].endswith("disagree: glioma 2, meningioma 1.")
    assert said["suspicious", 0] == "38% of the evidence for glioma lies outside the tumor."
    assert "97% have their evidence closer together" in said["suspicious", 1]
    assert "94% have less of it outside the head" in said["suspicious", 1]
    assert ("suspicious", 2) not in said
    assert "not as on the other chosen slices: glioma 47%" in said["badge", 0]
    assert "Many slices look like this one" in said["typical", 0]
    chance = queue(some, QueueConfig(number=1, every_random=1))
    assert chance[0].reason.startswith("Drawn at random")


def test_a_sure_answer_is_not_called_unsure():
    p = np.tile([0.97, 0.01, 0.01, 0.01], (1, 3, 1))
    some = Candidates(p, np.eye(3), np.arange(3), CLASS_NAMES)
    said = [c.reason for c in queue(some, QueueConfig(number=3, shares={"badge": 1.0}))]
    assert all(text.startswith("The network is sure (glioma 97%)") for text in said)


def test_nothing_left_is_a_shorter_queue():
    assert queue(replace(candidates(), allowed=np.zeros(N, bool))) == ()


@pytest.mark.parametrize(
    "call",
    [
        lambda: QueueConfig(number=0),
        lambda: QueueConfig(shares={"random": 1.0}),
        lambda: QueueConfig(shares={"badge": -1.0}),
        lambda: QueueConfig(shares={}),
        lambda: replace(candidates(), patients=np.arange(3)),
        lambda: replace(candidates(), classes=("a", "b")),
        lambda: queue(candidates(attention=False), QueueConfig(shares={"suspicious": 1.0})),
    ],
)
def test_nonsense_is_refused(call):
    with pytest.raises(BadInputError):
        call()
