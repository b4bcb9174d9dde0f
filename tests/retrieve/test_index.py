"""What every index promises, LanceDB, pgvector and Chroma alike."""

import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuroscope.errors import BadInputError, ConflictError
from neuroscope.records.similar import Embedded, VectorSpace
from neuroscope.retrieve.conditions import none_of, one_of, parse_conditions
from neuroscope.retrieve.index import as_entry, as_row


def random_vectors(number: int, seed: int = 0) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(number, 8))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def test_a_duplicate_of_the_query_ranks_first_with_cosine_1(index, entry, embedded):
    vectors = random_vectors(40)
    index.add(embedded([entry(n) for n in range(40)], vectors))
    hits = index.search(vectors[17], (), most=5)
    assert hits[0].entry == entry(17)
    assert hits[0].score > 0.999
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_hits_and_scores_are_those_of_a_plain_product(index, entry, embedded):
    vectors, query = random_vectors(60), random_vectors(1, seed=9)[0]
    index.add(embedded([entry(n) for n in range(60)], vectors))
    order = np.argsort(-(vectors @ query))[:10]
    hits = index.search(query, (), most=10)
    assert [hit.entry.slice_index for hit in hits] == order.tolist()
    assert np.allclose([hit.score for hit in hits], (vectors @ query)[order], atol=1e-5)


def test_conditions_are_kept_inside_the_query(index, entry, embedded):
    entries = [
        entry(0, label="glioma", age=30.0, date="2020-01-05", grade="4"),
        entry(1, label="glioma", age=50.0, date="2021-01-05", grade="2"),
        entry(2, label="meningioma", age=50.0, volume_ml=12.5),
        entry(3, label="it's; --", age=None),
    ]
    index.add(embedded(entries, random_vectors(4)))

    def found(text: str) -> set[int]:
        hits = index.search(random_vectors(1)[0], parse_conditions(text), most=10)
        return {hit.entry.slice_index for hit in hits}

    assert found("class=glioma") == {0, 1}
    assert found("class=glioma,meningioma age=40..60") == {1, 2}
    assert found("age=..30") == {0}
    assert found("date=2020-06-01..") == {1}
    assert found("volume=10..20") == {2}
    assert found("grade=2,4 age=50") == {1}
    assert found('class="it\'s; --"') == {3}
    assert found("class=pituitary") == set()
    assert index.count([none_of("patient", ["patient of case0"])]) == 3
    assert index.count([one_of("patient", [])]) == 0
    assert index.count([none_of("patient", [])]) == 4


def test_the_same_vector_added_twice_is_there_once(index, entry, embedded):
    entries, vectors = [entry(n) for n in range(6)], random_vectors(6)
    index.add(embedded(entries, vectors))
    index.add(embedded(entries[:3], vectors[3:]))
    assert index.count(()) == 6
    assert np.allclose(index.fetch(()).vectors[0], vectors[3], atol=1e-6)


def test_a_deleted_case_is_found_no_more(index, entry, embedded):
    index.add(embedded([entry(n) for n in range(4)], random_vectors(4)))
    index.delete(["case1", "no such case"])
    assert {e.case_id for e in index.fetch(()).entries} == {"case0", "case2", "case3"}
    index.settle()
    assert index.count(()) == 3


def test_vectors_and_entries_come_back_as_they_went_in(index, entry, embedded):
    given_ = embedded(
        [entry(0, age=61.0, site="left", lesion_share=0.1), entry(1, kind="lesion")],
        random_vectors(2),
    )
    index.add(given_)
    back = index.fetch([one_of("kind", ["slice", "lesion"])])
    assert set(back.entries) == set(given_.entries)
    rows = [given_.entries.index(entry) for entry in back.entries]
    assert np.allclose(back.vectors, given_.vectors[rows], atol=1e-6)


def test_vectors_of_another_network_are_refused(index, entry, space):
    other = VectorSpace(space.model, "2", "b" * 64, space.preparation, space.dimension)
    with pytest.raises(ConflictError, match=r"known 1.*known 2"):
        index.add(Embedded(other, (entry(0),), random_vectors(1)))
    assert index.count(()) == 0


@pytest.mark.parametrize("query", [np.full(8, np.nan, np.float32), np.ones(5, np.float32)])
def test_a_query_that_cannot_be_compared_is_refused(index, query):
    with pytest.raises(BadInputError, match="not finite"):
        index.search(query, (), most=1)


def test_several_queries_at_once_name_the_same_cases_as_one_after_the_other(index, entry, embedded):
    vectors, queries = random_vectors(60), random_vectors(4, seed=9)
    entries = [entry(n, case=f"case{n // 3}", grade=str(n % 2)) for n in range(60)]
    index.add(embedded(entries, vectors))
    conditions = (*parse_conditions("grade=1"), none_of("patient", ["patient of case4"]))
    together = index.nearest_cases(queries, conditions, most=12)
    assert len(together) == 4
    for query, found in zip(queries, together, strict=True):
        alone: dict[str, float] = {}
        for hit in index.search(query, conditions, most=12):
            alone[hit.entry.case_id] = max(alone.get(hit.entry.case_id, -1.0), hit.score)
        assert dict(found) == pytest.approx(alone, abs=1e-5)
    assert index.nearest_cases(queries[:0], (), most=5) == ()


def test_what_is_added_while_others_search_is_all_there(index, entry, embedded):
    vectors = random_vectors(120)
    index.add(embedded([entry(n) for n in range(20)], vectors[:20]))
    stop, found = threading.Event(), []

    def search() -> None:
        while not stop.is_set():
            found.extend(hit.entry for hit in index.search(vectors[3], (), most=1))

    searching = threading.Thread(target=search)
    searching.start()
    for start in range(20, 120, 20):
        rows = range(start, start + 20)
        index.add(embedded([entry(n) for n in rows], vectors[start : start + 20]))
    stop.set()
    searching.join()
    assert set(found) == {entry(3)}
    assert index.fetch(()).entries == tuple(sorted(map(entry, range(120)), key=lambda e: e.id))


def test_a_fact_that_is_taken_back_is_gone(index, entry, embedded):
    vectors = random_vectors(1)
    index.add(embedded([entry(0, age=50.0, site="left", date="2020-01-05")], vectors))
    index.add(embedded([entry(0)], vectors))
    assert index.fetch(()).entries == (entry(0),)
    assert index.count(parse_conditions("age=..90")) == 0
    assert index.count([none_of("site", ["right"])]) == 0  # not known fulfills no condition


def test_an_empty_index_finds_nothing(index):
    assert index.search(random_vectors(1)[0], (), most=5) == ()
    assert [dict(found) for found in index.nearest_cases(random_vectors(2), (), most=5)] == [{}, {}]
    assert index.fetch(()).vectors.shape == (0, 8)


@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20),
    st.floats(0, 100),
)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_survive_the_way_into_a_table(entry, words, age):
    made = entry(1, site=words, age=age)
    assert as_entry(as_row(made)) == made
