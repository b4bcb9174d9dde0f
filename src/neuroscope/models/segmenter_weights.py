"""Write and read the weights of the segmenter and the graph made from them (needs PyTorch)."""

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from neuroscope.errors import ModelError
from neuroscope.models.unet import UNet, UNetShape
from neuroscope.models.unet_segmenter import GRAPH_NAME, SIDECAR_NAME, SegmenterSpec
from neuroscope.models.weights import OPSET, file_sha256
from neuroscope.records.segmenterspec import CHANNELS, GRID_MULTIPLE, REGIONS

WEIGHTS_NAME = "segmenter.safetensors"
VERSION = "0.1.0"


def save_segmenter(
    network: UNet, spec: SegmenterSpec, record: Mapping[str, Any], folder: Path
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
        "version": VERSION,
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
        digest = file_sha256(folder / WEIGHTS_NAME)
    except (OSError, ValueError) as error:
        raise ModelError(
            "The segmenter's weights or their description are missing.",
            fix="Install the package again, or train: neuroscope train segmenter",
        ) from error
    if digest != sidecar["sha256"]:
        raise ModelError(
            f"{WEIGHTS_NAME} has sha256 {digest[:12]}, its sidecar says {sidecar['sha256'][:12]}.",
            fix="Install the package again, or train once more: neuroscope train segmenter",
        )
    network = UNet(UNetShape.from_dict(sidecar["shape"]))
    tensors = load_file(folder / WEIGHTS_NAME)
    network.load_state_dict({name: value.float() for name, value in tensors.items()})
    return network.eval()


def export_segmenter(folder: Path) -> Path:
    """Export the graph ``channels -> logits`` from the saved weights; any sides in sixteens."""
    import onnx

    from neuroscope.models.weights import forget_the_machine

    network = load_segmenter_network(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # raised inside torch.export itself
        program = torch.onnx.export(
            network,
            (torch.zeros(1, len(CHANNELS), 48, 64, 80),),
            input_names=["channels"],
            output_names=["logits"],
            dynamic_shapes=(dynamic_sides(),),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise ModelError("The ONNX exporter gave no graph.", fix="Check the torch version.")
    model = program.model_proto
    onnx.checker.check_model(model)
    forget_the_machine(model)
    path = folder / GRAPH_NAME
    path.write_bytes(model.SerializeToString())
    return path


def dynamic_sides() -> dict[int, Any]:
    """Let the three sides of a volume be any multiples of sixteen."""
    steps = {axis: torch.export.Dim(f"n{axis}", min=2, max=32) for axis in (2, 3, 4)}
    return {axis: GRID_MULTIPLE * step for axis, step in steps.items()}
