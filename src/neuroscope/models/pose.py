"""Tell how the head lies in a prepared slice, and whether there is one, by a tiny network.

It runs beside the evidence network on the same prepared slices, shrunk to 40 pixels: enough to see
how a head lies, and about a hundredth of the work. A pose is named only where it is more probable
than its threshold, chosen on validation slices so that few upright ones get a wrong name.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import ModelError
from neuroscope.models.small_graph import open_small_graph

Float32 = NDArray[np.float32]
Pose = Literal["upright", "upside down", "turned left", "turned right", "inverted", "no head"]

POSES: tuple[Pose, ...] = get_args(Pose)
UPRIGHT = POSES[:1]
GRAPH_NAME = "pose.onnx"
SIDECAR_NAME = "pose.json"
MEND = "Install neuroscope again, or run: neuroscope train pose"


@dataclass(frozen=True, slots=True)
class PoseSpec:
    """What the graph was trained with; read from the file beside it."""

    size: int  # side of its input in pixels
    thresholds: dict[str, float]  # of every pose but upright
    sha256: str  # of the graph


class PoseNetwork:
    """A loaded pose network; owns its session."""

    def __init__(self, session: Any, spec: PoseSpec) -> None:
        self._session = session
        self.spec = spec

    def p_pose(self, images: Float32) -> Float32:
        """Give the probabilities of `POSES`, shape `(n, 6)`, for images `(n, size, size)`."""
        if len(images) == 0:
            return np.zeros((0, len(POSES)), np.float32)
        small = shrunk(images, self.spec.size)[:, None]
        return np.asarray(self._session.run(("p_pose",), {"image": small})[0], np.float32)

    def poses(self, images: Float32) -> tuple[Pose, ...]:
        """Name the pose of every prepared slice; upright where no other one is sure enough."""
        return named(self.p_pose(images), self.spec.thresholds)


def named(p_pose: Float32, thresholds: dict[str, float]) -> tuple[Pose, ...]:
    """Name the most probable pose of every row if it is above its threshold, else upright."""
    best = p_pose.argmax(1)
    return tuple(
        POSES[pose] if pose and p > thresholds[POSES[pose]] else "upright"
        for pose, p in zip(best, p_pose.max(1), strict=True)
    )


def shrunk(images: NDArray[Any], size: int) -> Float32:
    """Average square images `(n, side, side)` over the `size` x `size` squares they fall into."""
    average = _averages(images.shape[-1], size)
    return np.asarray(average @ images.astype(np.float32, copy=False) @ average.T, np.float32)


def load_pose(folder: Path) -> PoseNetwork | None:
    """Load the pose network in a folder of weights; None if it came without one.

    Raises
    ------
    ModelError
        If one of its two files is missing or damaged.
    """
    if not (folder / SIDECAR_NAME).exists() and not (folder / GRAPH_NAME).exists():
        return None
    spec = read_spec(folder)
    session = open_small_graph(folder, GRAPH_NAME, sha256=spec.sha256, fix=MEND)
    return PoseNetwork(session, spec)


def read_spec(folder: Path) -> PoseSpec:
    """Read what inference must know from the sidecar.

    Raises
    ------
    ModelError
        If it is missing or damaged.
    """
    try:
        content = json.loads((folder / SIDECAR_NAME).read_text(encoding="utf-8"))
        thresholds: dict[str, float] = {
            pose: float(content["thresholds"][pose]) for pose in POSES[1:]
        }
        return PoseSpec(int(content["input_size"]), thresholds, str(content["sha256"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{SIDECAR_NAME} is missing or damaged.", fix=MEND) from error


@lru_cache(maxsize=8)
def _averages(side: int, size: int) -> Float32:
    """Give the matrix `(size, side)` that averages pixels by the share of each in a square."""
    edges = np.arange(size + 1) * (side / size)
    pixels = np.arange(side)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.maximum(covered, 0) * (size / side), np.float32)
