import numpy as np
import pytest

from neuroscope.errors import ModelError
from neuroscope.models import plausibility as plausible
from neuroscope.models.outlier import fit_reference

RNG = np.random.default_rng(0)
ORDINARY = RNG.normal(size=(2000, 8)).astype(np.float32)
REFERENCE = fit_reference(ORDINARY[:1000], ORDINARY[1000:])
HEAD = np.zeros((16, 16), bool)
HEAD[2:14, 2:14] = True
IMAGE = RNG.random((16, 16)).astype(np.float32)


def judged(image=IMAGE, head=HEAD, fraction=0.5, embedding=ORDINARY[0], **known):
    known = {"reference": None, "probe": None, "bounds": (0.05, 0.95)} | known
    return plausible.plausibility(image, head, fraction, embedding, **known)


def test_an_ordinary_slice_has_no_caution():
    assert judged(reference=REFERENCE).cautions == ()
    assert judged(reference=REFERENCE).score < 1


def test_about_one_in_a_hundred_ordinary_slices_scores_above_one():
    scores = [plausible.outlier_score(e, REFERENCE) for e in ORDINARY[1000:]]
    assert np.mean(np.array(scores) > 1) == pytest.approx(0.01, abs=0.002)


def test_a_far_embedding_is_unlike_the_training():
    found = judged(embedding=np.full(8, 9.0, np.float32), reference=REFERENCE)
    assert found.score > 1
    assert plausible.UNLIKE_TRAINING in found.cautions


@pytest.mark.parametrize("fraction", [0.01, 1.0])
def test_a_picture_whose_object_has_another_extent_than_heads_is_doubted(fraction):
    found = judged(fraction=fraction)
    assert found.cautions == (plausible.NOT_A_HEAD,)
    assert found.score > 1


def test_a_flat_picture_is_doubted():
    assert plausible.FLAT in judged(image=np.zeros((16, 16), np.float32)).cautions
    assert plausible.FLAT in judged(head=np.zeros((16, 16), bool)).cautions


def test_without_a_reference_nothing_is_scored():
    assert judged().score is None


def test_the_probe_parts_turned_from_upright_slices(tmp_path):
    upright = ORDINARY + np.array([2, 0, 0, 0, 0, 0, 0, 0], np.float32)
    turned = ORDINARY - np.array([2, 0, 0, 0, 0, 0, 0, 0], np.float32)
    probe = plausible.fit_upright(upright, turned, false_alarms=0.01, weights_sha256="w")
    plausible.save_probe(probe, tmp_path)
    read = plausible.load_probe(tmp_path, "w")
    wrong = [plausible.looks_upside_down(e, read) for e in upright]
    right = [plausible.looks_upside_down(e, read) for e in turned]
    assert np.mean(wrong) == pytest.approx(0.01, abs=0.002)
    assert np.mean(right) > 0.9
    assert plausible.UPSIDE_DOWN in judged(embedding=turned[0], probe=read).cautions


def test_a_probe_for_other_weights_is_not_used(tmp_path):
    assert plausible.load_probe(tmp_path, "w") is None
    probe = plausible.UprightProbe("old", np.ones(8, np.float32), 0.0)
    plausible.save_probe(probe, tmp_path)
    assert plausible.load_probe(tmp_path, "new") is None


def test_a_damaged_probe_is_named(tmp_path):
    (tmp_path / plausible.PROBE_NAME).write_bytes(b"not a probe")
    with pytest.raises(ModelError, match="damaged"):
        plausible.load_probe(tmp_path, "w")
