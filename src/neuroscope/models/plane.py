"""Tell in which plane a slice was cut, by a tiny network that may say "not sure".

A plane is named only where its probability is above a threshold, chosen on validation slices so
that few get a wrong name. For everything else there is no plane, and nobody is accused.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import ModelError
from neuroscope.models.small_graph import open_small_graph
from neuroscope.records.volume import Plane

Float32 = NDArray[np.float32]

PLANES: tuple[Plane, ...] = get_args(Plane)
GRAPH_NAME = "plane.onnx"
SIDECAR_NAME = "plane.json"
MEND = "Install neuroscope again, or run: neuroscope train plane"
BATCH = 64


@dataclass(frozen=True, slots=True)
class PlaneSpec:
    """What the graph was trained with; read from the file beside it."""

    size: int  # side of its input in pixels
    sure: float  # a plane less probable than this is not named
    sha256: str  # of the graph


class PlaneNetwork:
    """A loaded plane network; owns its session."""

    def __init__(self, session: Any, spec: PlaneSpec) -> None:
        self._session = session
        self.spec = spec

    def p_plane(self, views: NDArray[np.uint8]) -> Float32:
        """Give the probabilities of `PLANES`, ``(n, 3)``, of views ``(n, size, size)``, 0..255.

        Views are cut by `preprocess.slice_input.head_view`.
        """
        images = views[:, None].astype(np.float32) / 255
        parts = [
            np.asarray(self._session.run(("p_plane",), {"image": images[n : n + BATCH]})[0])
            for n in range(0, len(images), BATCH)
        ]
        return np.concatenate([np.zeros((0, len(PLANES)), np.float32), *parts])


def load_plane(folder: Path) -> PlaneNetwork | None:
    """Load the plane network in a folder of weights; None if it came without one.

    Raises
    ------
    ModelError
        If one of its two files is missing or damaged.
    MissingExtraError
        If ONNX Runtime is not installed.
    """
    if not (folder / SIDECAR_NAME).exists() and not (folder / GRAPH_NAME).exists():
        return None
    spec = read_plane_spec(folder)
    return PlaneNetwork(open_small_graph(folder, GRAPH_NAME, sha256=spec.sha256, fix=MEND), spec)


def read_plane_spec(folder: Path) -> PlaneSpec:
    """Read what inference must know from the sidecar.

    Raises
    ------
    ModelError
        If it is missing or damaged.
    """
    try:
        content = json.loads((folder / SIDECAR_NAME).read_text(encoding="utf-8"))
        return PlaneSpec(int(content["input_size"]), float(content["sure"]), str(content["sha256"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{SIDECAR_NAME} is missing or damaged.", fix=MEND) from error
