"""Write and read the weights of the segmenter and the graph made from them (needs PyTorch)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from neuroscope.errors import ModelError
from neuroscope.hashing import file_sha256
from neuroscope.models.unet import UNet, UNetShape
from neuroscope.models.unet_segmenter import GRAPH_NAME, NAME, SIDECAR_NAME, SegmenterSpec
from neuroscope.models.volume_export import export_volume_graph
from neuroscope.models.volume_graph import missing_or_damaged
from neuroscope.records.segmenterspec import CHANNELS, REGIONS

WEIGHTS_NAME = "segmenter.safetensors"
VERSION = "0.1.0"


def save_segmenter(
    network: UNet,
    spec: SegmenterSpec,
    record: Mapping[str, Any],
    folder: Path,
    *,
    version: str = VERSION,
) -> str:
    """Write weights (half precision), sidecar and graph; give the sha256 of the weights.

    Parameters
    ----------
    spec
        Thresholds and calibration, fitted on validation studies.
    record
        Of the training run: configuration, steps, seconds, machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    path = folder / WEIGHTS_NAME
    save_file(tensors, path)
    path.chmod(0o644)  # safetensors writes for the owner alone
    digest = file_sha256(path)
    sidecar = {
        "name": "segmenter",
        "version": version,
        "sha256": digest,
        "shape": network.shape.as_dict(),
        "channels": list(CHANNELS),
        "regions": list(REGIONS),
        **spec.as_dict(),
        "run": dict(record),
    }
    (folder / SIDECAR_NAME).write_text(json.dumps(sidecar, indent=2) + "\n", encoding="utf-8")
    graph = export_segmenter(folder)
    sidecar["onnx_sha256"] = file_sha256(graph)
    (folder / SIDECAR_NAME).write_text(json.dumps(sidecar, indent=2) + "\n", encoding="utf-8")
    return digest


def load_segmenter_network(folder: Path) -> UNet:
    """Rebuild the network in single precision, in evaluation mode.

    Raises
    ------
    ModelError
        If a file is missing, or the weights are not those the sidecar was written for.
    """
    try:
        sidecar = json.loads((folder / SIDECAR_NAME).read_text(encoding="utf-8"))
        digest, expected = file_sha256(folder / WEIGHTS_NAME), str(sidecar["sha256"])
        shape = UNetShape.from_dict(sidecar["shape"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise missing_or_damaged(NAME) from error
    if digest != expected:
        raise ModelError(
            f"{WEIGHTS_NAME} has sha256 {digest[:12]}, its sidecar says {expected[:12]}.",
            fix="Install the package again, or train once more: neuroscope train segmenter",
        )
    network = UNet(shape)
    tensors = load_file(folder / WEIGHTS_NAME)
    network.load_state_dict({name: value.float() for name, value in tensors.items()})
    return network.eval()


def export_segmenter(folder: Path) -> Path:
    """Export the graph ``channels -> logits`` from the saved weights; any sides in sixteens."""
    path = folder / GRAPH_NAME
    export_volume_graph(load_segmenter_network(folder), path)
    return path
