"""Running the segmenter, with a network made of thresholds so that the answer is known."""

import json
from dataclasses import replace

import numpy as np
import pytest

from neuroscope.errors import ModelError
from neuroscope.models.cards import SHIPPED, read_card
from neuroscope.models.missing_cost import CARD
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.models.unet_segmenter import (
    NO_INTERVALS,
    SIDECAR_NAME,
    SegmenterSpec,
    UnetSegmenter,
    bits,
    load_segmenter,
    soft_dice,
)
from neuroscope.records.prediction import ModelRef
from neuroscope.records.segmenterspec import CHANNELS
from neuroscope.records.volume import Volume

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
MODEL = ModelRef("oracle", "1", "0" * 64)


def study() -> SegmenterStudy:
    """A brain with a bright ball of 12 mm radius in the patient's left front, on T1c only."""
    shape = (130, 150, 120)
    i, j, k = np.indices(shape)
    mask = np.zeros(shape, np.uint8)
    mask[8:-8, 8:-8, 8:-8] = 1
    rng = np.random.default_rng(0)
    voxels = (100 + 5 * rng.standard_normal(shape)) * mask
    ball = (i - 90) ** 2 + (j - 50) ** 2 + (k - 60) ** 2 < 12**2  # large i is left, small j front
    voxels[ball] = 200
    volume, brain = Volume(voxels.astype(np.float32), LPS), Volume(mask, LPS)
    return SegmenterStudy({"t1c": volume}, brain)


def oracle(channels: np.ndarray) -> np.ndarray:
    """Two heads that call tumor what shines on T1c; the second is a little less sure."""
    logits = (channels[:, 1] - 3.0) * 4
    one = np.repeat(logits[:, None], 3, 1)
    return np.stack([one, one - 0.2], 1).astype(np.float32)


def test_the_answer_lies_where_the_tumor_is_on_the_grid_of_the_brain():
    given = study()
    given = replace(given, volumes=dict.fromkeys(CHANNELS, given.volumes["t1c"]))
    found = UnetSegmenter(oracle, SegmenterSpec(), MODEL).segment(given)
    assert found.cautions == ()
    center = np.argwhere(np.asarray(found.segmentation.labels) == 3).mean(0)

    np.testing.assert_allclose(center, [90, 50, 60], atol=0.7)
    volume = found.volume_ml["ET"]
    radius_mm = 10 * (volume.value / (4 / 3 * np.pi)) ** (1 / 3)
    assert radius_mm == pytest.approx(12, abs=1.0)  # half a voxel of the network
    assert volume.low <= volume.value <= volume.high


def test_doubt_is_largest_at_the_rim():
    given = study()
    found = UnetSegmenter(oracle, SegmenterSpec(), MODEL).segment(given)
    assert found.uncertainty is not None
    doubt = np.asarray(found.uncertainty)

    assert doubt[90, 50, 60] < 0.1
    assert doubt[20, 20, 20] < 0.1
    assert doubt[78:103, 50, 60].max() > 0.5


def test_missing_sequences_are_named():
    found = UnetSegmenter(oracle, SegmenterSpec(), MODEL).segment(study())
    assert found.present == ("t1c",)
    assert found.cautions == (
        f"Segmented without T1, T2, FLAIR: the outline is less reliable. {NO_INTERVALS}",
    )  # the card of other weights says nothing of these
    assert not found.volume_ml
    assert not found.expected_dice


def test_what_missing_sequences_cost_the_shipped_weights_is_told():
    shipped = read_card(SHIPPED / CARD).model
    found = UnetSegmenter(oracle, SegmenterSpec(), shipped).segment(study())
    assert "without T1, T2, FLAIR: so tumors are often missed, in part" in found.cautions[0]
    assert "does not mean that there is no tumor. Mean Dice on" in found.cautions[0]
    assert "enhancing tumor 0." in found.cautions[0]
    assert not found.volume_ml


def test_mirror_images_are_averaged():
    def lopsided(channels: np.ndarray) -> np.ndarray:
        logits = np.full((1, 1, 3, *channels.shape[2:]), -5.0, np.float32)
        logits[:, :, :, : channels.shape[2] // 2] = 5.0  # always the low half, whatever it sees
        return logits

    found = UnetSegmenter(lopsided, SegmenterSpec(), MODEL).segment(study())
    inside = np.asarray(study().brain.voxels) > 0
    p = np.asarray(found.p_region["WT"])[inside]
    assert np.median(p) == pytest.approx(0.5, abs=0.01)


def test_the_spec_survives_json():
    spec = SegmenterSpec(
        thresholds={"WT": 0.4, "TC": 0.5, "ET": 0.6},
        dice_line={"WT": (0.1, 0.8)},
        dice_errors={"WT": (-0.2, 0.1)},
        diameter_error_mm={"WT": 1.3},
    )
    assert SegmenterSpec.from_dict(spec.as_dict()) == spec


def test_the_expected_overlap_is_that_of_the_probabilities():
    p = np.array([1.0, 1.0, 0.5, 0.0])
    assert soft_dice(p, p > 0.4) == pytest.approx(2 * 2.5 / (2.5 + 3))
    assert soft_dice(np.zeros(4), np.zeros(4, bool)) == 1.0


def test_weights_from_before_the_error_was_fitted_still_load():
    stored = SegmenterSpec().as_dict() | {"volume_error": {"WT": 11.3}}
    del stored["diameter_error_mm"]
    assert SegmenterSpec.from_dict(stored) == SegmenterSpec()


def test_entropy_is_one_bit_at_one_half():
    np.testing.assert_allclose(bits(np.array([0.0, 0.5, 1.0])), [0, 1, 0], atol=1e-6)


def test_a_description_that_lacks_something_is_said(tmp_path):
    described = {"name": "segmenter", "version": "1", "sha256": "0" * 64}
    (tmp_path / SIDECAR_NAME).write_text(json.dumps(described))
    with pytest.raises(ModelError, match="description is damaged"):
        load_segmenter(weights=tmp_path)


def test_missing_weights_are_said(tmp_path):
    with pytest.raises(ModelError, match="weights of the segmenter network are missing"):
        load_segmenter(weights=tmp_path)
