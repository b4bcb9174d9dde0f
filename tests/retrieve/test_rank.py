"""Who may be found, in which order; on planted neighbors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroscope.errors import ConflictError
from neuroscope.records.metric import Metric
from neuroscope.records.similar import CaseFacts, Embedded, Entry, VectorSpace
from neuroscope.retrieve.conditions import Condition, parse_conditions
from neuroscope.retrieve.index import MOST_HITS, best_of_each
from neuroscope.retrieve.rank import kin_of, late_interaction, nudged, rank_cases

SPACE = VectorSpace("known", "1", "a" * 64, "test-1", 8)


class ListIndex:
    """An index in a list, for properties that need many of them; keeps the same promises."""

    def __init__(self, past: Embedded) -> None:
        self.space, self.past = past.space, past

    def _rows(self, conditions) -> list[int]:
        def fulfills(entry: Entry, one: Condition) -> bool:
            held = {**entry.facts.as_dict(), "patient": entry.patient, "group": entry.group}
            held |= {"case_id": entry.case_id, "kind": entry.kind}
            return (held[one.column] in one.values) != one.negated

        entries = self.past.entries
        return [n for n, e in enumerate(entries) if all(fulfills(e, c) for c in conditions)]

    def search(self, vector, conditions, *, most):
        from neuroscope.records.similar import Hit

        assert most <= MOST_HITS
        rows = self._rows(conditions)
        hits = [Hit(self.past.entries[n], float(self.past.vectors[n] @ vector)) for n in rows]
        return tuple(sorted(hits, key=lambda hit: -hit.score)[:most])

    def nearest_cases(self, vectors, conditions, *, most):
        found = (self.search(v, conditions, most=most) for v in vectors)
        return tuple(best_of_each((h.entry.case_id, h.score) for h in hits) for hits in found)

    def fetch(self, conditions):
        rows = self._rows(conditions)
        entries = tuple(self.past.entries[n] for n in rows)
        return Embedded(self.space, entries, self.past.vectors[rows].reshape(-1, 8))

    def count(self, conditions):
        return len(self._rows(conditions))

    def add(self, embedded): ...

    def delete(self, case_ids): ...

    def settle(self): ...

    def close(self): ...


def unit(vectors) -> np.ndarray:
    rows = np.asarray(vectors, float)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def past_of(owners: list[tuple[int, int]], seed: int) -> Embedded:
    """One case for each (patient, group)."""
    entries = tuple(
        Entry(f"e{n}", "slice", f"case{n}", f"p{p}", f"g{g}") for n, (p, g) in enumerate(owners)
    )
    vectors = unit(np.random.default_rng(seed).normal(size=(len(owners), 8)))
    return Embedded(SPACE, entries, vectors)


owners = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12)), min_size=1, max_size=40)


@given(owners, st.integers(0, 9), st.integers(0, 12), st.integers(0, 99))
def test_no_result_shares_patient_or_leak_group_with_the_query(held, patient, group, seed):
    past = past_of(held, seed)
    index = ListIndex(past)
    query = Embedded(
        SPACE, (Entry("q", "slice", "query", f"p{patient}", f"g{group}"),), past.vectors[:1]
    )
    kin = kin_of(index, f"p{patient}", [f"g{group}"])
    ranked = rank_cases(index, query, kin, (), most=40)
    moved = Embedded(SPACE, query.entries, past.vectors[-1:])  # by a mark on anyone, even kin
    metric = Metric(SPACE, np.geomspace(0.5, 2, 8).astype(np.float32))
    again = rank_cases(index, query, kin, (), most=40, moved=moved, metric=metric)
    assert {one.case_id for one in again} == {one.case_id for one in ranked}
    # Kin worked out another way: whoever is connected with the query by patients and groups.
    patients, groups = {f"p{patient}"}, {f"g{group}"}
    for _ in range(len(held) + 1):
        for p, g in held:
            if f"p{p}" in patients or f"g{g}" in groups:
                patients.add(f"p{p}")
                groups.add(f"g{g}")
    for one in ranked:
        assert one.best.entry.patient not in patients
        assert one.best.entry.group not in groups
    left = [n for n, (p, g) in enumerate(held) if f"p{p}" not in patients]
    assert {one.case_id for one in ranked} == {f"case{n}" for n in left}


def test_planted_clusters_are_found_whole(index, entry, embedded):
    noise = np.random.default_rng(2).normal(0, 0.05, (40, 8))
    vectors = np.eye(8)[np.arange(40) % 4] + noise
    past = embedded([entry(n, label=str(n % 4)) for n in range(40)], vectors)
    index.add(past)
    for direction in range(4):
        query = embedded([entry(99, case="query")], np.eye(8)[direction : direction + 1])
        kin = kin_of(index, query.entries[0].patient)
        ranked = rank_cases(index, query, kin, (), most=10)
        assert {one.best.entry.facts.label for one in ranked} == {str(direction)}
        only = rank_cases(index, query, kin, parse_conditions("class=3"), most=10)
        assert {one.best.entry.facts.label for one in only} == {"3"}


def test_a_case_is_scored_by_its_best_match_of_every_query_vector():
    axes = np.eye(8, dtype=np.float32)
    query = Embedded(
        SPACE,
        tuple(Entry(f"q{n}", "slice", "q", "p", "p") for n in range(2)),
        axes[:2],
    )
    half = unit([axes[0] + axes[1]])[0]
    past = Embedded(
        SPACE,
        (
            Entry("a0", "slice", "both", "a", "a"),
            Entry("a1", "slice", "both", "a", "a"),
            Entry("b0", "slice", "between", "b", "b"),
            Entry("c0", "slice", "one", "c", "c"),
            Entry("d0", "lesion", "other kind", "d", "d"),
        ),
        np.stack([axes[0], axes[1], half, axes[0], axes[1]]),
    )
    ranked = late_interaction(query, past)
    scores = {one.case_id: one.score for one in ranked}
    assert scores["both"] == pytest.approx(1.0)
    assert scores["between"] == pytest.approx(2**-0.5, abs=1e-6)
    assert scores["one"] == pytest.approx(0.5)
    assert scores["other kind"] == 0.0
    assert [one.case_id for one in ranked][:2] == ["both", "between"]
    assert (ranked[0].query_row, ranked[0].best.entry.id) in {(0, "a0"), (1, "a1")}


def test_cases_of_many_vectors_are_ranked_as_if_all_were_compared():
    rng = np.random.default_rng(5)
    cases, each = 80, 6
    centers = np.repeat(rng.normal(size=(cases, 8)), each, axis=0)
    vectors = unit(centers + 0.6 * rng.normal(size=centers.shape))
    kinds = ("slice", "slice", "slice", "slice", "lesion", "lesion")
    past = Embedded(
        SPACE,
        tuple(
            Entry(f"e{n}", kinds[n % each], f"case{n // each}", f"p{n // each}", f"p{n // each}")
            for n in range(cases * each)
        ),
        vectors,
    )
    index = ListIndex(past)
    right = 0
    for number in range(3):
        near = unit(past.vectors[number * each : number * each + each] + 0.3)
        entries = tuple(Entry(f"q{n}", kinds[n], "q", "me", "me") for n in range(each))
        query = Embedded(SPACE, entries, near)
        kin = kin_of(index, "me")
        found = [one.case_id for one in rank_cases(index, query, kin, (), most=10)]
        true = [one.case_id for one in late_interaction(query, past)][:10]
        assert found[0] == true[0]
        right += len(set(found) & set(true))
    assert right == 30


def test_a_metric_decides_on_the_order_and_the_score_stays_a_cosine():
    axes = np.eye(8, dtype=np.float32)
    query = Embedded(SPACE, (Entry("q", "slice", "q", "q", "q"),), unit([axes[0] + axes[1]]))
    past = Embedded(
        SPACE,
        (Entry("a", "slice", "first", "a", "a"), Entry("b", "slice", "second", "b", "b")),
        unit([axes[0] + 0.5 * axes[1], 0.2 * axes[0] + axes[1]]),
    )
    plain = rank_cases(ListIndex(past), query, kin_of(ListIndex(past), "q"), (), most=2)
    assert [one.case_id for one in plain] == ["first", "second"]
    scales = np.ones(8, np.float32)
    scales[0] = 0.1
    kin = kin_of(ListIndex(past), "q")
    moved = rank_cases(ListIndex(past), query, kin, (), most=2, metric=Metric(SPACE, scales))
    assert [one.case_id for one in moved] == ["second", "first"]
    cosines = {one.case_id: one.best.score for one in plain}
    assert {one.case_id: one.best.score for one in moved} == pytest.approx(cosines)
    ones = Metric(SPACE, np.ones(8, np.float32))
    same = rank_cases(ListIndex(past), query, kin, (), most=2, metric=ones)
    assert [one.score for one in same] == pytest.approx([one.score for one in plain])


def test_vectors_of_another_space_are_never_ranked():
    past = past_of([(1, 1)], 0)
    other = VectorSpace("known", "2", "b" * 64, "test-1", 8)
    query = Embedded(other, (Entry("q", "slice", "q", "p", "p"),), past.vectors)
    with pytest.raises(ConflictError):
        late_interaction(query, past)


def test_nothing_marked_changes_nothing():
    query = unit([[1, 2, 3, 4, 0, 0, 0, 0]])[0]
    nobody = np.zeros((0, 8), np.float32)
    assert nudged(query, nobody, nobody) is query


def test_marks_move_the_query_toward_and_away():
    axes = np.eye(8, dtype=np.float32)
    nobody = np.zeros((0, 8), np.float32)
    query = axes[0]
    toward = nudged(query, axes[1:3], nobody)
    assert toward @ axes[1] > 0
    assert toward @ axes[1] == pytest.approx(0.375 / np.hypot(1, 0.75 / 2**0.5), abs=1e-6)
    away = nudged(query, nobody, axes[1:2])
    assert away @ axes[1] < 0
    assert np.linalg.norm(away) == pytest.approx(1)


def test_marks_that_cancel_the_query_leave_it():
    axis = np.eye(8, dtype=np.float32)[0]
    opposite = -axis[None] / 0.75
    assert np.array_equal(nudged(axis, opposite, np.zeros((0, 8), np.float32)), axis)


def test_facts_of_the_best_vector_come_with_the_case():
    past = Embedded(
        SPACE,
        (
            Entry("a", "slice", "c", "a", "a", facts=CaseFacts(plane="axial")),
            Entry("b", "slice", "c", "a", "a", facts=CaseFacts(plane="coronal")),
        ),
        np.eye(8, dtype=np.float32)[:2],
    )
    query = Embedded(SPACE, (Entry("q", "slice", "q", "p", "p"),), np.eye(8, dtype=np.float32)[1:2])
    assert late_interaction(query, past)[0].best.entry.facts.plane == "coronal"
