"""Fixtures that every test may ask for."""

import json
from pathlib import Path

import numpy as np
import pytest

from neuroscope.settings import read_settings


@pytest.fixture(scope="session")
def development_data() -> Path:
    """Folder of the private development data; the test is skipped, visibly, without it."""
    folder = read_settings().data
    if folder is None or not folder.is_dir():
        pytest.skip("needs the private development data: set NEUROSCOPE_DATA")
    return folder


@pytest.fixture(scope="session")
def known_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with an evidence network whose answer is known: bright places speak for glioma.

    At a 4 x 4 cell of mean gray value `a` the evidence is `400 relu(a - 0.7)` for glioma, 2 for
    `notumor`, 0 for the others; logits are its mean over the 40 x 40 cells.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    folder = tmp_path_factory.mktemp("known_weights")
    constants = {
        "level": np.array(0.7, np.float32),
        "gain": np.array([400, 0, 0, 0], np.float32).reshape(1, 4, 1, 1),
        "bias": np.array([0, 0, 0, 2], np.float32).reshape(1, 4, 1, 1),
        "share": np.array(1 / 1600, np.float32),
        "places": np.array([2, 3], np.int64),
        "classes": np.array([1], np.int64),
    }
    nodes = [
        ("AveragePool", ["image"], "gray", {"kernel_shape": [4, 4], "strides": [4, 4]}),
        ("Sub", ["gray", "level"], "above", {}),
        ("Relu", ["above"], "bright", {}),
        ("Mul", ["bright", "gain"], "gained", {}),
        ("Add", ["gained", "bias"], "evidence_raw", {}),
        ("Mul", ["evidence_raw", "share"], "weighted", {}),
        ("ReduceSum", ["weighted", "places"], "logits", {"keepdims": 0}),
        ("ReduceMean", ["weighted", "classes"], "center", {"keepdims": 1}),
        ("Sub", ["weighted", "center"], "evidence", {}),
        ("ReduceMean", ["gray", "places"], "embedding", {"keepdims": 0}),
    ]
    float32 = TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node(kind, ins, [out], **options) for kind, ins, out, options in nodes],
        "known",
        [helper.make_tensor_value_info("image", float32, ["n", 1, 160, 160])],
        [
            helper.make_tensor_value_info("logits", float32, ["n", 4]),
            helper.make_tensor_value_info("evidence", float32, ["n", 4, 40, 40]),
            helper.make_tensor_value_info("embedding", float32, ["n", 1]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=9)
    onnx.checker.check_model(model)
    (folder / "evidence.onnx").write_bytes(model.SerializeToString())
    sidecar = {
        "name": "known",
        "version": "1",
        "sha256": "0" * 64,
        "class_names": ["glioma", "meningioma", "pituitary", "notumor"],
        "input_size": 160,
        "centers": {"offset": 1.5, "jump": 4.0},
        "temperature": 2.0,
        "evidence_threshold": 0.3,
        "volume_offset": [0.001] * 4,
        "volume_scale": [0.05] * 4,
        "head_fraction_range": [0.05, 0.95],
    }
    (folder / "evidence.json").write_text(json.dumps(sidecar))
    return folder
