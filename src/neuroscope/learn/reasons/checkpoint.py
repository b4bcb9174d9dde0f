"""Keep a run on disk so that it can go on where it was killed; one file, replaced at once."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from neuroscope.errors import StorageError


class Saved(NamedTuple):
    """What a checkpoint holds."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]


def save(path: Path, manifest: str, tensors: Mapping[str, Tensor], facts: object) -> None:
    """Write a checkpoint of the run that a manifest hash names.

    Raises
    ------
    StorageError
        If the disk refuses; an earlier checkpoint stays as it was.
    """
    fresh = path.with_suffix(".new")
    kept = {name: value.detach().clone().contiguous() for name, value in tensors.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(kept, fresh, metadata={"manifest": manifest, "facts": json.dumps(facts)})
        fresh.replace(path)
    except (OSError, SafetensorError) as error:
        raise StorageError(
            f"The state of the training could not be written ({type(error).__name__}).",
            fix="Free some disk space; the training goes on from the last state that was written.",
        ) from error


def load(path: Path, manifest: str) -> Saved | None:
    """Read the checkpoint; None if there is none, it is damaged, or it is of another run."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("manifest") != manifest:
                return None
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError):
        return None
    return Saved(tensors, json.loads(metadata["facts"]))


def without_nan(value: Any) -> Any:
    """Write nan as null: JSON knows no other way to say that there is no number."""
    if isinstance(value, dict):
        return {name: without_nan(member) for name, member in value.items()}
    if isinstance(value, tuple | list):
        return [without_nan(member) for member in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
