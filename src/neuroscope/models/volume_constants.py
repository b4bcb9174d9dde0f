"""Read and write the constants of volume evidence, a small file beside the weights."""

import json
from pathlib import Path
from typing import get_args

from neuroscope.errors import BadInputError, ModelError
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.prediction import ModelRef
from neuroscope.records.volume import Plane
from neuroscope.records.volumeevidence import VolumeConstants

CONSTANTS_NAME = "volume_evidence.json"
PLANES: tuple[Plane, ...] = get_args(Plane)
UNFITTED_FLOOR, UNFITTED_OF_PEAK = 0.03, 0.02  # about what validation chose for early weights
REPAIR = "Compute it again: neuroscope train volume-evidence."


def load_volume_constants(
    model: ModelRef, spec: EvidenceSpec, *, weights: Path = SHIPPED_WEIGHTS
) -> VolumeConstants:
    """Read the constants of loaded weights, or fall back on those of single slices.

    Parameters
    ----------
    model, spec
        Of the engine.

    Returns
    -------
    VolumeConstants
        With `fitted` False if the file is absent or belongs to other weights: every plane then
        takes the constants of single slices.

    Raises
    ------
    ModelError
        If the file is damaged.
    """
    path = weights / CONSTANTS_NAME
    if path.is_file():
        found = _read(path)
        if found.weights_sha256 == model.sha256:
            return found
    return VolumeConstants(
        classes=spec.classes,
        offset=dict.fromkeys(PLANES, spec.floor),
        scale=dict.fromkeys(PLANES, spec.scale),
        floor=UNFITTED_FLOOR,
        of_peak=UNFITTED_OF_PEAK,
        weights_sha256=model.sha256,
        fitted=False,
    )


def save_volume_constants(
    constants: VolumeConstants, folder: Path, *, notes: dict[str, str | float | int]
) -> Path:
    """Write constants beside the weights, with notes on what they were computed from."""
    path = folder / CONSTANTS_NAME
    content = {
        "weights_sha256": constants.weights_sha256,
        "class_names": list(constants.classes),
        "offset": {plane: list(values) for plane, values in constants.offset.items()},
        "scale": {plane: list(values) for plane, values in constants.scale.items()},
        "floor": constants.floor,
        "of_peak": constants.of_peak,
        "notes": notes,
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path


def _read(path: Path) -> VolumeConstants:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        offset, scale = (
            {plane: tuple(map(float, content[name][plane])) for plane in PLANES}
            for name in ("offset", "scale")
        )
        return VolumeConstants(
            classes=tuple(content["class_names"]),
            offset=offset,
            scale=scale,
            floor=float(content["floor"]),
            of_peak=float(content["of_peak"]),
            weights_sha256=str(content["weights_sha256"]),
        )
    except (OSError, KeyError, TypeError, ValueError, BadInputError) as error:
        raise ModelError(f"{path.name} is damaged: {error}.", fix=REPAIR) from error
