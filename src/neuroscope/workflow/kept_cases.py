"""Keep the slices of a training, so that it goes on with the same ones whatever is drawn since."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch

from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.cells import CellMasks
from neuroscope.learn.reasons.certificate import slices_sha256
from neuroscope.store.blobs import as_storage_error
from neuroscope.workflow.training_cases import TrainingCases

MARKED = ("annotated", "held_out")
LABELED = ("replay", "answers")


def cases_sha256(cases: TrainingCases) -> str:
    """Hash all slices, labels, patients and marks of a training."""
    parts = [slices_sha256(getattr(cases, name).cases, getattr(cases, name)) for name in MARKED]
    parts += [slices_sha256(getattr(cases, name)) for name in LABELED]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def save_cases(cases: TrainingCases, path: Path) -> None:
    """Write the slices of a training, all at once.

    Raises
    ------
    StorageError
        If the disk refuses.
    """
    columns: dict[str, Any] = {}
    for name in MARKED:
        marked: Annotated = getattr(cases, name)
        columns |= _columns(name, marked.cases)
        columns |= {
            f"{name}/masks/{field.name}": getattr(marked.masks, field.name).numpy()
            for field in fields(CellMasks)
        }
    for name in LABELED:
        columns |= _columns(name, getattr(cases, name))
    facts = {
        "names": cases.names,
        "places": cases.places,
        "manifest": cases.manifest,
        "cautions": cases.cautions,
        "head": cases.head,
    }
    fresh = path.with_name(f"new-{path.name}")
    with as_storage_error("The slices of the training could not be kept."):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        np.savez(fresh, allow_pickle=False, facts=np.array(json.dumps(facts)), **columns)
        fresh.replace(path)


def load_cases(path: Path) -> TrainingCases | None:
    """Read the slices of a training; None if there are none, or they are damaged."""
    try:
        with path.open("rb") as file, np.load(file) as stored:
            columns = {name: stored[name] for name in stored.files}
        facts = json.loads(str(columns["facts"]))
        marked = {name: Annotated(_cases(name, columns), _masks(name, columns)) for name in MARKED}
        labeled = {name: _cases(name, columns) for name in LABELED}
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        return None
    return TrainingCases(
        annotated=marked["annotated"],
        held_out=marked["held_out"],
        replay=labeled["replay"],
        answers=labeled["answers"],
        names=tuple(facts["names"]),
        manifest=facts["manifest"],
        cautions=tuple(facts["cautions"]),
        head=facts["head"],
        places=tuple(facts.get("places", [""] * len(facts["names"]))),
    )


def _columns(name: str, cases: Cases) -> dict[str, Any]:
    columns = {f"{name}/{field.name}": getattr(cases, field.name) for field in fields(Cases)}
    return {**columns, f"{name}/units": cases.units.astype(str)}


def _cases(name: str, columns: Mapping[str, Any]) -> Cases:
    return Cases(*(columns[f"{name}/{field.name}"] for field in fields(Cases)))


def _masks(name: str, columns: Mapping[str, Any]) -> CellMasks:
    return CellMasks(
        *(torch.from_numpy(columns[f"{name}/masks/{field.name}"]) for field in fields(CellMasks))
    )
