"""Run the evidence network: logits, evidence of all classes and embedding in one pass.

The network is an ONNX graph; OpenVINO or ONNX Runtime run it on the CPU, PyTorch on an accelerator.
None of them is imported before an engine is loaded.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from neuroscope.errors import BadInputError, ModelError
from neuroscope.hashing import file_sha256
from neuroscope.models.backends import BACKENDS, Float32, Forward
from neuroscope.models.doubt import DoubtModel, load_doubt
from neuroscope.models.outlier import REFERENCE_NAME, Reference, load_reference
from neuroscope.models.pose import UPRIGHT, Pose, PoseNetwork, load_pose
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.prediction import ModelRef

log = logging.getLogger(__name__)

Backend = Literal["auto", "openvino", "onnxruntime", "torch"]
SHIPPED_WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
# On two cores both take the whole path equally fast (docs/reference/benchmarks.md); this one runs
# the network alone faster, and its default precision is exact.
DEFAULT_BACKEND: Backend = "onnxruntime"
BATCH = 16


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceBatch:
    """What the network says of `n` slices.

    Attributes
    ----------
    logits
        Shape `(n, classes)`, before calibration.
    evidence
        Shape `(n, classes, rows, columns)`: contributions of every cell to every class; summed
        over the cells they equal the logits minus their mean over classes.
    embedding
        Shape `(n, channels)`.
    """

    logits: Float32
    evidence: Float32
    embedding: Float32


class EvidenceEngine:
    """A loaded network; owns the session of one backend.

    Attributes
    ----------
    spec, model
        Constants and identity of the weights.
    backend
        The backend in use, never `auto`.
    reference
        What ordinary inputs look like to these weights; None if that was not fitted.
    doubt
        How far its answers can be doubted; None if that was not fitted for these weights.
    weights
        Folder of these weights, where what was measured with them lies, too (`passport.json`).
    batch
        How many slices are worth handing over at a time.
    """

    def __init__(
        self,
        forward: Forward,
        spec: EvidenceSpec,
        model: ModelRef,
        *,
        backend: str,
        reference: Reference | None = None,
        pose: PoseNetwork | None = None,
        doubt: DoubtModel | None = None,
        weights: Path = SHIPPED_WEIGHTS,
    ) -> None:
        self._forward = forward
        self.spec = spec
        self.model = model
        self.backend = backend
        self.reference = reference
        self.doubt = doubt
        self.weights = weights
        self._pose = pose
        self.batch = BATCH

    def run(self, batch: Float32) -> EvidenceBatch:
        """Run prepared slices of shape `(n, 1, size, size)`, any `n` from 0.

        The result of a slice does not depend on its neighbors in the batch.

        Raises
        ------
        BadInputError
            For another shape.
        """
        size = self.spec.size
        if batch.ndim != 4 or batch.shape[1:] != (1, size, size):
            raise BadInputError(
                f"The batch has shape {batch.shape}.",
                fix=f"Give (n, 1, {size}, {size}) from prepare_slice.",
            )
        if len(batch) == 0:
            k, n = len(self.spec.classes), self.spec.cells
            shapes = ((0, k), (0, k, n, n), (0, 0))
            return EvidenceBatch(*(np.zeros(shape, np.float32) for shape in shapes))
        return EvidenceBatch(*self._forward(np.ascontiguousarray(batch, np.float32)))

    def poses(self, batch: Float32) -> tuple[Pose, ...]:
        """Name how the head lies in each slice of a batch that `run` takes.

        Without a pose network every slice passes for upright.
        """
        return self._pose.poses(batch[:, 0]) if self._pose else UPRIGHT * len(batch)


def load_engine(
    *, backend: Backend = "auto", threads: int = 0, weights: Path = SHIPPED_WEIGHTS
) -> EvidenceEngine:
    """Load the evidence network.

    Parameters
    ----------
    backend
        `auto` takes ONNX Runtime, which agrees with the reference to 1e-4.
    threads
        0 lets the backend use all cores.
    weights
        Folder with `evidence.onnx` and `evidence.json` (for `torch`: `evidence.safetensors`), and
        with `pose.onnx` and `pose.json` if poses shall be checked.

    Raises
    ------
    ModelError
        If the weights are missing, damaged, or do not fit the file beside them.
    MissingExtraError
        If the backend is not installed.
    """
    chosen = DEFAULT_BACKEND if backend == "auto" else backend
    sidecar = _read_sidecar(weights)
    spec = _spec_of(sidecar)
    if chosen != "torch":
        _require_hash(weights / "evidence.onnx", sidecar.get("onnx_sha256"))
    forward = BACKENDS[chosen](weights, threads)
    model = _model_of(sidecar)
    engine = EvidenceEngine(
        forward,
        spec,
        model,
        backend=chosen,
        reference=load_reference(weights) if (weights / REFERENCE_NAME).is_file() else None,
        pose=load_pose(weights),
        doubt=load_doubt(weights, model.sha256),
        weights=weights,
    )
    _require_fit(engine)
    log.info("loaded %s %s on %s", model.name, model.version, chosen)
    return engine


def _read_sidecar(weights: Path) -> dict[str, Any]:
    try:
        sidecar = json.loads((weights / "evidence.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            "The description of the weights (evidence.json) is missing or damaged.",
            fix="Install neuroscope again, or run: neuroscope train classifier",
        ) from error
    if not isinstance(sidecar, dict):
        raise ModelError("evidence.json is not an object.", fix="Install neuroscope again.")
    return sidecar


def _spec_of(sidecar: Mapping[str, Any]) -> EvidenceSpec:
    try:
        low, high = sidecar["head_fraction_range"]
        return EvidenceSpec(
            classes=tuple(sidecar["class_names"]),
            size=int(sidecar["input_size"]),
            cell_offset=float(sidecar["centers"]["offset"]),
            cell_jump=float(sidecar["centers"]["jump"]),
            temperature=float(sidecar["temperature"]),
            threshold=float(sidecar["evidence_threshold"]),
            floor=tuple(map(float, sidecar["volume_offset"])),
            scale=tuple(map(float, sidecar["volume_scale"])),
            head_fraction=(float(low), float(high)),
            linear=sidecar.get("shape", {}).get("neck"),
            allowance=_pair(sidecar.get("volume_allowance", (0.0, 0.0))),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"evidence.json does not describe the weights: {error}.",
            fix="Install neuroscope again, or run: neuroscope train classifier",
        ) from error


def _pair(values: Sequence[float]) -> tuple[float, float]:
    first, second = values
    return float(first), float(second)


def _model_of(sidecar: Mapping[str, Any]) -> ModelRef:
    try:
        sha256 = str(sidecar["sha256"])
        return ModelRef(str(sidecar["name"]), str(sidecar.get("version", sha256[:8])), sha256)
    except KeyError as error:
        raise ModelError(
            f"evidence.json does not name the weights: {error} is missing.",
            fix="Install neuroscope again, or run: neuroscope train classifier",
        ) from error


def _require_hash(path: Path, expected: str | None) -> None:
    try:
        found = file_sha256(path)
    except OSError as error:
        raise ModelError(
            f"The weights {path.name} are missing.", fix="Install neuroscope again."
        ) from error
    if expected is not None and found != expected:
        raise ModelError(
            f"The weights {path.name} have hash {found[:12]}, expected {expected[:12]}.",
            fix="Install neuroscope again: the file was damaged or replaced.",
        )


def _require_fit(engine: EvidenceEngine) -> None:
    """Run one blank slice, which also warms the backend, and compare shapes with the spec."""
    spec = engine.spec
    result = engine.run(np.zeros((1, 1, spec.size, spec.size), np.float32))
    expected = (1, len(spec.classes), spec.cells, spec.cells)
    if result.evidence.shape != expected or result.logits.shape != expected[:2]:
        raise ModelError(
            f"The network answers {result.evidence.shape}, its description says {expected}.",
            fix="Put evidence.onnx and evidence.json of the same training run together.",
        )
