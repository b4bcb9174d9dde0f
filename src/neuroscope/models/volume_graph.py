"""Load the shipped graphs that answer whole volumes: one way for all of them."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import ModelError, extra
from neuroscope.records.prediction import ModelRef

Float32 = NDArray[np.float32]
Forward = Callable[[Float32], Float32]  # channels `(1, c, i, j, k)` to logits


def read_description(folder: Path, name: str) -> tuple[dict[str, Any], ModelRef]:
    """Read ``NAME.json``, and whose weights it describes.

    Raises
    ------
    ModelError
        If it is missing or damaged.
    """
    try:
        described: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
        model = ModelRef(described["name"], described["version"], described["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise missing_or_damaged(name) from error
    return described, model


def load_graph(folder: Path, name: str, expected_sha256: object, *, threads: int) -> Forward:
    """Load ``NAME.onnx`` into ONNX Runtime.

    Parameters
    ----------
    expected_sha256
        What the description says of the graph.
    threads
        0 lets the backend use all cores.

    Raises
    ------
    ModelError
        If the graph is missing, is not the one that was described, or cannot be loaded.
    """
    try:
        graph = (folder / f"{name}.onnx").read_bytes()
    except OSError as error:
        raise missing_or_damaged(name) from error
    if hashlib.sha256(graph).hexdigest() != expected_sha256:
        raise ModelError(
            f"{name}.onnx is not the file its description was written for.",
            fix="Install neuroscope again: the file was damaged or replaced.",
        )
    with extra("onnxruntime"):
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as states
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except (
        states.InvalidProtobuf, states.InvalidGraph, states.InvalidArgument, states.NotImplemented,
        states.Fail,
    ) as error:  # fmt: skip
        raise ModelError(
            f"ONNX Runtime cannot load {name}.onnx.", fix="Install neuroscope again."
        ) from error

    def forward(channels: Float32) -> Float32:
        return np.asarray(session.run(["logits"], {"channels": channels})[0], np.float32)

    return forward


def missing_or_damaged(name: str) -> ModelError:
    """Say that the weights or the description of a network cannot be used."""
    return ModelError(
        f"The weights of the {name} network are missing or their description is damaged.",
        fix=f"Install neuroscope again, or run: neuroscope train {name}",
    )
