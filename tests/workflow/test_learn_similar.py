"""From marks of readers to a metric beside the index, on a rule that is known."""

from datetime import UTC, datetime

import numpy as np
import pytest

from neuroscope.errors import StorageError
from neuroscope.records.similar import Embedded, Entry, VectorSpace
from neuroscope.retrieve import learned
from neuroscope.retrieve.lance_index import LanceIndex, open_lance_index
from neuroscope.store.judgments import Judgment
from neuroscope.workflow.index_home import read_metric, write_metric
from neuroscope.workflow.learn_similar import learn_from, settled

DIMENSION, STUDIES, CASES = 8, 22, 6
SPACE = VectorSpace("known", "1", "a" * 64, "test-1", DIMENSION)


def judgment(study, case, is_relevant, *, reader="r", scope="") -> Judgment:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return Judgment(study, scope, reader, case, is_relevant, "a" * 64, when)


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> LanceIndex:
    """Studies that ask, and six past cases for each; no two of one patient."""
    drawn = np.random.default_rng(0).normal(size=(STUDIES * (CASES + 1), DIMENSION))
    rows = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    ids = [f"s{n}" for n in range(STUDIES)]
    ids += [f"c{n // CASES}.{n % CASES}" for n in range(STUDIES * CASES)]
    entries = tuple(Entry(f"{i}/x/0/slice0", "slice", i, f"p{i}", f"p{i}", "x", 0) for i in ids)
    made = open_lance_index(tmp_path_factory.mktemp("index") / "vectors", SPACE)
    made.add(Embedded(SPACE, entries, rows))
    return made


@pytest.fixture
def judgments(index) -> list[Judgment]:
    """Readers look at two directions of eight; half of the questions are of a slice."""
    past = index.fetch(())
    vector = {e.case_id: v for e, v in zip(past.entries, past.vectors, strict=True)}
    made = []
    for study in range(STUDIES):
        cases = [f"c{study}.{n}" for n in range(CASES)]
        near = {c: float(vector[c][:2] @ vector[f"s{study}"][:2]) for c in cases}
        best = sorted(cases, key=lambda c: -near[c])[: CASES // 2]
        scope = "x/0" if study % 2 else ""
        made += [judgment(f"s{study}", case, case in best, scope=scope) for case in cases]
    return made


def whole(held: Embedded, study_id: str) -> Embedded:
    assert {entry.case_id for entry in held.entries} == {study_id}
    return held


def test_what_readers_agree_on_is_learned_and_kept_for_its_network(
    index, judgments, tmp_path, monkeypatch
):
    monkeypatch.setattr(learned, "RIDGES", (1.0,))
    monkeypatch.setattr(learned, "RESAMPLES", 200)
    strange = [
        judgment("s0", "gone", True),
        judgment("nobody", "c0.0", True),
        judgment("s1", "c0.0", True, scope="x/a drawing"),
        judgment("s2", "c2.0", not judgments[12].is_relevant, reader="another"),
    ]
    taught = learn_from(tmp_path, index, [*judgments, *strange], whole=whole)
    assert taught.learned.judgments == STUDIES * CASES - 1
    assert taught.unused == 4
    assert taught.learned.metric is not None
    kept = read_metric(tmp_path, SPACE)
    assert kept is not None
    assert np.allclose(kept.scales, taught.learned.metric.scales, atol=1e-5)
    newer = VectorSpace("known", "2", "b" * 64, "test-1", DIMENSION)
    assert read_metric(tmp_path, newer) is None
    few = learn_from(tmp_path, index, judgments[:20], whole=whole)  # marks were taken back
    assert few.learned.metric is None
    assert read_metric(tmp_path, SPACE) is None


def test_readers_who_disagree_settle_nothing():
    said = [
        judgment("s", "a", True),
        judgment("s", "a", True, reader="b"),
        judgment("s", "b", True),
        judgment("s", "b", False, reader="b"),
        judgment("s", "b", True, scope="x/1"),
    ]
    assert settled(said) == {("s", ""): {"a": True}, ("s", "x/1"): {"b": True}}


@pytest.mark.parametrize("content", ["{", "[]", '{"scales": [1]}'])
def test_a_damaged_metric_is_named(tmp_path, content):
    (tmp_path / "metric.json").write_text(content)
    with pytest.raises(StorageError, match=r"metric\.json"):
        read_metric(tmp_path, SPACE)
    write_metric(tmp_path, None, {})
    assert read_metric(tmp_path, SPACE) is None
