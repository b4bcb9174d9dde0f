"""A DINO network of our own making, small and random: its tokens are known through transformers."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import BadInputError, ModelError
from neuroscope.models.dino_places import load_dino
from neuroscope.models.pooled_places import load_places_engine

transformers = pytest.importorskip("transformers")


def save(folder: Path, *, kind: str = "dinov2") -> Path:
    import torch

    torch.manual_seed(3)
    size = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
    if kind == "dinov2":
        config = transformers.Dinov2Config(**size, patch_size=14, image_size=56)
        network = transformers.Dinov2Model(config)
    else:
        config = transformers.DINOv3ViTConfig(
            **size, patch_size=16, image_size=64, num_register_tokens=4, intermediate_size=48
        )
        network = transformers.DINOv3ViTModel(config)
    network.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=["dinov2", "dinov3_vit"])
def folder(request, tmp_path_factory) -> Path:
    return save(tmp_path_factory.mktemp("dino") / request.param, kind=request.param)


@pytest.fixture(scope="module")
def evidence(known_weights):
    return load_places_engine(threads=1, weights=known_weights)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    rows, columns = np.mgrid[:160, :160] / 159
    return np.stack([rows * columns, rows * (1 - columns)]).astype(np.float32)[:, None]


def test_places_are_the_patch_tokens_in_their_order(folder, evidence, images):
    import torch

    dino = load_dino(folder, evidence)
    places = dino.run(images)
    (block,) = places.blocks
    assert block.shape == (2, 24, 20, 20)
    tokens = 1 + dino.shape.registers
    with torch.inference_mode():
        from neuroscope.models.dino_places import _as_rgb

        pixels = torch.from_numpy(_as_rgb(images[0, 0], 20 * dino.shape.patch))
        network = transformers.AutoModel.from_pretrained(folder, local_files_only=True).eval()
        known = network(pixel_values=pixels).last_hidden_state[0, tokens:].numpy()
    assert len(known) == 400
    assert np.allclose(block[0, :, 3, 7] * 400, known[3 * 20 + 7], atol=1e-4)
    assert np.allclose(places.embedding[0], known.mean(0), atol=1e-5)
    assert np.array_equal(places.evidence, evidence.run(images).evidence)


def test_the_network_is_known_by_the_hash_of_its_file(folder, evidence):
    from neuroscope.hashing import file_sha256

    model = load_dino(folder, evidence).model
    assert model.name == folder.name
    assert model.sha256 == file_sha256(folder / "model.safetensors")
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_nothing_is_asked_of_the_network(folder, evidence, images, monkeypatch):
    import socket

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    dino = load_dino(folder, evidence)
    assert np.isfinite(dino.run(images).embedding).all()


def test_gray_values_are_laid_out_as_the_network_was_trained(images):
    from neuroscope.models.dino_places import _as_rgb

    image = np.full((160, 160), 0.5, np.float32)
    image[:, 80:] = 2.0  # brighter than anything prepared: clipped
    laid = _as_rgb(image, 280)
    assert laid.shape == (1, 3, 280, 280)
    mean, spread = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    for channel in range(3):
        dark, bright = laid[0, channel, 140, 40], laid[0, channel, 140, 240]
        assert dark == pytest.approx((0.5 - mean[channel]) / spread[channel], abs=1e-4)
        assert bright == pytest.approx((1.0 - mean[channel]) / spread[channel], abs=1e-4)


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_missing_file_is_named(tmp_path, evidence, missing):
    folder = save(tmp_path / "dino")
    (folder / missing).unlink()
    with pytest.raises(BadInputError, match=missing.replace(".", r"\.")):
        load_dino(folder, evidence)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"model_type": "dinov2"}'])
def test_a_description_of_no_network_is_refused(tmp_path, evidence, content):
    folder = save(tmp_path / "dino")
    (folder / "config.json").write_text(content)
    with pytest.raises(BadInputError, match="no DINO network"):
        load_dino(folder, evidence)


def test_another_kind_of_network_is_refused(tmp_path, evidence):
    folder = save(tmp_path / "dino")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "bert"}))
    with pytest.raises(BadInputError, match="'bert'"):
        load_dino(folder, evidence)


def test_damaged_weights_and_those_of_another_network_are_refused(tmp_path, evidence):
    folder = save(tmp_path / "dino")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(ModelError, match="lack"):
        load_dino(folder, evidence)
    (folder / "config.json").write_text(json.dumps(config))
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:2000])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_dino(folder, evidence)
