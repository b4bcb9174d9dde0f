"""The files of doubt: applied, kept, and not believed when they belong to other weights."""

import dataclasses
import json
import logging

import numpy as np
import pytest

from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.conformal import ScoreRule, calibrate, ranks_of, scores_of
from neuroscope.models.doubt import (
    ARRAYS_NAME,
    DOUBT_NAME,
    DoubtModel,
    assess,
    load_doubt,
    of_cut,
    of_picture,
    of_volume,
    save_doubt,
)
from neuroscope.models.heads import Heads
from neuroscope.models.unlike import Known, raw_tests, unusual
from neuroscope.records.doubt import Doubt

D, SHA = 6, "a" * 64


def embeddings(rng, n):
    return rng.normal(size=(n, D)).astype(np.float32)


def made(rng):
    """A doubt of ordinary embeddings around 0; the first four of them are the logits, times 4."""
    n = 400
    labels, units = np.tile(np.arange(4), n // 4), np.repeat(np.arange(n // 2), 2)
    logits = 4 * (np.eye(4)[labels] + rng.normal(0, 0.5, (n, 4))).astype(np.float32)
    p_class = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    seen = embeddings(rng, n)
    directions = embeddings(rng, 60)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    known = Known(
        center=np.zeros(D, np.float32),
        spread=np.ones(D, np.float32),
        directions=directions.astype(np.float16).astype(np.float32),
        class_means=np.zeros((4, D), np.float32),
        whitening=np.eye(D, dtype=np.float32),
        middle=np.array([0.2, 1.0, -4.0]),
        reach=np.array([0.2, 0.3, 1.0]),
    )
    tests = raw_tests(seen, logits, known, temperature=1.0)
    return DoubtModel(
        weights_sha256=SHA,
        temperature=1.0,
        rule=ScoreRule(),
        calibration=calibrate(scores_of(p_class.astype(np.float64), ScoreRule()), labels, units),
        known=known,
        tests=tuple(ranks_of(tests[:, t], units) for t in range(3)),
        unusual=ranks_of(unusual(tests, known), units),
        heads=Heads(
            rng.normal(size=(5, 4, D)).astype(np.float32), np.zeros((5, 4), np.float32), 1.0
        ),
        tumor_threshold=0.2,
        sensitivity=0.95,
        facts={"calibrated_on": "a test"},
    )


@pytest.fixture(scope="module")
def model():
    return made(np.random.default_rng(0))


def sure_and_torn():
    logits = np.array([[12, 0, 0, 0], [3, 3, -4, -4], [0, 0, 0, 12]], np.float32)
    return logits, embeddings(np.random.default_rng(1), 3)


def test_sets_grow_and_name_what_the_scores_cannot_exclude(model):
    sure, torn, healthy = (one.doubt for one in assess(*sure_and_torn(), model))
    assert sure.sets["90"] == ("glioma",)
    assert healthy.sets["90"] == ("notumor",)
    for doubt in (sure, torn, healthy):
        assert set(doubt.sets["80"]) <= set(doubt.sets["90"]) <= set(doubt.sets["95"])
        assert set(doubt.p_fits) == set(CLASS_NAMES)
    assert torn.p_fits["glioma"] < sure.p_fits["glioma"]


def test_the_tumor_threshold_is_applied(model):
    sure, _, healthy = (one.doubt for one in assess(*sure_and_torn(), model))
    assert (sure.is_tumor, healthy.is_tumor) == (True, False)
    assert sure.sensitivity == 0.95


def test_a_stranger_scores_above_one(model):
    logits, embedding = sure_and_torn()
    ordinary = assess(logits, embedding, model)[0]
    stranger = assess(logits, embedding * 0 + 50, model)[0]
    assert stranger.doubt.p_ordinary < 0.01 < ordinary.doubt.p_ordinary
    assert stranger.score > 1 >= ordinary.score
    assert stranger.doubt.p_tests["distance"] < 0.01


def test_a_slice_is_assessed_alike_in_any_company(model):
    logits, embedding = sure_and_torn()
    alone = assess(logits[1:2], embedding[1:2], model)[0]
    together = assess(logits, embedding, model)[1]
    assert alone.doubt.sets == together.doubt.sets
    assert alone.score == pytest.approx(together.score)


def test_without_a_model_nothing_is_assessed():
    (found,) = assess(np.zeros((1, 4), np.float32), np.zeros((1, D), np.float32), None)
    assert (found.doubt, found.score) == (None, None)
    assert of_picture(None, ("Turn it.",)) is None
    assert of_cut(None) is None
    assert of_volume([None, None]) is None


def test_a_picture_abstains_for_its_cautions(model):
    doubt = assess(*sure_and_torn(), model)[0].doubt
    assert of_picture(doubt, ()).abstains == ()
    assert of_picture(doubt, ("Turn it.",)).abstains == ("Turn it.",)


def test_a_slice_of_a_volume_has_no_sets_and_says_why(model):
    doubt = of_cut(assess(*sure_and_torn(), model)[0].doubt)
    assert doubt.sets == {}
    assert "volume" in doubt.not_assessed
    assert doubt.p_tumor is None


def test_a_volume_is_as_usual_as_its_middle_slice():
    doubts = [Doubt(sets={}, p_fits={}, p_ordinary=p) for p in (0.001, 0.3, 0.9)]
    found = of_volume([*doubts, None])
    assert found.p_ordinary == pytest.approx(0.3)
    assert found.abstains == ()
    assert found.not_assessed


def test_a_doubt_survives_the_disk_in_little_space(model, tmp_path):
    paths = save_doubt(model, tmp_path)
    stored = load_doubt(tmp_path, SHA)
    before, after = assess(*sure_and_torn(), model), assess(*sure_and_torn(), stored)
    assert before == after
    assert sum(path.stat().st_size for path in paths) < 1_000_000
    assert stored.facts == {"calibrated_on": "a test"}


def damaged(folder, how):
    described = folder / DOUBT_NAME
    if how == "cut off":
        described.write_text(described.read_text()[:100])
    elif how == "member missing":
        said = json.loads(described.read_text())
        del said["rule"]
        described.write_text(json.dumps(said))
    elif how == "other arrays":
        (folder / ARRAYS_NAME).write_bytes(b"PK other")
    else:
        (folder / ARRAYS_NAME).unlink()


@pytest.mark.parametrize("how", ["cut off", "member missing", "other arrays", "arrays missing"])
def test_damaged_files_are_not_believed_and_stop_nothing(model, tmp_path, caplog, how):
    save_doubt(model, tmp_path)
    damaged(tmp_path, how)
    with caplog.at_level(logging.WARNING):
        assert load_doubt(tmp_path, SHA) is None
    assert "not assessed" in caplog.text


def test_files_of_other_weights_are_not_believed(model, tmp_path, caplog):
    save_doubt(dataclasses.replace(model, weights_sha256="b" * 64), tmp_path)
    with caplog.at_level(logging.WARNING):
        assert load_doubt(tmp_path, SHA) is None
    assert "other weights" in caplog.text


def test_no_files_no_word(tmp_path, caplog):
    assert load_doubt(tmp_path, SHA) is None
    assert caplog.text == ""
