"""Running a MONAI bundle: its description, a network made of thresholds, a real small bundle."""

import json
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.models.bundle import BundleSegmenter, load_bundle, read_bundle
from neuroscope.models.oriented import ORIENTATION_UNKNOWN
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.records.volume import Volume

SHAPE = (48, 40, 32)
LPS = np.array([[-2.0, 0, 0, 47], [0, -2.0, 0, 39], [0, 0, 2.0, -31], [0, 0, 0, 1]])
LESION = (slice(28, 40), slice(10, 18), slice(12, 20))  # the patient's left
REGION_OUTPUTS = {"0": "Tumor core", "1": "Whole tumor", "2": "Enhancing tumor"}
CLASS_OUTPUTS = {"0": "background", "1": "necrosis", "2": "edema", "3": "enhancing"}


def study() -> SegmenterStudy:
    mask = np.zeros(SHAPE, bool)
    mask[2:-2, 2:-2, 2:-2] = True
    t1c = mask.astype(np.float32)
    t1c[LESION] = 4.0
    return SegmenterStudy(
        {"t1c": Volume(t1c, LPS), "t2": Volume(mask.astype(np.float32), LPS)}, Volume(mask, LPS)
    )


def bundle(
    path: Path,
    *,
    channels: dict[str, str] | None = None,
    outputs: dict[str, str] | None = None,
    inference: dict[str, object] | None = None,
    weights: bytes | None = b"weights",
) -> Path:
    """Write a bundle whose weights nobody reads."""
    (path / "configs").mkdir(parents=True)
    (path / "models").mkdir()
    image = {"channel_def": {"0": "T2", "1": "T1c"} if channels is None else channels}
    pred = {"channel_def": REGION_OUTPUTS if outputs is None else outputs}
    formats = {"inputs": {"image": image}, "outputs": {"pred": pred}}
    metadata = {"name": "Small", "version": "0.3", "network_data_format": formats}
    (path / "configs" / "metadata.json").write_text(json.dumps(metadata))
    if inference is not None:
        (path / "configs" / "inference.json").write_text(json.dumps(inference))
    if weights is not None:
        (path / "models" / "model.pt").write_bytes(weights)
    return path


def test_the_description_is_read_in_the_order_of_the_channels(tmp_path):
    folder = read_bundle(bundle(tmp_path / "b", inference={}))
    assert folder.roles == ("t2", "t1c")
    assert folder.regions == ("TC", "WT", "ET")
    assert folder.activation == "sigmoid"
    assert (folder.model.name, folder.model.version) == ("Small", "0.3")


def test_classes_with_a_background_exclude_each_other(tmp_path):
    folder = read_bundle(bundle(tmp_path / "b", outputs=CLASS_OUTPUTS, inference={}))
    assert folder.regions == ()
    assert list(folder.tissue_of.values()) == ["NCR", "ED", "ET"]
    assert folder.activation == "softmax"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"channels": {"0": "PET"}, "inference": {}}, "'PET' names no sequence"),
        ({"channels": {}, "inference": {}}, "do not match"),
        ({"outputs": {}, "inference": {}}, "does not name its outputs"),
        ({"outputs": {"0": "spleen"}, "inference": {}}, "'spleen'"),
        ({"inference": None}, "has no inference configuration"),
        ({"inference": {}, "weights": None}, "has no weights"),
    ],
)
def test_what_does_not_fit_is_said(tmp_path, wrong, said):
    with pytest.raises(BadInputError, match=said):
        read_bundle(bundle(tmp_path / "b", **wrong))


def test_what_is_no_bundle_is_said(tmp_path):
    with pytest.raises(BadInputError, match="no MONAI bundle"):
        read_bundle(tmp_path)


def test_the_answer_lies_where_the_lesion_is_even_if_the_bundle_resampled(tmp_path):
    folder = read_bundle(bundle(tmp_path / "b", inference={}))

    def forward(channels, affine):
        thin = channels[:, ::2, ::2, ::2]
        bright = np.where(thin[1] > 3, 8.0, -8.0).astype(np.float32)
        return np.stack([bright] * 3), affine @ np.diag([2.0, 2.0, 2.0, 1.0])

    found = BundleSegmenter(forward, folder, orientation="RAS").segment(study())
    center = np.argwhere(np.asarray(found.segmentation.labels) == 3).mean(0)
    np.testing.assert_allclose(center, [33.5, 13.5, 15.5], atol=1.0)
    assert ORIENTATION_UNKNOWN not in found.cautions


def test_a_bundle_that_answers_otherwise_than_it_says_is_refused(tmp_path):
    folder = read_bundle(bundle(tmp_path / "b", inference={}))
    segmenter = BundleSegmenter(lambda channels, affine: (channels[:2], affine), folder)
    assert segmenter.orientation == "LPS"
    with pytest.raises(BadInputError, match=r"2 channels; its metadata\.json names 3"):
        segmenter.segment(study())


def test_a_missing_sequence_is_refused_by_name(tmp_path):
    folder = read_bundle(bundle(tmp_path / "b", channels={"0": "FLAIR"}, inference={}))
    with pytest.raises(BadInputError, match="lacks flair"):
        BundleSegmenter(lambda channels, affine: (channels, affine), folder).segment(study())


def test_a_real_bundle_runs(tmp_path):
    """One convolution that calls bright T1c tumor, normalized and slid as its bundle says."""
    import torch

    inference = {
        "device": "cuda",
        "preprocessing": {
            "_target_": "Compose",
            "transforms": [
                {"_target_": "LoadImaged", "keys": "image"},
                {"_target_": "EnsureChannelFirstd", "keys": "image"},
                {"_target_": "ScaleIntensityd", "keys": "image", "minv": 0.0, "maxv": 1.0,
                 "channel_wise": True},
            ],
        },
        "network_def": {"_target_": "torch.nn.Conv3d", "in_channels": 2, "out_channels": 3,
                        "kernel_size": 1},
        "network": "$@network_def.to(@device)",
        "inferer": {"_target_": "SlidingWindowInferer", "roi_size": [24, 24, 24], "overlap": 0.25},
    }  # fmt: skip
    path = bundle(tmp_path / "b", inference=inference)
    weight = torch.zeros(3, 2, 1, 1, 1)
    weight[:, 1] = 20.0
    torch.save({"weight": weight, "bias": torch.full((3,), -12.0)}, path / "models" / "model.pt")
    found = load_bundle(path, threads=1).segment(study())

    expected = np.zeros(SHAPE, np.uint8)
    expected[LESION] = 3
    np.testing.assert_array_equal(np.asarray(found.segmentation.labels), expected)
    assert ORIENTATION_UNKNOWN in found.cautions


def test_a_bundle_with_the_weights_of_another_network_is_said(tmp_path):
    inference = {"network_def": {"_target_": "torch.nn.Conv3d", "in_channels": 2,
                                 "out_channels": 3, "kernel_size": 1}}  # fmt: skip
    with pytest.raises(BadInputError, match="cannot be loaded"):
        load_bundle(bundle(tmp_path / "b", inference=inference, weights=b"no weights"))
