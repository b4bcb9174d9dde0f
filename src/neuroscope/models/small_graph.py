"""Open a small graph that ships beside the weights: one thread, and the file it was made as."""

import hashlib
from pathlib import Path
from typing import Any

from neuroscope.errors import ModelError, extra


def open_small_graph(folder: Path, name: str, *, sha256: str, fix: str) -> Any:
    """Give an ONNX Runtime session of a graph with too little work to share among threads.

    Parameters
    ----------
    sha256
        Of the graph, as its sidecar says.
    fix
        What mends a missing or damaged file.

    Raises
    ------
    ModelError
        If the graph is missing, is another one, or cannot be loaded.
    """
    try:
        graph = (folder / name).read_bytes()
    except OSError as error:
        raise ModelError(f"The weights {name} are missing.", fix=fix) from error
    if hashlib.sha256(graph).hexdigest() != sha256:
        sidecar = Path(name).with_suffix(".json")
        raise ModelError(f"{name} is not the one {sidecar} was written for.", fix=fix)
    with extra("onnxruntime"):
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as states
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except (states.InvalidProtobuf, states.InvalidGraph, states.Fail) as error:
        raise ModelError(f"ONNX Runtime cannot load {name}.", fix=fix) from error
