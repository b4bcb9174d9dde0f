import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import BadInputError, ModelError
from neuroscope.io.images import read_image
from neuroscope.models.inference import load_engine
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.settings import Limits

CPU_BACKENDS = ("openvino", "onnxruntime")


def pictures(number, seed=0):
    return np.random.default_rng(seed).random((number, 1, 160, 160)).astype(np.float32)


@pytest.fixture(params=CPU_BACKENDS)
def engine(request, known_weights):
    return load_engine(backend=request.param, weights=known_weights)


def test_the_answer_of_a_known_network_is_computed(engine):
    images = np.zeros((3, 1, 160, 160), np.float32)
    images[1, 0, 40:60, 80:100] = 1.0  # 25 of 1600 cells at 400 * 0.3
    answer = engine.run(images)
    np.testing.assert_allclose(answer.logits[1], [25 / 1600 * 120, 0, 0, 2], atol=1e-4)
    lit = np.argwhere(answer.evidence[1, 0] > 0)
    assert lit.min(axis=0).tolist() == [10, 20]
    assert lit.max(axis=0).tolist() == [14, 24]
    np.testing.assert_allclose(answer.logits[0], [0, 0, 0, 2], atol=1e-4)


def test_contributions_sum_to_the_centered_logits(engine):
    answer = engine.run(pictures(5))
    centered = answer.logits - answer.logits.mean(axis=1, keepdims=True)
    total = answer.evidence.sum(axis=(2, 3), dtype=np.float64)
    # OpenVINO adds the 1600 equal terms of this network one by one: 2e-5 of rounding.
    np.testing.assert_allclose(total, centered, atol=5e-5)


def test_a_slice_gets_the_same_answer_in_any_company(engine):
    images = pictures(19)
    together, alone = engine.run(images), engine.run(images[7:8])
    np.testing.assert_array_equal(together.evidence[7], alone.evidence[0])
    np.testing.assert_array_equal(together.logits[7], alone.logits[0])


def test_no_slices_give_no_answers(engine):
    answer = engine.run(pictures(0))
    assert answer.logits.shape == (0, 4)
    assert answer.evidence.shape == (0, 4, 40, 40)


def test_another_size_is_refused(engine):
    with pytest.raises(BadInputError, match="shape"):
        engine.run(np.zeros((2, 1, 80, 80), np.float32))


def altered(known_weights, folder: Path, **changes):
    shutil.copytree(known_weights, folder, dirs_exist_ok=True)
    sidecar = json.loads((folder / "evidence.json").read_text()) | changes
    (folder / "evidence.json").write_text(json.dumps(sidecar))
    return folder


def test_missing_weights_say_what_to_do(tmp_path):
    with pytest.raises(ModelError, match=r"evidence\.json"):
        load_engine(weights=tmp_path)


@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_truncated_weights_are_named(known_weights, tmp_path, backend):
    folder = altered(known_weights, tmp_path)
    path = folder / "evidence.onnx"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ModelError, match=r"evidence\.onnx"):
        load_engine(backend=backend, weights=folder)


def test_weights_of_another_hash_are_refused(known_weights, tmp_path):
    folder = altered(known_weights, tmp_path, onnx_sha256="1" * 64)
    with pytest.raises(ModelError, match="hash"):
        load_engine(weights=folder)


@pytest.mark.parametrize(
    "changes", [{"temperature": 0.0}, {"volume_scale": [1.0]}, {"centers": {}}, {"sha256": None}]
)
def test_a_description_that_makes_no_sense_is_refused(known_weights, tmp_path, changes):
    if changes == {"sha256": None}:
        folder = altered(known_weights, tmp_path)
        sidecar = json.loads((folder / "evidence.json").read_text())
        del sidecar["sha256"]
        (folder / "evidence.json").write_text(json.dumps(sidecar))
    else:
        folder = altered(known_weights, tmp_path, **changes)
    with pytest.raises((ModelError, BadInputError)):
        load_engine(weights=folder)


def test_a_description_of_another_network_is_refused(known_weights, tmp_path):
    folder = altered(known_weights, tmp_path, centers={"offset": 3.5, "jump": 8.0})
    with pytest.raises(ModelError, match="of the same training run"):
        load_engine(weights=folder)


def test_the_shipped_engine_loads_without_torch():
    code = (
        "import sys; from neuroscope.models.inference import load_engine; load_engine();"
        "assert not {'torch', 'monai', 'sklearn', 'onnx'} & set(sys.modules), 'heavy'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_shipped_weights_agree_between_backends_and_sum_to_their_decision():
    images = pictures(8)
    images *= images.mean(axis=0) > 0.4  # something with structure
    answers = [load_engine(backend=backend).run(images) for backend in CPU_BACKENDS]
    for first, second in zip(*((a.logits, a.evidence, a.embedding) for a in answers), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-4)
    for answer in answers:
        centered = answer.logits - answer.logits.mean(axis=1, keepdims=True, dtype=np.float64)
        total = answer.evidence.sum(axis=(2, 3), dtype=np.float64)
        np.testing.assert_allclose(total, centered, atol=1e-5)


@pytest.mark.data
def test_backends_agree_on_500_real_slices(development_data):
    files = sorted((development_data / "mri2d_4class").glob("*/*.jpg"))
    chosen = files[:: len(files) // 500][:500]
    images = np.stack([prepare_slice(read_image(f, limits=Limits()).pixels).image for f in chosen])
    first, second = (load_engine(backend=name).run(images[:, None]) for name in CPU_BACKENDS)
    assert len(chosen) == 500
    np.testing.assert_allclose(first.logits, second.logits, atol=1e-4)
    np.testing.assert_allclose(first.evidence, second.evidence, atol=1e-4)
    np.testing.assert_allclose(first.embedding, second.embedding, atol=1e-4)
    np.testing.assert_array_equal(first.logits.argmax(axis=1), second.logits.argmax(axis=1))
    for answer in (first, second):
        centered = answer.logits - answer.logits.mean(axis=1, keepdims=True, dtype=np.float64)
        total = answer.evidence.sum(axis=(2, 3), dtype=np.float64)
        np.testing.assert_allclose(total, centered, atol=1e-5)
