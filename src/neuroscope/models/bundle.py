"""Segment with a MONAI bundle, a folder with `configs/inference.json` and `models/model.pt`.

A bundle is a program: its configuration can run any code. Load only what you trust.
"""

import hashlib
import json
import logging
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, extra
from neuroscope.models.answer import answer_of_outputs
from neuroscope.models.naming import (
    regions_of_names,
    require_sequences,
    roles_of_channels,
    tissue_of_label,
)
from neuroscope.models.oriented import BRATS_ORIENTATION, ORIENTATION_UNKNOWN, stacked
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.models.segmenter_input import laid_back
from neuroscope.records.geometry import Affine
from neuroscope.records.prediction import ModelRef
from neuroscope.records.segmented import Segmented

log = logging.getLogger(__name__)

INFERENCE = ("configs/inference.json", "configs/inference.yaml", "configs/inference.yml")
WEIGHTS = ("models/model.pt", "models/model.ts")
METADATA = "configs/metadata.json"
# Transforms of a bundle that read files or lay axes out: the study is read and laid out already.
READING = ("LoadImage", "EnsureChannelFirst", "AddChannel", "AsChannelFirst", "EnsureType",
           "ToTensor", "ConvertToMultiChannel", "Orientation")  # fmt: skip

Float32 = NDArray[np.float32]
Activation = Literal["sigmoid", "softmax"]
# Channels `(c, i, j, k)` and their affine -> logits `(outputs, i, j, k)` and theirs.
Forward = Callable[[Float32, Affine], tuple[Float32, Affine]]


@dataclass(frozen=True, slots=True, eq=False)
class BundleFolder:
    """What a bundle says of itself, checked.

    Attributes
    ----------
    roles
        Our sequence for each channel, in order.
    outputs
        Names of the outputs, in order.
    regions
        Region of each output, if they are regions; else empty.
    tissue_of
        By name of an output: a tissue code, if outputs exclude each other; else empty.
    activation
        What turns its logits into probabilities.
    inference, weights
        Files.
    """

    path: Path
    roles: tuple[str, ...]
    outputs: tuple[str, ...]
    regions: tuple[str, ...]
    tissue_of: Mapping[str, str]
    activation: Activation
    inference: Path
    weights: Path
    model: ModelRef


class BundleSegmenter:
    """A MONAI bundle; owns its network."""

    def __init__(self, forward: Forward, folder: BundleFolder, *, orientation: str = "") -> None:
        """Take a network; without a known orientation that of BraTS is assumed, and said."""
        self._forward = forward
        self.folder = folder
        self.orientation = orientation or BRATS_ORIENTATION
        self.cautions = () if orientation else (ORIENTATION_UNKNOWN,)
        self.model = folder.model

    def segment(self, study: SegmenterStudy) -> Segmented:
        """Segment one study; the answer lies on the grid of the brain mask.

        Raises
        ------
        BadInputError
            If the study lacks a sequence that the bundle was trained with, or the bundle does
            not answer with as many channels as it says.
        """
        folder = self.folder
        require_sequences(folder.roles, study.volumes)
        given = stacked(study.volumes, study.brain, folder.roles, orientation=self.orientation)
        logits, affine = self._forward(given.channels, given.affine)
        if len(logits) != len(folder.outputs):
            raise BadInputError(
                f"The bundle answered with {len(logits)} channels; its metadata.json names "
                f"{len(folder.outputs)}.",
                fix="Correct outputs.pred.channel_def in metadata.json.",
            )
        p = _probabilities(logits, folder.activation)
        p = np.stack([laid_back(one, affine, study.brain) for one in p])
        return answer_of_outputs(p, folder, study, self.model, cautions=self.cautions)


def read_bundle(path: Path) -> BundleFolder:
    """Read and check what describes a bundle. Needs no MONAI, runs none of its code.

    Raises
    ------
    BadInputError
        If a file is missing or damaged, or its channels or outputs are not ours.
    """
    metadata = _metadata(path)
    formats = metadata.get("network_data_format", {})
    named = _defined(formats.get("inputs", {}).get("image", {}))
    outputs = _defined(formats.get("outputs", {}).get("pred", {}))
    roles = roles_of_channels(named)
    inference = _first(path, INFERENCE, "inference configuration")
    weights = _first(path, WEIGHTS, "weights")
    with weights.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    regions, tissue_of = _answers(outputs)
    return BundleFolder(
        path=path,
        roles=roles,
        outputs=outputs,
        regions=regions,
        tissue_of=MappingProxyType(tissue_of),
        activation="sigmoid" if regions else "softmax",
        inference=inference,
        weights=weights,
        model=ModelRef(str(metadata.get("name") or path.name), str(metadata.get("version", "?")),
                       sha256),
    )  # fmt: skip


def load_bundle(path: Path, *, threads: int = 0) -> BundleSegmenter:
    """Load a bundle: its network, its weights, its way to slide over an image.

    Of its preprocessing everything is done but what reads files and lays out axes.

    Parameters
    ----------
    threads
        Of the CPU; 0 leaves the choice to PyTorch.

    Raises
    ------
    BadInputError
        If the bundle is incomplete or damaged, or its channels or outputs are not ours.
    MissingExtraError
        If MONAI is not installed.
    """
    folder = read_bundle(path)
    with extra("train"):
        import torch
        from monai.bundle.config_parser import ConfigParser
        from monai.data.meta_tensor import MetaTensor
        from monai.transforms.compose import Compose
    if threads:
        torch.set_num_threads(threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    parser = ConfigParser()
    try:
        parser.read_config(str(folder.inference))
        parser["bundle_root"] = str(path)
        parser["device"] = device
        orientation = _drop_reading(parser)
        prepare = Compose(_parsed(parser, "preprocessing#transforms", []))
        network = _network(parser, folder, device)
        inferer = _parsed(parser, "inferer", None)
    except (OSError, RuntimeError, LookupError, TypeError, ValueError, ImportError,
            AttributeError, EOFError, pickle.UnpicklingError) as error:  # fmt: skip
        raise BadInputError(
            f"The bundle cannot be loaded ({type(error).__name__}).",
            fix="Check it with: python -m monai.bundle verify_metadata; a bundle with code of its "
            "own must be importable.",
        ) from error

    def forward(channels: Float32, affine: Affine) -> tuple[Float32, Affine]:
        image = MetaTensor(torch.from_numpy(channels), affine=torch.from_numpy(affine.copy()))
        ready = prepare({"image": image})["image"]
        with torch.inference_mode():
            batch = ready.as_tensor()[None].float().to(device)
            found = inferer(batch, network) if inferer is not None else network(batch)
        return found[0].float().cpu().numpy(), np.asarray(ready.affine, np.float64)

    log.info("loaded %s %s", folder.model.name, folder.model.version)
    return BundleSegmenter(forward, folder, orientation=orientation)


def _metadata(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads((path / METADATA).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"'{path.name}' is no MONAI bundle: {METADATA} is missing or damaged.",
            fix="Name the folder that holds configs/ and models/.",
        ) from error
    if not isinstance(content, dict):
        raise BadInputError(f"{METADATA} holds no metadata.", fix="Copy the bundle again.")
    return content


def _defined(named: Mapping[str, Any]) -> tuple[str, ...]:
    channels = named.get("channel_def", {})
    try:
        return tuple(str(channels[key]) for key in sorted(channels, key=int))
    except (TypeError, ValueError):
        return ()


def _answers(outputs: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Tell regions, which may hold each other, from classes, of which the first is background."""
    if not outputs:
        raise BadInputError(
            "The bundle does not name its outputs.",
            fix="Fill in network_data_format.outputs.pred.channel_def in metadata.json.",
        )
    if "background" not in outputs[0].lower():
        return regions_of_names(outputs), {}
    return (), {name: tissue_of_label(name) for name in outputs[1:]}


def _first(path: Path, names: tuple[str, ...], what: str) -> Path:
    for name in names:
        if (path / name).is_file():
            return path / name
    raise BadInputError(
        f"The bundle '{path.name}' has no {what} ({' or '.join(names)}).",
        fix="Copy the whole bundle; the weights may have to be downloaded with it.",
    )


def _parsed(parser: Any, key: str, otherwise: Any) -> Any:
    return parser.get_parsed_content(key) if parser.get(key) is not None else otherwise


def _drop_reading(parser: Any) -> str:
    """Take out the transforms that read or turn; return how axes shall run, if it is said."""
    transforms = parser.get("preprocessing#transforms") or []
    named = [str(one.get("_target_", "")).rsplit(".", 1)[-1] for one in transforms]
    turned = [one.get("axcodes") for one, name in zip(transforms, named, strict=True)
              if name.startswith("Orientation")]  # fmt: skip
    kept = [one for one, name in zip(transforms, named, strict=True)
            if not name.startswith(READING)]  # fmt: skip
    if parser.get("preprocessing") is not None:
        parser["preprocessing#transforms"] = kept
    return next((str(codes) for codes in turned if codes), "")


def _network(parser: Any, folder: BundleFolder, device: Any) -> Any:
    import torch

    if folder.weights.suffix == ".ts":
        load: Any = torch.jit.load
        return load(str(folder.weights), map_location=device).eval()
    key = "network_def" if parser.get("network_def") is not None else "network"
    network = parser.get_parsed_content(key).to(device)
    state = torch.load(folder.weights, map_location=device, weights_only=True)
    network.load_state_dict(state.get("model", state.get("state_dict", state)))
    return network.eval()


def _probabilities(logits: Float32, activation: Activation) -> Float32:
    if activation == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), np.float32)
    odds = np.exp(logits - logits.max(0, keepdims=True))
    return np.asarray(odds / odds.sum(0, keepdims=True), np.float32)
