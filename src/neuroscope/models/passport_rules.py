"""Read and write the bounds that maps are tested by, a small file beside the weights."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from neuroscope.errors import BadInputError, ModelError
from neuroscope.models.forgetting import load_forgetting
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.records.passport import (
    MapTest,
    PassportRules,
    TestName,
    judged,
    not_assessed,
)
from neuroscope.records.prediction import ModelRef

RULES_NAME = "passport.json"
REPAIR = "Compute it again: neuroscope evaluate passport."
SCHEMA = 2  # 1: faithfulness over the whole curve, one bound for all answers
OF_MODEL: tuple[TestName, ...] = ("model_randomization", "label_randomization")
UNMEASURED = "It was not measured for these weights; it is by: neuroscope evaluate passport."
# Where nothing was measured: what early weights reached on validation data, rounded to be mild;
# of faithfulness, to do better than every random order.
UNFITTED: Mapping[TestName, float] = MappingProxyType(
    {"repeatability": 0.5, "faithfulness": 0.0, "localization": 0.1}
)


def load_passport_rules(model: ModelRef, *, weights: Path = SHIPPED_WEIGHTS) -> PassportRules:
    """Read the rules of loaded weights, or fall back on mild bounds.

    Returns
    -------
    PassportRules
        With `fitted` False if the file is absent or belongs to other weights, and then the tests of
        the model not assessed, or if it is of an earlier version. What is known of other methods
        stands in a file of its own (`models/forgetting.py`).

    Raises
    ------
    ModelError
        If the file is damaged.
    """
    path = weights / RULES_NAME
    of_method = load_forgetting(model, weights=weights)
    if path.is_file():
        found = _read(path)
        if found.weights_sha256 == model.sha256:
            return replace(found, of_method=of_method)
    unmeasured = tuple(not_assessed(name, UNMEASURED) for name in OF_MODEL)
    return PassportRules(model.sha256, UNFITTED, unmeasured, fitted=False, of_method=of_method)


def passports_measured(folder: Path, sha256: str) -> Sequence[Mapping[str, Any]]:
    """Read the table of what maps reach; empty if it is of other weights or an earlier version.

    Raises
    ------
    ModelError
        If the file is damaged.
    """
    if not (folder / RULES_NAME).is_file():
        return ()
    content = read_measured(folder)
    is_current = content.get("schema", 1) == SCHEMA and content.get("weights_sha256") == sha256
    return tuple(content.get("table") or ()) if is_current else ()


def save_passport_rules(
    rules: PassportRules,
    folder: Path,
    *,
    table: Sequence[Mapping[str, Any]] = (),
    notes: Mapping[str, str | float | int] = MappingProxyType({}),
) -> Path:
    """Write rules beside the weights, with the table and the notes of how they were measured."""
    path = folder / RULES_NAME
    content = {
        "schema": SCHEMA,
        "weights_sha256": rules.weights_sha256,
        "bounds": {name: round(bound, 6) for name, bound in rules.bounds.items()},
        "bounds_by_answer": {
            name: {answer: round(bound, 6) for answer, bound in own.items()}
            for name, own in rules.by_answer.items()
        },
        "model_tests": [_test_json(test) for test in rules.of_model],
        "table": [dict(row) for row in table],
        "notes": dict(notes),
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path


def read_measured(folder: Path) -> dict[str, Any]:
    """Read the whole file, with its table and notes, as plain values.

    Raises
    ------
    ModelError
        If it is missing or damaged.
    """
    try:
        content = json.loads((folder / RULES_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{RULES_NAME} is missing or damaged.", fix=REPAIR) from error
    if not isinstance(content, dict):
        raise ModelError(f"{RULES_NAME} is not an object.", fix=REPAIR)
    return content


def _read(path: Path) -> PassportRules:
    """Read the rules; of an earlier version only the tests of the model still hold."""
    try:
        content = read_measured(path.parent)
        if content.get("schema", 1) != SCHEMA:
            return PassportRules(
                weights_sha256=str(content["weights_sha256"]),
                bounds=UNFITTED,
                of_model=tuple(_test(stored) for stored in content["model_tests"]),
                fitted=False,
            )
        return PassportRules(
            weights_sha256=str(content["weights_sha256"]),
            bounds={name: float(content["bounds"][name]) for name in UNFITTED},
            of_model=tuple(_test(stored) for stored in content["model_tests"]),
            by_answer=_by_answer(content.get("bounds_by_answer", {})),
        )
    except (KeyError, TypeError, ValueError, AttributeError, BadInputError) as error:
        raise ModelError(f"{path.name} is damaged: {error}.", fix=REPAIR) from error


def _by_answer(stored: Mapping[str, Any]) -> dict[TestName, dict[str, float]]:
    return {
        name: {answer: float(bound) for answer, bound in stored[name].items()}
        for name in UNFITTED
        if name in stored
    }


def _test(stored: Mapping[str, Any]) -> MapTest:
    if stored["value"] is None:
        return not_assessed(stored["name"], stored["reason"])
    return judged(
        stored["name"],
        float(stored["value"]),
        float(stored["bound"]),
        rule="at most",
        interval=None if stored["interval"] is None else _pair(stored["interval"]),
        reason=stored["reason"],
        details={name: float(value) for name, value in stored["details"].items()},
    )


def _test_json(test: MapTest) -> dict[str, Any]:
    return {
        "name": test.name,
        "value": None if test.value is None else round(test.value, 4),
        "bound": test.bound,
        "interval": None if test.interval is None else [round(end, 4) for end in test.interval],
        "reason": test.reason,
        "details": {name: round(value, 4) for name, value in test.details.items()},
    }


def _pair(ends: Sequence[float]) -> tuple[float, float]:
    low, high = ends
    return float(low), float(high)
