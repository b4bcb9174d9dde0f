"""The fit of doubt on what a network would say of slices of known classes."""

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.learn.dataset import SliceSet
from neuroscope.learn.fit_doubt import Answered, DoubtConfig, fitted, own_head
from neuroscope.learn.seen import Seen
from neuroscope.models.calibration import probabilities
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.conformal import p_fits, scores_of
from neuroscope.models.doubt import assess, load_doubt, save_doubt
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.prediction import ModelRef
from neuroscope.reliability.doubt.coverage import measure_coverage

D, NECK = 12, 8
SHA = "c" * 64
HEAD = np.random.default_rng(9).normal(0, 0.6, (4, NECK)).astype(np.float32)
SPEC = EvidenceSpec(
    CLASS_NAMES, 64, 1.5, 4.0, 1.0, 0.3, floor=(0.0,) * 4, scale=(1.0,) * 4, linear=NECK
)


def answers(seed, *, groups, slices=2, present=(0, 1, 2, 3)):
    """Slices whose logits are linear in the first numbers of their embeddings."""
    rng = np.random.default_rng(seed)
    n = groups * slices
    labels = np.repeat(np.resize(np.array(present), groups), slices)
    centers = np.linalg.pinv(HEAD)[:, labels].T * 4
    embedding = rng.normal(0, 1, (n, D))
    embedding[:, :NECK] += centers
    embedding = embedding.astype(np.float32)
    tiny = np.zeros((n, 2, 2))
    slices_ = SliceSet(
        images=tiny.astype(np.uint8),
        heads=tiny.astype(bool),
        masks=tiny.astype(np.uint8),
        has_mask=np.zeros(n, bool),
        head_fractions=np.full(n, 0.5),
        labels=labels.astype(np.int64),
        sources=np.full(n, "made"),
        units=np.repeat(np.arange(groups), slices).astype(str),
        splits=np.full(n, "val"),
        files=np.arange(n).astype(str),
    )
    return Answered(slices_, Seen(embedding[:, :NECK] @ HEAD.T, embedding))


def fit(config=None, **changes):
    parts = {
        "train": answers(0, groups=100),
        "clean": answers(1, groups=200),
        "others": answers(2, groups=100),
        **changes,
    }
    return fitted(
        SPEC, ModelRef("evidence", "1", SHA), *parts.values(), config or DoubtConfig(directions=100)
    )


@pytest.fixture(scope="module")
def model():
    return fit()


def test_the_sets_hold_on_new_slices(model):
    new = answers(5, groups=400, slices=1)
    p_class = probabilities(new.seen.logits, temperature=1.0)
    fits = p_fits(scores_of(p_class, model.rule), model.calibration)
    found = measure_coverage(
        fits, new.slices.labels, new.slices.units, model.calibration, (80.0, 90.0, 95.0)
    )
    assert len(found) == 12
    assert {one.verdict for one in found} == {"holds"}


def test_ordinary_slices_are_seldom_refused_and_strangers_are(model):
    new = answers(6, groups=600, slices=1)
    ordinary = assess(new.seen.logits, new.seen.embedding, model)
    assert np.mean([one.score > 1 for one in ordinary]) <= 0.02
    strangers = assess(new.seen.logits, new.seen.embedding + 30, model)
    assert all(one.score > 1 for one in strangers)


def test_the_threshold_finds_the_tumors_it_promised(model):
    new = answers(7, groups=400, slices=1)
    is_tumor = new.slices.labels != 3
    said = [one.doubt.is_tumor for one in assess(new.seen.logits, new.seen.embedding, model)]
    assert np.mean(np.array(said)[is_tumor]) >= 0.93
    assert model.facts["threshold"]["lower"] >= 0.95


def test_it_is_written_and_read(model, tmp_path):
    save_doubt(model, tmp_path)
    assert load_doubt(tmp_path, SHA).facts["config"]["score"] == "lac"


def test_dropout_asks_the_own_head():
    found = fit(DoubtConfig(directions=100, spread="dropout"))
    assert found.heads.weight.shape == (20, 4, NECK)
    weight, bias = own_head(answers(0, groups=100).seen, NECK)
    assert weight == pytest.approx(HEAD, abs=1e-3)
    assert bias == pytest.approx(np.zeros(4), abs=1e-3)


def test_raps_is_tuned_on_slices_of_its_own():
    found = fit(DoubtConfig(directions=100, score="raps"))
    assert found.rule.name == "raps"
    assert found.rule.penalty in (0.01, 0.1, 1.0)


def test_few_tumors_prove_no_threshold():
    found = fit(clean=answers(1, groups=40))
    assert found.tumor_threshold is None
    assert "it takes at least 59" in found.facts["threshold"]["sentence"]
    assert assess(*answered(found), found)[0].doubt.is_tumor is None


def answered(_):
    seen = answers(8, groups=4, slices=1).seen
    return seen.logits, seen.embedding


def test_a_class_without_clean_slices_is_refused_by_name():
    with pytest.raises(BadInputError, match="pituitary"):
        fit(clean=answers(1, groups=30, present=(0, 1, 3)))


def test_a_config_refuses_nonsense():
    with pytest.raises(ValueError, match="sensitivity"):
        DoubtConfig(sensitivity=1.0)
    with pytest.raises(ValueError, match="directions"):
        DoubtConfig(directions=3)
