"""What is measured of doubt, on an engine whose embedding is written into the pixels."""

import numpy as np
import pytest

from neuroscope.learn.card import Table
from neuroscope.learn.dataset import SliceSet
from neuroscope.learn.evaluate_doubt import MARK, _foreign, amended, answered_strangers, measured
from neuroscope.learn.fit_doubt import Answered, DoubtConfig, fitted
from neuroscope.learn.foreign import Family
from neuroscope.learn.seen import judged, of_slices, prepared, seen
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.inference import EvidenceEngine
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.prediction import ModelRef

SIZE, D = 64, 12
MODEL = ModelRef("evidence", "1", "c" * 64)
SPEC = EvidenceSpec(
    CLASS_NAMES, SIZE, 1.5, 4.0, 1.0, 0.3, floor=(0.0,) * 4, scale=(1.0,) * 4, linear=4
)


def forward(images):
    """The embedding stands in the middle row; its first four numbers are the logits."""
    embedding = (images[:, 0, SIZE // 2, 20 : 20 + D] - 0.5) * 20
    evidence = np.zeros((len(images), 4, 16, 16), np.float32)
    return embedding[:, :4], evidence, embedding


def slices_of(seed, groups, *, moved=0.0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(groups) % 4, 2)
    n = len(labels)
    embedding = rng.normal(0, 1, (n, D)) + moved
    embedding[:, :4] += 3 * np.eye(4)[labels]
    images = rng.integers(60, 200, (n, SIZE, SIZE))
    images[:, SIZE // 2, 20 : 20 + D] = np.round((embedding / 20 + 0.5) * 255)
    full = np.ones((n, SIZE, SIZE), bool)
    return SliceSet(
        images=np.clip(images, 0, 255).astype(np.uint8),
        heads=full,
        masks=np.zeros((n, SIZE, SIZE), np.uint8),
        has_mask=np.zeros(n, bool),
        head_fractions=np.full(n, 0.5),
        labels=labels.astype(np.int64),
        sources=np.full(n, "made"),
        units=np.repeat(np.arange(groups), 2).astype(str),
        splits=np.full(n, "val"),
        files=np.arange(n).astype(str),
    )


def engine_with(doubt=None):
    return EvidenceEngine(forward, SPEC, MODEL, backend="test", doubt=doubt)


def answered_by(engine, slices):
    return Answered(slices, seen(engine, slices.images))


@pytest.fixture(scope="module")
def engine():
    plain = engine_with()
    parts = [answered_by(plain, slices_of(seed, n)) for seed, n in ((0, 80), (1, 160), (2, 60))]
    return engine_with(fitted(SPEC, MODEL, *parts, DoubtConfig(directions=80)))


@pytest.fixture(scope="module")
def held_out(engine):
    return answered_by(engine, slices_of(3, 200))


@pytest.fixture(scope="module")
def found(engine, held_out):
    return measured(engine, engine.doubt, held_out, "test")


def row(rows, name):
    (one,) = [row for row in rows if row.name == MARK + name]
    return one


def test_every_number_is_marked_and_counts_its_groups(found):
    rows, tables = found
    assert all(one.name.startswith(MARK) for one in rows)
    assert all(table.title.startswith(MARK) for table in tables)
    assert len({one.name for one in rows}) == len(rows)
    assert row(rows, "abstention").interval.units == 200


def test_the_promises_are_measured(found):
    rows, _ = found
    for name in CLASS_NAMES:
        assert row(rows, f"coverage at 90 %, {name}").how.endswith("holds")
    assert row(rows, "sensitivity for tumor").interval.value >= 0.93
    assert row(rows, "abstention").interval.value <= 0.03
    risks = [row(rows, f"errors among the surest {s} %".replace(" %", "%")) for s in (80, 90, 95)]
    values = [one.interval.value for one in risks]
    assert values == sorted(values)
    assert values[0] < row(rows, "errors among all answers").interval.value


def test_strangers_are_told_family_by_family(engine, held_out):
    rng = np.random.default_rng(0)
    far = [image.astype(np.float32) for image in slices_of(5, 20, moved=6.0).images]
    blank = [np.full((SIZE, SIZE), 100.0) + rng.normal(0, 1e-3, (SIZE, SIZE)) for _ in range(6)]
    families = [
        Family("far", far, [str(n // 2) for n in range(40)]),
        Family("blank", blank, [str(n) for n in range(6)]),
    ]
    rows, table = _foreign(engine, engine.doubt, held_out, families)
    assert [one.name for one in rows] == [f"{MARK}FPR at 95 % TPR, {n}" for n in ("far", "blank")]
    assert [line[0] for line in table.lines] == ["far", "blank"]
    assert table.lines[0][1] == "40 of 20"


def test_what_is_judged_is_what_an_analysis_would_say(engine, held_out):
    pictures = of_slices(held_out.slices)
    judgments = judged(engine, pictures, held_out.seen)
    assert len(judgments) == len(pictures)
    abstained = [bool(gates.cautions) for _, gates in judgments]
    unusual = [assessed.score > 1 for assessed, _ in judgments]
    assert abstained == unusual


def test_pictures_are_prepared_as_the_engine_wants_them():
    pixels = np.zeros((90, 70))
    pixels[20:70, 15:55] = np.random.default_rng(0).uniform(50, 200, (50, 40))
    found = prepared([pixels], ["a"], size=SIZE)
    assert found.images.shape == (1, SIZE, SIZE)
    assert 0.2 < found.head_fractions[0] < 0.5


def test_an_evaluation_replaces_the_one_before(found):
    rows, tables = found
    foreign = Table(f"{MARK}foreign", "", ("a", "b"), [("CT", "0.050"), ("noise", "0.900")])
    before = {"metrics": [{"name": "other"}], "tables": [{"title": "other"}], "known_failures": []}
    once = amended(before, rows, [*tables, foreign])
    assert amended(once, rows, [*tables, foreign]) == once
    assert once["metrics"][0] == {"name": "other"}
    (failure,) = once["known_failures"]
    assert "CT (5% refused)" in failure
    assert "noise" not in failure
    assert answered_strangers(Table("", "", ("a", "b"), [("noise", "0.900")])) == []
