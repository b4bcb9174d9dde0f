"""Run the graph of the evidence network: what ONNX Runtime, OpenVINO and PyTorch each need for it.

None of them is imported before it is chosen.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import ModelError, extra

Float32 = NDArray[np.float32]
Outputs = tuple[Float32, Float32, Float32]
Forward = Callable[[Float32], Outputs]

OUTPUTS = ("logits", "evidence", "embedding")
TOGETHER = 4  # slices one core runs at once: a tenth less processor time than one by one


def _openvino(weights: Path, threads: int) -> Forward:
    with extra("openvino"):
        import openvino
    core = openvino.Core()
    # Without the first hint OpenVINO computes in bf16 where it can: errors of 1e-3 to 5e-2.
    config: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "THROUGHPUT"}
    if threads:
        config["INFERENCE_NUM_THREADS"] = threads
    try:
        graph = core.read_model(weights / "evidence.onnx")
        # One slice a request and one request a core: each stays in the cache of its core, which
        # measured 1.5 times as fast as batches, and no slice can feel its neighbors.
        graph.reshape({"image": [1, *list(graph.input("image").partial_shape)[1:]]})
        compiled = core.compile_model(graph, "CPU", config)
    except RuntimeError as error:
        raise ModelError(
            "OpenVINO cannot load evidence.onnx.", fix="Install neuroscope again."
        ) from error
    queue = openvino.AsyncInferQueue(compiled)
    alone = Lock()  # the queue has one callback, and all wait for all
    shapes = [tuple(compiled.output(name).shape)[1:] for name in OUTPUTS]

    def forward(images: Float32) -> Outputs:
        logits, evidence, embedding = (
            np.empty((len(images), *shape), np.float32) for shape in shapes
        )

        def keep(request: Any, row: int) -> None:
            logits[row] = request.get_tensor("logits").data[0]
            evidence[row] = request.get_tensor("evidence").data[0]
            embedding[row] = request.get_tensor("embedding").data[0]

        with alone:
            queue.set_callback(keep)
            for row in range(len(images)):
                queue.start_async({"image": images[row : row + 1]}, userdata=row, share_inputs=True)
            queue.wait_all()
        return logits, evidence, embedding

    return forward


def _onnxruntime(weights: Path, threads: int) -> Forward:
    with extra("onnxruntime"):
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as states
    options = onnxruntime.SessionOptions()
    # Cores that share a slice wait for each other after every layer, and burn what they wait: twice
    # the processor time. So each core runs a few slices of its own.
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            str(weights / "evidence.onnx"), options, providers=["CPUExecutionProvider"]
        )
    except (states.InvalidProtobuf, states.InvalidGraph, states.Fail) as error:
        raise ModelError(
            "ONNX Runtime cannot load evidence.onnx.", fix="Install neuroscope again."
        ) from error
    cores = threads or os.cpu_count() or 1
    pool = ThreadPoolExecutor(cores, thread_name_prefix="evidence")

    def run(images: Float32) -> Sequence[Float32]:
        found: Sequence[Float32] = session.run(OUTPUTS, {"image": images})
        return found

    def forward(images: Float32) -> Outputs:
        answers = pool.map(run, shared_out(images, cores))
        logits, evidence, embedding = map(np.concatenate, zip(*answers, strict=True))
        return logits, evidence, embedding

    return forward


def shared_out(images: Float32, cores: int) -> list[Float32]:
    """Share slices out among cores, a few at a time: as even as can be, at most `TOGETHER`."""
    rounds = -(-len(images) // (TOGETHER * cores))
    return np.array_split(images, min(len(images), rounds * cores))


def _torch(weights: Path, threads: int) -> Forward:
    with extra("train"):
        import torch

        from neuroscope.models.weights import load_network
    if threads:
        torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = load_network(weights).to(device)

    def forward(images: Float32) -> Outputs:
        with torch.inference_mode():
            found = network(torch.from_numpy(images).to(device))
        logits, evidence, embedding = (
            np.asarray(array.float().cpu().numpy(), np.float32) for array in found
        )
        return logits, evidence, embedding

    return forward


BACKENDS: Mapping[str, Callable[[Path, int], Forward]] = {
    "openvino": _openvino,
    "onnxruntime": _onnxruntime,
    "torch": _torch,
}
