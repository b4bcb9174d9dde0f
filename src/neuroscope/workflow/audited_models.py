"""Folders of weights and of training runs -> models that an audit can ask."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import ModelError, NeuroscopeError
from neuroscope.hashing import file_sha256
from neuroscope.learn.dataset import MANIFEST, load_slices, resample_like
from neuroscope.models.calibration import fit_temperature
from neuroscope.models.cards import SHIPPED
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.passport_rules import passports_measured
from neuroscope.preprocess.slice_input import PreparedSlice, map_on_pixels, prepare_slice
from neuroscope.records.modelaudit import NotDone, Table
from neuroscope.reliability.audited import AuditedModel, Gray, Said, Through
from neuroscope.reliability.passport.cells import averaged
from neuroscope.workflow.explained_methods import explaining

Float32 = NDArray[np.float32]
Forward = Callable[[Float32], tuple[Float32, Float32 | None, Float32 | None]]

ID_LENGTH = 12
RUN_NAME = "run.json"
SIDECAR_NAME = "evidence.json"


def find_models(
    weights: Path, others: Sequence[Path], *, data: Path, threads: int
) -> tuple[list[AuditedModel], list[NotDone]]:
    """Load the weights that were asked about, and every model in the other folders.

    Parameters
    ----------
    weights
        Folder of released weights (`evidence.json` beside them) or of a training run.
    others
        Folders that hold one folder for each model to compare with; what cannot be loaded is named.
    data
        Where the pictures come from; the development sets give validation slices to calibrate on.

    Raises
    ------
    ModelError
        If the weights asked about cannot be loaded.
    """
    models = [load_model(weights, data=data, threads=threads)]
    missing = []
    for folder in others:
        found = sorted(path for path in folder.iterdir() if _is_model(path))
        if not found:
            missing.append(NotDone("Comparison", f"There is no model in the folder {folder.name}."))
        for path in found:
            try:
                models.append(load_model(path, data=data, threads=threads))
            except NeuroscopeError as error:
                missing.append(NotDone("Comparison", error.problem, path.name))
    return models, missing


def load_model(folder: Path, *, data: Path, threads: int = 0) -> AuditedModel:
    """Load released weights, or the averaged network of a training run.

    Raises
    ------
    ModelError
        If the folder holds neither.
    """
    if (folder / SIDECAR_NAME).is_file():
        return _released(folder, threads)
    if (folder / RUN_NAME).is_file():
        return _of_run(folder, data)
    raise ModelError(
        f"There are neither weights nor a training run in {folder.name}.",
        fix=f"Name a folder with {SIDECAR_NAME} or {RUN_NAME}.",
    )


def _is_model(path: Path) -> bool:
    return (path / SIDECAR_NAME).is_file() or (path / RUN_NAME).is_file()


def _released(folder: Path, threads: int) -> AuditedModel:
    from neuroscope.models.inference import load_engine
    from neuroscope.models.weights import load_network

    engine = load_engine(weights=folder, threads=threads)
    spec = engine.spec

    def forward(batch: Float32) -> tuple[Float32, Float32 | None, Float32 | None]:
        found = engine.run(batch)
        return found.logits, found.evidence, found.embedding

    graph = folder / "evidence.onnx"
    return AuditedModel(
        name="evidence network" if folder.resolve() == SHIPPED.resolve() else folder.name,
        model_id=engine.model.sha256[:ID_LENGTH],
        kind="evidence network",
        classes=spec.classes,
        input_size=spec.size,
        temperature=spec.temperature,
        ask=asking(forward, size=spec.size, offset=spec.cell_offset, jump=spec.cell_jump),
        parameters=_parameters(folder / "evidence.safetensors"),
        megabytes=graph.stat().st_size / 1e6 if graph.is_file() else None,
        notes=(f"Version {engine.model.version}, run by {engine.backend}.", *_of_training(folder)),
        known=_passports(folder, engine.model.sha256),
        through=seen_through(size=spec.size, offset=spec.cell_offset, jump=spec.cell_jump),
        explain=explaining(lambda: load_network(folder), size=spec.size),
    )


def _of_training(folder: Path) -> tuple[str, ...]:
    """Tell how weights were trained that still lie beside the record of their run."""
    if not (folder / RUN_NAME).is_file():
        return ()
    record = json.loads((folder / RUN_NAME).read_text(encoding="utf-8"))
    minutes = float(record.get("seconds", 0)) / 60
    told = f"{record.get('epoch', 0)} epochs, {minutes:.0f} min of training."
    return (told, *_left_out(record["config"]))


def _passports(folder: Path, sha256: str) -> tuple[Table, ...]:
    """Lay out how maps pass their tests, where that was measured for exactly these weights."""
    rows = passports_measured(folder, sha256)
    if not rows:
        return ()
    tests = tuple(name for name in rows[0] if name != "map")
    return (
        Table(
            "passport",
            "How many maps pass their tests?",
            "Share of validation slices, with 95 % intervals, measured by `neuroscope evaluate "
            "passport`; maps that know nothing stand beside. Below 20 units no verdict.",
            ("map", *tests),
            tuple((str(row["map"]), *(_passed(row.get(test)) for test in tests)) for row in rows),
        ),
    )


def _passed(found: dict[str, Any] | None) -> str:
    if not found:
        return "not assessed"
    one = found["passed"]
    return f"{one['value']:.1%} ({one['low']:.1%} to {one['high']:.1%})"


def _of_run(folder: Path, data: Path) -> AuditedModel:
    import torch

    from neuroscope.learn.train_classifier import CHECKPOINT_NAME, load_run

    network, record = load_run(folder)
    config = record["config"]
    size = int(config["shape"]["input_size"])
    centers = network.centers

    @torch.inference_mode()
    def forward(batch: Float32) -> tuple[Float32, Float32 | None, Float32 | None]:
        answer = network(torch.from_numpy(batch))
        logits, evidence, embedding = (value.float().numpy() for value in answer)
        return logits, evidence, embedding

    parameters = sum(p.numel() for p in network.parameters())
    model = AuditedModel(
        name=folder.name,
        model_id=file_sha256(folder / CHECKPOINT_NAME)[:ID_LENGTH],
        kind=str(config["architecture"]),
        classes=CLASS_NAMES,
        input_size=size,
        temperature=1.0,
        ask=asking(forward, size=size, offset=centers.offset, jump=centers.jump),
        parameters=parameters,
        megabytes=parameters * 2 / 1e6,
        notes=_of_training(folder),
        through=seen_through(size=size, offset=centers.offset, jump=centers.jump),
        explain=explaining(lambda: network, size=size),
    )
    return _calibrated(model, forward, data, folder, record)


def asking(
    forward: Forward, *, size: int, offset: float, jump: float
) -> Callable[[Sequence[Gray], bool], Said]:
    """Prepare pictures as the network was trained on them, ask, and carry maps back.

    Parameters
    ----------
    forward
        Takes prepared slices ``(n, 1, size, size)``; gives logits, evidence ``(n, classes, h, w)``
        and embedding, None for what the network does not have.
    offset, jump
        Where the places of the evidence lie on the prepared slice.
    """

    def ask(pictures: Sequence[Gray], maps: bool) -> Said:
        prepared = [prepare_slice(picture, size=size) for picture in pictures]
        logits, evidence, embedding = forward(np.stack([one.image for one in prepared])[:, None])
        said = Said(logits, embedding)
        if not maps or evidence is None:
            return said
        shown = evidence[np.arange(len(pictures)), said.predicted]
        drawn = tuple(
            _on_pixels(cells, one, picture, offset, jump)
            for cells, one, picture in zip(shown, prepared, pictures, strict=True)
        )
        return replace(said, maps=drawn)

    return ask


def seen_through(*, size: int, offset: float, jump: float) -> Through:
    """Show outlines as coarsely as a network's maps: averaged over its places, carried back.

    What such a map misses of the tumor is a limit of the resolution, not of the reasons.
    """

    def through(picture: Gray, outline: NDArray[np.bool_]) -> Gray:
        prepared = prepare_slice(picture, size=size)
        cover = resample_like(prepared, outline.astype(np.float32))
        cells = averaged(cover, round(size / jump)).astype(np.float32)
        return _on_pixels(cells, prepared, picture, offset, jump)

    return through


def _on_pixels(
    cells: Float32, prepared: PreparedSlice, picture: Gray, offset: float, jump: float
) -> Gray:
    shape = (picture.shape[0], picture.shape[1])
    return map_on_pixels(cells, prepared.to_pixels, shape, offset=offset, jump=jump)


def _calibrated(
    model: AuditedModel, forward: Forward, data: Path, folder: Path, record: dict[str, Any]
) -> AuditedModel:
    """Choose a temperature on validation slices, where the set has them."""
    if not (data / MANIFEST).is_file():
        note = "Not calibrated: the set has no validation slices; temperature 1."
        return replace(model, notes=(*model.notes, note))
    from neuroscope.learn.leaks import validation_copies
    from neuroscope.learn.predict import BATCH

    copies = validation_copies(record, folder, data)
    val = load_slices(data, splits=["val"], size=model.input_size, leave_out=copies)
    logits = []
    for start in range(0, len(val), BATCH):
        prepared = val.images[start : start + BATCH, None].astype(np.float32) / np.float32(255)
        logits.append(forward(prepared)[0])
    temperature = fit_temperature(np.concatenate(logits), val.labels)
    note = f"Calibrated on {len(val)} validation slices, {len(copies)} copies left out."
    return replace(model, temperature=temperature, notes=(*model.notes, note))


def _left_out(config: dict[str, Any]) -> tuple[str, ...]:
    """Name what a variant was trained without."""
    notes = []
    varied = config.get("augment", {}).values()
    if varied and not any(varied):
        notes.append("Trained without variation of geometry and gray values.")
    if not config.get("balance", True):
        notes.append("Trained without drawing rare sets and classes more often.")
    moved = config.get("transplant", {}).values()
    if moved and not any(moved):
        notes.append("Trained without moving tumors between slices.")
    return tuple(notes)


def _parameters(path: Path) -> int | None:
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    shapes = [entry["shape"] for name, entry in header.items() if name != "__metadata__"]
    return int(sum(np.prod(shape, dtype=np.int64) for shape in shapes))
