import numpy as np
import pytest

from neuroscope.models import plausibility as plausible
from neuroscope.models.outlier import fit_reference
from neuroscope.models.pose import POSES

RNG = np.random.default_rng(0)
ORDINARY = RNG.normal(size=(2000, 8)).astype(np.float32)
REFERENCE = fit_reference(ORDINARY[:1000], ORDINARY[1000:])
HEAD = np.zeros((16, 16), bool)
HEAD[2:14, 2:14] = True
IMAGE = RNG.random((16, 16)).astype(np.float32)


def judged(image=IMAGE, head=HEAD, fraction=0.5, embedding=ORDINARY[0], **known):
    known = {"reference": None, "pose": "upright", "bounds": (0.05, 0.95)} | known
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


@pytest.mark.parametrize("pose", plausible.CAUTION_OF)
def test_every_pose_but_upright_has_its_own_caution(pose):
    found = judged(pose=pose, reference=REFERENCE)
    assert found.cautions == (plausible.CAUTION_OF[pose],)
    assert found.score > 1
    assert len(set(plausible.CAUTION_OF.values())) == len(POSES) - 1


@pytest.mark.parametrize("pose", ["inverted", "no head"])
def test_a_pose_that_explains_the_extent_is_said_alone(pose):
    assert judged(fraction=1.0, pose=pose).cautions == (plausible.CAUTION_OF[pose],)
    assert plausible.NOT_A_HEAD in judged(fraction=1.0, pose="upside down").cautions
