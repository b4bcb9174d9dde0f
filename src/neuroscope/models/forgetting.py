"""Read and write whether maps of every method change when the network forgets; beside the weights.

References
----------
Adebayo et al. 2018 (arXiv:1810.03292): a map that stays the same shows the picture, not the model.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from neuroscope.errors import BadInputError, ModelError
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.records.explanationmethod import method_named
from neuroscope.records.passport import MapTest, map_test_from
from neuroscope.records.prediction import ModelRef

FORGETTING_NAME = "forgetting.json"
REPAIR = "Measure it again: neuroscope evaluate forgetting."


def load_forgetting(model: ModelRef, *, weights: Path = SHIPPED_WEIGHTS) -> dict[str, MapTest]:
    """Read the test of model randomization of every method, by its name.

    Returns
    -------
    dict[str, MapTest]
        Empty if the file is absent or belongs to other weights.

    Raises
    ------
    ModelError
        If the file is damaged.
    """
    path = weights / FORGETTING_NAME
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["weights_sha256"] != model.sha256:
            return {}
        return {
            method_named(name).name: map_test_from(stored)
            for name, stored in content["methods"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, BadInputError) as error:
        raise ModelError(f"{path.name} is damaged: {error}.", fix=REPAIR) from error


def save_forgetting(
    sha256: str,
    found: Mapping[str, MapTest],
    folder: Path,
    *,
    notes: Mapping[str, str | float | int] = MappingProxyType({}),
) -> Path:
    """Write the tests of all methods beside the weights they were measured with."""
    path = folder / FORGETTING_NAME
    content = {
        "weights_sha256": sha256,
        "methods": {name: _rounded(test.as_dict()) for name, test in found.items()},
        "notes": dict(notes),
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path


def _rounded(value: Any) -> Any:
    """Round all numbers of plain values to four places."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value
