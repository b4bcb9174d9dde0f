"""How the plane network, a `PoseNet` with three answers, becomes the graph that ships."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neuroscope.hashing import file_sha256
from neuroscope.models.plane import GRAPH_NAME, PLANES, SIDECAR_NAME
from neuroscope.models.pose_weights import PoseNet, write_graph

VERSION = "0.1.0"


def save_plane(network: PoseNet, sure: float, record: Mapping[str, Any], folder: Path) -> Path:
    """Write the graph ``image -> p_plane`` and its sidecar; give the path of the graph.

    Parameters
    ----------
    sure
        What probability a plane must have to be named.
    record
        Of the training run: configuration, labels, seconds, machine.
    """
    path = write_graph(network, folder / GRAPH_NAME, answer="p_plane")
    sidecar = {
        "name": "plane",
        "version": VERSION,
        "sha256": file_sha256(path),
        "planes": list(PLANES),
        "input_size": network.size,
        "sure": sure,
        "run": dict(record),
    }
    (folder / SIDECAR_NAME).write_text(json.dumps(sidecar, indent=2) + "\n", encoding="utf-8")
    return path
