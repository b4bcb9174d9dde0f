"""Write and read the shipped weights of the evidence network and the graph made from them.

Three files belong together: the weights (safetensors, half precision), a JSON sidecar with all that
inference must know and weights cannot say, and the ONNX graph exported from exactly those weights.
"""

import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from neuroscope.errors import ModelError
from neuroscope.hashing import file_sha256
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape

WEIGHTS_NAME = "evidence.safetensors"
SIDECAR_NAME = "evidence.json"
GRAPH_NAME = "evidence.onnx"
SIDECAR_VERSION = 1
OPSET = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """What inference must know besides the weights; every number was chosen on training or val."""

    shape: EvidenceShape
    temperature: float = 1.0
    evidence_threshold: float = 0.3  # of a map's own maximum; marks "where the network looked"
    volume_offset: tuple[float, ...] = (0.0,) * len(CLASS_NAMES)  # m_c: p95 on tumor-free slices
    volume_scale: tuple[float, ...] = (1.0,) * len(CLASS_NAMES)  # kappa_c: p99.5 on class-c slices
    head_fraction_range: tuple[float, float] = (0.05, 1.0)  # of the original picture
    volume_allowance: tuple[float, float] = (0.0, 0.0)  # of healthy heads: T1 with contrast, others
    version: str = "0.1.0"
    notes: dict[str, str] = field(default_factory=dict)


def save_weights(network: EvidenceNetwork, sidecar: Sidecar, folder: Path) -> str:
    """Write weights and sidecar; give the sha256 of the weights.

    Parameters
    ----------
    network
        Its floating-point tensors are stored in half precision.
    folder
        Created when missing; files of the same name are replaced.

    Returns
    -------
    str
        sha256 of the safetensors file, hexadecimal.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: _halved(value) for name, value in network.state_dict().items()}
    save_file(tensors, folder / WEIGHTS_NAME)
    (folder / WEIGHTS_NAME).chmod(0o644)  # safetensors writes for the owner alone
    digest = file_sha256(folder / WEIGHTS_NAME)
    (folder / SIDECAR_NAME).write_text(json.dumps(_as_json(sidecar, digest), indent=2) + "\n")
    return digest


def note_allowance(allowance: tuple[float, float], folder: Path) -> Path:
    """Write the allowance for healthy heads into the sidecar; give its path."""
    known = read_sidecar(folder)
    path = folder / SIDECAR_NAME
    path.write_text(json.dumps({**known, "volume_allowance": list(allowance)}, indent=2) + "\n")
    return path


def load_network(folder: Path) -> EvidenceNetwork:
    """Rebuild the network in single precision, in evaluation mode.

    Raises
    ------
    ModelError
        If a file is missing, or the weights are not those the sidecar was written for.
    """
    sidecar = read_sidecar(folder)
    digest = file_sha256(folder / WEIGHTS_NAME)
    if digest != sidecar["sha256"]:
        raise ModelError(
            f"{WEIGHTS_NAME} has sha256 {digest[:12]}, its sidecar says {sidecar['sha256'][:12]}.",
            fix="Install the package again, or train once more: neuroscope train classifier.",
        )
    network = EvidenceNetwork(EvidenceShape.from_dict(sidecar["shape"]))
    tensors = load_file(folder / WEIGHTS_NAME)
    network.load_state_dict({name: _single(value) for name, value in tensors.items()})
    return network.eval()


def read_sidecar(folder: Path) -> dict[str, Any]:
    """Read the sidecar as plain JSON values.

    Raises
    ------
    ModelError
        If weights or sidecar are missing.
    """
    for name in (WEIGHTS_NAME, SIDECAR_NAME):
        if not (folder / name).is_file():
            raise ModelError(
                f"The model folder lacks {name}.",
                fix="Install the package again, or name a folder that a training run wrote.",
            )
    sidecar: dict[str, Any] = json.loads((folder / SIDECAR_NAME).read_text())
    return sidecar


def export_onnx(folder: Path) -> Path:
    """Export the graph ``image -> logits, evidence, embedding`` from the saved weights.

    Returns
    -------
    Path
        The graph, one file, dynamic in the batch, with the sidecar as its metadata.
    """
    import onnx

    network = load_network(folder)
    sidecar = read_sidecar(folder)
    sidecar.pop("onnx_sha256", None)  # a graph cannot hold its own hash
    model = _graph_of(network)
    onnx.helper.set_model_props(model, {key: json.dumps(value) for key, value in sidecar.items()})
    onnx.checker.check_model(model)
    forget_the_machine(model)
    path = folder / GRAPH_NAME
    path.write_bytes(model.SerializeToString())
    sidecar["onnx_sha256"] = file_sha256(path)
    (folder / SIDECAR_NAME).write_text(json.dumps(sidecar, indent=2) + "\n")
    return path


def forget_the_machine(model: Any) -> None:
    """Drop the stack traces that the exporter leaves at every node: they name local folders."""
    parts = [model.graph, *model.functions]
    for part in parts:
        part.doc_string = ""
        del part.metadata_props[:]
        values = [*part.value_info, *getattr(part, "initializer", ())]
        for item in [*part.node, *part.input, *part.output, *values]:
            if hasattr(item, "doc_string"):
                item.doc_string = ""
            if hasattr(item, "metadata_props"):
                del item.metadata_props[:]


def _graph_of(network: EvidenceNetwork) -> Any:
    size = network.shape.input_size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # raised inside torch.export itself
        program = torch.onnx.export(
            network,
            (torch.zeros(2, 1, size, size),),
            input_names=["image"],
            output_names=["logits", "evidence", "embedding"],
            dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=4096)},),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise ModelError("The ONNX exporter gave no graph.", fix="Check the torch version.")
    return program.model_proto


def _as_json(sidecar: Sidecar, digest: str) -> dict[str, Any]:
    centers = EvidenceNetwork.centers
    return {
        "format": SIDECAR_VERSION,
        "name": "evidence",
        "sha256": digest,
        "class_names": list(CLASS_NAMES),
        "input_size": sidecar.shape.input_size,
        "centers": {"offset": centers.offset, "jump": centers.jump},
        "threshold_kind": "fraction of the map's own maximum",
        **asdict(sidecar),
    }


def _halved(value: Tensor) -> Tensor:
    kept = value.detach().half() if value.is_floating_point() else value.detach()
    return kept.contiguous()


def _single(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def save_checkpoint(
    path: Path, *, parts: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer, rng: Tensor
) -> None:
    """Write all that a run needs to go on, as plain tensors; replaces the file at once."""
    tensors = {
        f"{name}/{key}": value.detach().clone().contiguous()
        for name, part in parts.items()
        for key, value in part.state_dict().items()
    }
    tensors |= optimizer_tensors(optimizer)
    tensors["rng"] = rng
    fresh = path.with_suffix(".new")
    save_file(tensors, fresh)
    fresh.replace(path)


def load_checkpoint(
    path: Path, *, parts: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer | None = None
) -> Tensor:
    """Restore networks (and the optimizer) in place; give the state of the generator."""
    tensors = load_file(path)
    for name, part in parts.items():
        start = f"{name}/"
        part.load_state_dict(
            {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
        )
    if optimizer is not None:
        restore_optimizer(optimizer, tensors)
    return tensors["rng"]


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Name what an optimizer remembers, for a file of tensors."""
    return {
        f"optimizer/{index}/{key}": torch.as_tensor(value).clone().contiguous()
        for index, state in optimizer.state_dict()["state"].items()
        for key, value in state.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give an optimizer its memory back, in place; tensors of other names are left alone."""
    whole = optimizer.state_dict()
    for name, value in tensors.items():
        if name.startswith("optimizer/"):
            _, index, key = name.split("/")
            whole["state"].setdefault(int(index), {})[key] = value
    optimizer.load_state_dict(whole)
    _laid_like_weights(optimizer)


def _laid_like_weights(optimizer: torch.optim.Optimizer) -> None:
    """Give the moments the memory format of their weights, which a file does not keep.

    The fused step walks through memory: with another order it takes the moments of other weights.
    """
    for weights, state in optimizer.state.items():
        for name, value in state.items():
            if value.shape == weights.shape:
                state[name] = torch.empty_like(weights, dtype=value.dtype).copy_(value)
