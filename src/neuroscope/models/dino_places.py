"""DINOv2 and DINOv3 from a folder the user brings: their patches as places of an embedding.

The weights are under licenses of their own (DINOv3's asks for consent), so none are shipped or
fetched: nothing here opens a connection. The vector is the mean of the patch tokens, which is a sum
over places, so that a similarity can be taken apart as exactly as with the evidence network. What
the slice shows (class, evidence) still comes from the evidence network.

References
----------
Oquab et al. 2023 (arXiv:2304.07193); Siméoni et al. 2025 (arXiv:2508.10104).
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neuroscope.errors import BadInputError, ModelError, extra
from neuroscope.hashing import file_sha256
from neuroscope.models.pooled_places import PlacesEngine, PooledPlaces
from neuroscope.records.prediction import ModelRef

CONFIG, WEIGHTS = "config.json", "model.safetensors"
KINDS = ("dinov2", "dinov2_with_registers", "dinov3_vit")
GRID = 20  # patches a side: half of the cells of the evidence network, so that both lie alike
MEAN = np.array([0.485, 0.456, 0.406], np.float32)  # of ImageNet, as both were trained
SPREAD = np.array([0.229, 0.224, 0.225], np.float32)

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DinoShape:
    """What the folder says of its network."""

    kind: str
    patch: int  # pixels a side
    registers: int  # tokens between the class token and the patches
    dimension: int


class DinoPlaces:
    """A loaded DINO network beside the evidence network; owns its weights in memory."""

    def __init__(
        self, network: Any, shape: DinoShape, model: ModelRef, evidence: PlacesEngine
    ) -> None:
        self._network = network
        self._evidence = evidence
        self.shape = shape
        self.model = model

    def run(self, batch: Float32) -> PooledPlaces:
        """Run prepared slices of shape `(n, 1, size, size)`, at least one."""
        import torch

        pixels = np.concatenate([_as_rgb(image[0], GRID * self.shape.patch) for image in batch])
        with torch.inference_mode():
            tokens = self._network(pixel_values=torch.from_numpy(pixels)).last_hidden_state
        patches = tokens[:, 1 + self.shape.registers :].float().numpy()
        n = len(batch)
        grid = patches.transpose(0, 2, 1).reshape(n, self.shape.dimension, GRID, GRID)
        seen = self._evidence.run(batch)
        block = np.ascontiguousarray(grid / GRID**2, np.float32)
        return PooledPlaces((block,), seen.evidence, seen.logits)


def load_dino(folder: Path, evidence: PlacesEngine) -> DinoPlaces:
    """Load a network as transformers saves it, from the disk alone.

    Parameters
    ----------
    folder
        With `config.json` and `model.safetensors`.
    evidence
        The evidence network, which says what a slice shows.

    Raises
    ------
    BadInputError
        If a file is missing, or the network is none of DINOv2 and DINOv3 (vision transformers).
    ModelError
        If the weights are damaged or belong to another network.
    MissingExtraError
        If transformers is not installed.
    """
    shape = _read_shape(folder)
    with extra("dino"):
        import torch
        import transformers
    os.environ["HF_HUB_OFFLINE"] = "1"
    transformers.utils.logging.disable_progress_bar()
    level = transformers.utils.logging.get_verbosity()
    transformers.utils.logging.set_verbosity_error()
    try:
        network, told = transformers.AutoModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
    except Exception as error:
        raise ModelError(
            f"The weights in '{folder.name}' cannot be loaded ({type(error).__name__}).",
            fix="Copy the folder again from where you got it.",
        ) from error
    finally:
        transformers.utils.logging.set_verbosity(level)
    if told["missing_keys"]:
        raise ModelError(
            f"The weights in '{folder.name}' lack {len(told['missing_keys'])} tensors of the "
            "network that its config.json describes.",
            fix="Copy config.json and model.safetensors of the same network.",
        )
    digest = file_sha256(folder / WEIGHTS)
    model = ModelRef(shape.kind, digest[:8], digest)
    return DinoPlaces(network.eval().to(torch.float32), shape, model, evidence)


def _read_shape(folder: Path) -> DinoShape:
    missing = [name for name in (CONFIG, WEIGHTS) if not (folder / name).is_file()]
    if missing:
        raise BadInputError(
            f"The folder '{folder.name}' lacks {' and '.join(missing)}.",
            fix="Name the folder of a DINOv2 or DINOv3 network as transformers saves it.",
        )
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        shape = DinoShape(
            kind=str(config["model_type"]),
            patch=int(config["patch_size"]),
            registers=int(config.get("num_register_tokens", 0)),
            dimension=int(config["hidden_size"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInputError(
            f"config.json in '{folder.name}' describes no DINO network.",
            fix="Name the folder of a DINOv2 or DINOv3 network as transformers saves it.",
        ) from error
    if shape.kind not in KINDS:
        raise BadInputError(
            f"'{folder.name}' holds a network of the kind '{shape.kind}'.",
            fix=f"Use one of {', '.join(KINDS)}.",
        )
    return shape


def _as_rgb(image: Float32, side: int) -> Float32:
    """Lay a prepared slice out as DINO was shown pictures, shape `(1, 3, side, side)`."""
    resized = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)
    gray = np.clip(np.asarray(resized, np.float32), 0.0, 1.0)[..., None]
    return np.ascontiguousarray(((gray - MEAN) / SPREAD).transpose(2, 0, 1)[None], np.float32)
