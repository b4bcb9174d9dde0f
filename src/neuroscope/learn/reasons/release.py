"""Write what a retraining gave as a folder of weights that every command can use."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neuroscope.errors import ModelError
from neuroscope.learn.reasons.cases import Cases, held_out
from neuroscope.learn.reasons.checkpoint import without_nan
from neuroscope.learn.reasons.retrain import Retrained
from neuroscope.learn.reasons.run import RetrainConfig
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.models.outlier import fit_reference, save_reference
from neuroscope.models.weights import (
    GRAPH_NAME,
    Sidecar,
    export_onnx,
    load_network,
    read_sidecar,
    save_weights,
)

RECORD_NAME = "retrain.json"
PARITY = 1e-4  # largest difference allowed between the graph and the weights
CHECKED = 8  # slices on which that is tested
KEPT_CONSTANTS = (
    "temperature",
    "evidence_threshold",
    "volume_offset",
    "volume_scale",
    "head_fraction_range",
    "volume_allowance",
)
BATCH = 32


def write_retrained(
    found: Retrained, base: Path, replay: Cases, config: RetrainConfig, folder: Path
) -> dict[str, Any]:
    """Write weights, graph, outlier reference and the record of the run; give the record.

    Parameters
    ----------
    base
        Folder of the weights that were retrained. Temperature, threshold and the constants of
        volumes are taken over from them, which the sidecar says: they are measured anew by
        ``neuroscope evaluate`` and ``neuroscope train volume-evidence``.

    Raises
    ------
    ModelError
        If the exported graph does not answer as the weights do.
    """
    before = read_sidecar(base)
    constants = {name: _plain(before[name]) for name in KEPT_CONSTANTS if name in before}
    sidecar = Sidecar(
        shape=found.network.shape,
        version=f"{before['version']}+{found.weights_sha256[:8]}",
        notes={
            **before["notes"],
            "retrained": f"from {before['sha256'][:12]}, loss {config.loss}, tier {config.tier}, "
            f"{found.status}, step {found.step}; {', '.join(KEPT_CONSTANTS)} are of those weights",
        },
        **constants,
    )
    digest = save_weights(found.network, sidecar, folder)
    written = load_network(folder)
    apart = held_out(replay.units, config.held_out or 0.2, config.seed)
    apart = apart if apart.any() and not apart.all() else np.arange(len(replay)) % 5 == 0
    embeddings = _embeddings(written, replay.images)
    save_reference(fit_reference(embeddings[~apart], embeddings[apart]), folder)
    export_onnx(folder)
    parity = graph_parity(written, folder, replay.images[:CHECKED])
    if parity > PARITY:
        raise ModelError(
            f"The exported graph differs from the weights by {parity:.1e}.",
            fix="Check the versions of torch and onnxruntime, and export again.",
        )
    record = {
        "status": found.status,
        "step": found.step,
        "classes": list(found.classes),
        "multipliers": list(found.multipliers),
        "kkt": {**found.kkt._asdict(), "residual": found.kkt.residual, "holds": found.kkt.holds},
        "seconds": round(found.seconds, 1),
        "manifest_sha256": found.manifest_sha256,
        "weights_sha256": digest,
        "trained_from_sha256": before["sha256"],
        "graph_parity": parity,
        "config": asdict(config),
        "history": [without_nan(asdict(look)) for look in found.history],
    }
    text = json.dumps(record, indent=2, allow_nan=False) + "\n"
    (folder / RECORD_NAME).write_text(text, encoding="utf-8")
    return record


def graph_parity(network: EvidenceNetwork, folder: Path, images: NDArray[np.uint8]) -> float:
    """Give the largest difference between the exported graph and the network."""
    import onnxruntime

    pixels = images[:, None].astype(np.float32) / 255
    graph = str(folder / GRAPH_NAME)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    by_graph = session.run(["logits", "evidence", "embedding"], {"image": pixels})
    with torch.inference_mode():
        by_torch = [value.numpy() for value in network(torch.from_numpy(pixels))]
    pairs = zip(by_graph, by_torch, strict=True)
    return float(max(np.abs(ours - theirs).max() for ours, theirs in pairs))


@torch.inference_mode()
def _embeddings(network: EvidenceNetwork, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    parts = []
    for start in range(0, len(images), BATCH):
        pixels = torch.from_numpy(images[start : start + BATCH])[:, None].float() / 255
        parts.append(network(pixels).embedding.numpy())
    return np.concatenate(parts)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
