"""What a trained nnU-Net v2 folder says of itself: channels, labels, folds. Needs no nnU-Net."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from neuroscope.errors import BadInputError
from neuroscope.models.naming import regions_of_names, roles_of_channels, tissue_of_label
from neuroscope.models.oriented import BRATS_ORIENTATION, ORIENTATION_UNKNOWN
from neuroscope.records.prediction import ModelRef

DATASET, PLANS = "dataset.json", "plans.json"
OURS = "neuroscope.json"  # beside them, if `neuroscope train nnunet` made the folder
CHECKPOINTS = ("checkpoint_final.pth", "checkpoint_best.pth")
REORIENTS = "NibabelIOWithReorient"  # the reader of nnU-Net that turns all to RAS
ONE_LABEL = "The model has a single label: enhancing tumor and edema cannot be measured."

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class NnunetFolder:
    """A trained folder, checked against what we can give and understand.

    Attributes
    ----------
    roles
        Our sequence for each channel, in order.
    outputs
        Names of the outputs, in order.
    regions
        Region of each output, if they are regions that hold each other; else empty.
    tissue_of
        By name of an output: a tissue code, if outputs exclude each other; else empty.
    orientation
        How the axes of its training images ran.
    folds
        Which to average.
    """

    path: Path
    roles: tuple[str, ...]
    outputs: tuple[str, ...]
    regions: tuple[str, ...]
    tissue_of: Mapping[str, str]
    orientation: str
    folds: tuple[str, ...]
    checkpoint: str
    model: ModelRef
    cautions: tuple[str, ...] = ()


def read_nnunet_folder(
    path: Path, *, folds: Sequence[str] = (), checkpoint: str = ""
) -> NnunetFolder:
    """Read and check what describes a trained folder.

    Parameters
    ----------
    folds
        All that are there, if none is named.
    checkpoint
        The final one, or else the best, if none is named.

    Raises
    ------
    BadInputError
        If it is no trained folder, its channels are not our sequences, its labels are no parts of
        a tumor that we know, or it is the second stage of a cascade.
    """
    dataset, plans = _json(path, DATASET), _json(path, PLANS)
    roles = roles_of_channels(_channels(dataset))
    outputs, regions, tissue_of = _answers(dataset)
    configuration = path.name.rsplit("__", 1)[-1]
    if configuration == "3d_cascade_fullres":
        raise BadInputError(
            "The folder is the second stage of a cascade, which needs the answer of the first.",
            fix="Give the folder of 3d_fullres or 3d_lowres.",
        )
    chosen, file = _checkpoints(path, tuple(folds), checkpoint)
    orientation, cautions = _orientation(path, plans)
    if set(tissue_of.values()) == {"NCR"}:
        cautions = (*cautions, ONE_LABEL)
    return NnunetFolder(
        path=path,
        roles=roles,
        outputs=outputs,
        regions=regions,
        tissue_of=MappingProxyType(tissue_of),
        orientation=orientation,
        folds=chosen,
        checkpoint=file,
        model=_model(path, plans, chosen, file),
        cautions=cautions,
    )


def _json(path: Path, name: str) -> Json:
    try:
        content = json.loads((path / name).read_text(encoding="utf-8"))
    except OSError as error:
        inner = [one.parent.name for one in sorted(path.glob(f"*/{PLANS}"))]
        where = f"'{inner[0]}' in it" if inner else "one such as nnUNetTrainer__nnUNetPlans__3d_..."
        raise BadInputError(
            f"'{path.name}' is no trained nnU-Net v2 folder: it has no {name}.",
            fix=f"Name the folder with dataset.json, plans.json and fold_0: {where}.",
        ) from error
    except ValueError as error:
        raise BadInputError(
            f"{name} of the nnU-Net folder is damaged.", fix="Copy the folder again."
        ) from error
    if not isinstance(content, dict):
        raise BadInputError(
            f"{name} of the nnU-Net folder is not what nnU-Net writes.", fix="Copy it again."
        )
    return content


def _channels(dataset: Json) -> tuple[str, ...]:
    named = dataset.get("channel_names", dataset.get("modality", {}))
    try:
        return tuple(str(named[key]) for key in sorted(named, key=int))
    except (TypeError, ValueError):
        return ()


def _answers(dataset: Json) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]:
    """Tell the outputs: as nnU-Net does, regions if any label is a list of several numbers."""
    labels = {
        str(name): value
        for name, value in dict(dataset.get("labels", {})).items()
        if str(name).lower() != "ignore"
    }
    if any(isinstance(value, list) and len(value) > 1 for value in labels.values()):
        outputs = tuple(name for name, value in labels.items() if value not in (0, [0]))
        return outputs, regions_of_names(outputs), {}
    try:
        numbers = {name: int(v[0] if isinstance(v, list) else v) for name, v in labels.items()}
    except (IndexError, TypeError, ValueError) as error:
        raise BadInputError(
            "The labels in dataset.json are not those of nnU-Net v2: a number for each name.",
            fix='Write them as {"background": 0, "edema": 1, ...}; version 1 wrote them turned.',
        ) from error
    outputs = tuple(sorted(numbers, key=lambda name: numbers[name]))
    if len(outputs) < 2 or [numbers[name] for name in outputs] != list(range(len(outputs))):
        raise BadInputError(
            "The labels in dataset.json do not count from 0 (background) upward.",
            fix="Give the dataset.json that the model was trained with.",
        )
    return outputs, (), {name: tissue_of_label(name) for name in outputs if numbers[name]}


def _checkpoints(path: Path, folds: tuple[str, ...], file: str) -> tuple[tuple[str, ...], str]:
    for name in (file,) if file else CHECKPOINTS:
        there = [one.parent.name for one in sorted(path.glob(f"fold_*/{name}"))]
        found = tuple(one.removeprefix("fold_") for one in there)
        if folds and set(folds) <= set(found):
            return folds, name
        if found and not folds:
            return found, name
    raise BadInputError(
        f"The nnU-Net folder has no {file or CHECKPOINTS[0]} in "
        f"{', '.join(f'fold_{fold}' for fold in folds) or 'any fold'}.",
        fix="Finish its training, or name another fold or checkpoint.",
    )


def _orientation(path: Path, plans: Json) -> tuple[str, tuple[str, ...]]:
    if plans.get("image_reader_writer") == REORIENTS:
        return "RAS", ()
    told = _ours(path).get("orientation")
    if told:
        return str(told), ()
    return BRATS_ORIENTATION, (ORIENTATION_UNKNOWN,)


def _model(path: Path, plans: Json, folds: tuple[str, ...], file: str) -> ModelRef:
    digest = hashlib.sha256()
    for fold in folds:
        with (path / f"fold_{fold}" / file).open("rb") as weights:
            digest.update(hashlib.file_digest(weights, "sha256").digest())
    ours = _ours(path)
    name = str(ours.get("name") or f"nnU-Net {plans.get('dataset_name', path.name)}")
    return ModelRef(name, str(ours.get("version") or f"folds {' '.join(folds)}"),
                    digest.hexdigest())  # fmt: skip


def _ours(path: Path) -> Json:
    try:
        content = json.loads((path / OURS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
