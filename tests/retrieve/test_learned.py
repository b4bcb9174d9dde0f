"""Learning from judgments whose rule is known: planted, none at all, or already the plain one."""

from collections.abc import Callable

import numpy as np
import pytest

from neuroscope.records.similar import Embedded, Entry, VectorSpace
from neuroscope.retrieve import learned
from neuroscope.retrieve.learned import Judged, learn_metric, ndcg

DIMENSION = 12
SPACE = VectorSpace("known", "1", "a" * 64, "test-1", DIMENSION)
Rule = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def judged(rule: Rule, *, patients: int = 24, cases: int = 8, seed: int = 0) -> list[Judged]:
    """For each patient the half of the cases that the rule puts first is relevant."""
    rng = np.random.default_rng(seed)
    made = []
    for patient in range(patients):
        drawn = rng.normal(size=(cases + 1, DIMENSION))
        rows = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
        ids = [f"c{patient}.{n}" for n in range(cases)]
        query = Embedded(SPACE, (Entry("q", "slice", "q", f"p{patient}", f"p{patient}"),), rows[:1])
        past = Embedded(SPACE, tuple(Entry(i, "slice", i, i, i) for i in ids), rows[1:])
        order = np.argsort(-rule(rows[0], rows[1:], rng))
        near = {ids[n] for n in order[: cases // 2]}
        made.append(Judged(f"p{patient}", query, past, {i: i in near for i in ids}))
    return made


def planted(query, cases, rng):
    return cases[:, :4] @ query[:4]  # readers look at four directions only


def chance(query, cases, rng):
    return rng.random(len(cases))


def plain(query, cases, rng):
    return cases @ query


@pytest.fixture(autouse=True)
def few_ridges(monkeypatch):
    monkeypatch.setattr(learned, "RIDGES", (1.0, 10.0))
    monkeypatch.setattr(learned, "RESAMPLES", 200)


def test_what_readers_look_at_is_found_and_accepted():
    found = learn_metric(judged(planted), SPACE)
    assert found.metric is not None
    assert found.compared is not None
    assert found.compared.difference.low > 0
    assert (found.judgments, found.queries, found.patients) == (192, 24, 24)
    scales = found.metric.scales
    assert scales[:4].min() > scales[4:].max()
    fresh = judged(planted, seed=99)
    better = [learned._ndcg(one, found.metric) - learned._ndcg(one, None) for one in fresh]
    assert np.mean(better) > 0.03  # on patients and cases nobody learned from


def test_marks_that_follow_no_rule_change_nothing():
    found = learn_metric(judged(chance), SPACE)
    assert found.metric is None
    assert "not accepted" in found.why


def test_readers_who_agree_with_the_plain_order_change_nothing():
    found = learn_metric(judged(plain), SPACE)
    assert found.metric is None
    assert found.compared is not None
    assert found.compared.second.value == pytest.approx(1.0)


def test_too_few_judgments_or_patients_are_not_learned_from():
    few = learn_metric(judged(planted, cases=2), SPACE)
    assert (few.metric, few.compared, few.judgments) == (None, None, 48)
    assert "50 of 20 are needed" in few.why
    same_patient = [
        Judged("one", one.query, one.cases, one.relevant) for one in judged(planted, patients=30)
    ]
    assert learn_metric(same_patient, SPACE).patients == 1
    one_sided = [
        Judged(one.patient, one.query, one.cases, dict.fromkeys(one.relevant, True))
        for one in judged(planted)
    ]
    assert learn_metric(one_sided, SPACE).judgments == 0


def test_the_slope_of_the_loss_is_that_of_its_differences():
    triplets = learned._Triplets(judged(planted, patients=5))
    at = np.random.default_rng(1).normal(0, 0.3, DIMENSION)
    _, slope = triplets.loss(at)
    step = 1e-6 * np.eye(DIMENSION)
    around = [(triplets.loss(at + s)[0] - triplets.loss(at - s)[0]) / 2e-6 for s in step]
    assert np.allclose(slope, around, atol=1e-7)


def test_ndcg_is_one_for_the_best_order_and_falls_with_every_swap():
    assert ndcg([True, True, False, False]) == 1
    assert ndcg([False, False, True, True]) < ndcg([False, True, True, False]) < 1
    assert np.isnan(ndcg([False, False]))
    assert ndcg([False] * 10 + [True]) == 0  # below the tenth place nothing counts
