import numpy as np
import pytest

from neuroscope.records.similar import CaseFacts, Embedded, Entry, Hit, VectorSpace
from neuroscope.retrieve.trust import Clarity, calibrate, same_source_rate, vote_of

SPACE = VectorSpace("known", "1", "a" * 64, "test-1", 4)


def hit(label, score, *, patient="", by="reference", source=None) -> Hit:
    patient = patient or f"p{label}{score}"
    facts = CaseFacts(label=label, label_source=by if label else None, source=source)
    return Hit(Entry(f"e{patient}", "slice", patient, patient, patient, facts=facts), score)


def test_closer_neighbors_count_more_and_shares_sum_to_1():
    vote = vote_of([hit("glioma", 0.95), hit("meningioma", 0.75), hit("meningioma", 0.7)])
    assert vote.label == "glioma"
    weights = np.exp(10 * (np.array([0.95, 0.75, 0.7]) - 0.95))
    assert vote.shares["glioma"] == pytest.approx(1 / weights.sum())
    assert sum(vote.shares.values()) == pytest.approx(1)
    assert vote.labeled == 3


def test_a_patient_has_one_voice_and_the_network_none():
    vote = vote_of(
        [
            hit("glioma", 0.9, patient="a"),
            hit("glioma", 0.9, patient="a"),
            hit("pituitary", 0.9, patient="b"),
            hit("meningioma", 0.99, patient="c", by="model"),
            hit(None, 0.99, patient="d"),
        ]
    )
    assert vote.labeled == 2
    assert vote.shares == {"glioma": pytest.approx(0.5), "pituitary": pytest.approx(0.5)}


def test_without_labels_of_people_there_is_no_vote():
    vote = vote_of([hit("glioma", 0.9, by="model")])
    assert (vote.label, vote.labeled, dict(vote.shares)) == (None, 0, {})


def test_a_vote_says_how_often_so_clear_a_vote_was_right():
    calibration = (Clarity(0.9, 0.97, 5, 0.2, 0.1, 0.3), Clarity(0.97, 1.01, 40, 0.9, 0.8, 0.95))
    sure = vote_of([hit("glioma", 0.9)], calibration)
    assert (sure.p_right, sure.p_right_low, sure.p_right_cases) == (0.9, 0.8, 40)
    few = vote_of([hit("glioma", 0.9), hit("pituitary", 0.65)], calibration)
    assert 0.9 < few.shares["glioma"] < 0.97
    assert few.p_right is None  # five cases tell nothing


def clusters(*, wrong: float, seed: int = 0) -> Embedded:
    """Four tight clusters of 60 patients each; some have another label than their cluster."""
    rng = np.random.default_rng(seed)
    number = 240
    place = np.arange(number) % 4
    vectors = np.eye(4)[place] + rng.normal(0, 0.05, (number, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = np.where(rng.random(number) < wrong, (place + 1) % 4, place)
    entries = tuple(
        Entry(
            f"e{n}",
            "slice",
            f"c{n}",
            f"p{n}",
            f"p{n}",
            facts=CaseFacts(label=str(labels[n]), label_source="reference"),
        )
        for n in range(number)
    )
    return Embedded(SPACE, entries, vectors.astype(np.float32))


def test_votes_among_pure_clusters_are_always_right_but_never_certain():
    (clear,) = calibrate(clusters(wrong=0.0))
    assert (clear.cases, clear.p_right) == (240, 1.0)
    assert 0.95 < clear.p_right_low < 1.0


def test_votes_are_right_as_often_as_their_labels_are():
    found = calibrate(clusters(wrong=0.2))
    right = sum(one.p_right * one.cases for one in found) / sum(one.cases for one in found)
    assert right == pytest.approx(0.8, abs=0.08)
    for one in found:
        assert one.p_right_low <= one.p_right <= one.p_right_high


def test_a_patient_never_votes_on_themselves():
    pairs = clusters(wrong=0.0)
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(240, 4))
    vectors = noise / np.linalg.norm(noise, axis=1, keepdims=True)
    vectors[1::2] = vectors[::2]  # every second vector is a copy of the one before ...
    entries = tuple(
        Entry(f"e{n}", "slice", f"c{n}", f"p{n // 2}", f"p{n // 2}", facts=pairs.entries[n].facts)
        for n in range(240)
    )  # ... of the same patient
    labels = [CaseFacts(label=str(rng.integers(2)), label_source="reference") for _ in range(120)]
    entries = tuple(
        Entry(e.id, e.kind, e.case_id, e.patient, e.group, facts=labels[n // 2])
        for n, e in enumerate(entries)
    )
    found = calibrate(Embedded(SPACE, entries, vectors.astype(np.float32)))
    right = sum(one.p_right * one.cases for one in found) / sum(one.cases for one in found)
    assert right < 0.65  # with their twins it would be 1


def test_too_few_cases_calibrate_nothing():
    past = clusters(wrong=0.0)
    assert calibrate(Embedded(SPACE, past.entries[:8], past.vectors[:8])) == ()


def test_the_rate_of_the_same_source_stands_beside_that_of_all():
    near = [hit("glioma", 0.9, patient=str(n), source="A").entry for n in range(3)]
    far = [hit("glioma", 0.1, patient=f"f{n}", source="B").entry for n in range(9)]
    assert same_source_rate("A", near, [*near, *far]) == (1.0, 0.25)
    assert same_source_rate(None, near, far) == (None, None)
    unknown = [hit("glioma", 0.9).entry]
    assert same_source_rate("A", unknown, far) == (None, 0.0)
