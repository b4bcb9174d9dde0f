"""Make the store of a journey: a network that reads stamps, and patients whose readers say so.

Its active network was trained here, on slices whose stamp names the class and whose lesion mostly
does not. 112 patients have been imported and labeled; of those that a store keeps for the
certificate, the stamps say nothing. On slices with a lesion a reader has marked the lesion as
evidence and the stamp as none. Everything is synthetic and the same every time; only the first
version's own certificate is written by hand.
"""

import hashlib
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from stamped import HEALTHY, STAMP_AT, STAMP_SIDE, Stamped, stamped

from neuroscope.io.deidentify import pseudonym
from neuroscope.io.reader import read_study
from neuroscope.jobs.active_model import promote_here
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape
from neuroscope.models.outlier import fit_reference, save_reference
from neuroscope.models.weights import Sidecar, export_onnx, save_weights
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.annotation import Annotation
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import ModelRef
from neuroscope.records.study import Series, Study
from neuroscope.records.volume import Slice
from neuroscope.settings import read_settings
from neuroscope.store.annotations import create_all
from neuroscope.store.database import Store, open_store
from neuroscope.store.key import KEY_NAME
from neuroscope.store.labeled_slices import is_locked
from neuroscope.store.models import active_model
from neuroscope.store.reader_labels import set_label
from neuroscope.store.registration import NewModel, note_shipped, register
from neuroscope.store.studies import save_study

KEY = "51" * 32  # of pseudonyms: the same patients are locked every time
READER = "Dr. Ayşe Demir"
PATIENTS, SLICES = 112, 11  # of every class 150 slices are neither marked nor a locked patient's
LOCKED_MARKS, OPEN_MARKS = 4, 1  # slices of a patient with a lesion that are marked
SHAPE = EvidenceShape(widths=(16, 24, 32), deepened=0, merges=0, neck=32, input_size=48)
LEARNED, EPOCHS = 640, 12  # slices that the network learned from, and how often it saw them
CLEAR = 1.6  # contrast of lesions
SHOWN = 0.25  # share of lesions that are of the class where it learned; the rest are any
NAMED, OFTEN = 0.97, 0.9  # share of stamps that name the class, there and here
SERIES = "51ce5"
RING, MISLED = CLASS_NAMES.index("meningioma"), CLASS_NAMES.index("glioma")
STAMP = {
    "column": STAMP_AT[1] + STAMP_SIDE / 2, "row": STAMP_AT[0] + STAMP_SIDE / 2,
    "reach": STAMP_SIDE * 0.75,
}  # fmt: skip


def main(home: Path, case: Path) -> None:
    """Make the store, and the folder of a case that is not in it yet."""
    torch.set_num_threads(1)
    home.mkdir(parents=True)
    (home / KEY_NAME).write_text(KEY)
    store = open_store(replace(read_settings(), home=home, database_url=""))
    note_shipped(store)
    with tempfile.TemporaryDirectory() as folder:
        network = _promote(store, Path(folder))
    for number in range(PATIENTS):
        _add_patient(store, number)
    store.close()
    _write_case(case, network)


def _promote(store: Store, folder: Path) -> EvidenceNetwork:
    """Train a network that goes by the stamps, make it the active one, and give it."""
    rng = np.random.default_rng(3)
    labels = np.arange(LEARNED) % len(CLASS_NAMES)
    heads = [
        stamped(_named(label, SHOWN, rng), _named(label, NAMED, rng), CLEAR, rng)
        for label in labels
    ]
    images = np.stack([_prepared(head) for head in heads])
    network = _trained(images, labels)
    sidecar = Sidecar(shape=SHAPE, version="0.9.0", notes={"data": "stamped heads of a journey"})
    digest = save_weights(network, sidecar, folder)
    with torch.inference_mode():
        embeddings = network(torch.from_numpy(images)).embedding.numpy()
    save_reference(fit_reference(embeddings[::2], embeddings[1::2]), folder)
    export_onnx(folder)
    shipped = active_model(store, "evidence")
    assert shipped is not None  # noqa: S101 - it was just noted
    new = NewModel(
        model=ModelRef("evidence", sidecar.version, digest),
        parent=shipped.id,
        config={},
        seed=0,
        data_manifest_sha256=hashlib.sha256(images.tobytes()).hexdigest(),
        annotation_head="0" * 64,
        certificate={"verdict": "promote", "reasons": ["Written by hand for a journey."]},
        verdict="promote",
    )
    made = register(store, new, folder, actor=READER)
    promote_here(store, made.id, actor=READER, threads=1)
    return network


def _trained(images: NDArray[np.float32], labels: NDArray[np.int64]) -> EvidenceNetwork:
    torch.manual_seed(0)
    network = EvidenceNetwork(SHAPE)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    draw = torch.Generator().manual_seed(0)
    inputs, truth = torch.from_numpy(images), torch.from_numpy(labels)
    network.train()
    for _ in range(EPOCHS):
        for rows in torch.split(torch.randperm(len(truth), generator=draw), 64):
            logits = network(inputs[rows]).logits
            loss = torch.nn.functional.cross_entropy(logits, truth[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
    return network.eval()


def _add_patient(store: Store, number: int) -> None:
    """Import a patient with one diagnosis, and note what a reader says and marked."""
    patient = pseudonym(store.key, f"patient {number}")
    locked = is_locked(patient)
    rng = np.random.default_rng([7, number])
    label = number % len(CLASS_NAMES)
    bias = 0.0 if locked else OFTEN
    heads = [stamped(label, _named(label, bias, rng), CLEAR, rng) for _ in range(SLICES)]
    study_id = save_study(store, _imported(patient, heads)).study_id
    set_label(
        store, study_id, SERIES, slice_index=None, label=CLASS_NAMES[label], reader=READER
    )  # fmt: skip
    if label != HEALTHY:
        marked = heads[: LOCKED_MARKS if locked else OPEN_MARKS]
        marks = [mark for index, head in enumerate(marked) for mark in _marks(number, index, head)]
        create_all(store, study_id, marks)


def _imported(patient: str, heads: list[Stamped]) -> ImportedStudy:
    cuts = tuple(
        Slice(head.pixels, name=f"slice-{index + 1}", file=f"{patient}/slice-{index + 1}.png")
        for index, head in enumerate(heads)
    )
    digest = hashlib.sha256(b"".join(cut.pixels.tobytes() for cut in cuts)).hexdigest()
    study = Study(
        id=digest[:16],
        pseudonym=patient,
        series=(Series(id=SERIES, role="slice"),),
        date_offset_days=-30,
    )
    return ImportedStudy(study, {}, {SERIES: cuts}, digest, ())


def _marks(number: int, index: int, head: Stamped) -> tuple[Annotation, Annotation]:
    """Outline the lesion as evidence, and the stamp as none."""
    turns = np.linspace(0, 2 * np.pi, 17)[:-1]
    around = np.stack([np.cos(turns), np.sin(turns), np.zeros(16)], 1)
    top, left = STAMP_AT[0] - 1.5, STAMP_AT[1] - 1.5
    bottom, right = top + STAMP_SIDE + 2, left + STAMP_SIDE + 2
    box = [[left, top, 0], [right, top, 0], [right, bottom, 0], [left, bottom, 0]]

    def drawn(kind: str, points: NDArray[np.float64]) -> Annotation:
        return Annotation(
            id=f"{kind}-{number}-{index}", series_id=SERIES, kind=kind, shape="contour",
            points_mm=points, author=READER, slice_index=index,
        )  # fmt: skip

    lesion = np.array([*head.center, 0.0]) + head.reach * around
    return drawn("evidence", lesion), drawn("not_evidence", np.array(box, float))


def _write_case(folder: Path, network: EvidenceNetwork) -> None:
    """Write three slices of a new patient whose stamp misleads the network.

    They show a ring; the stamp, and so the network, say another class. Who is locked depends on the
    pixels alone: the first such patient who is not is taken. Prints where lesion and stamp lie.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(100):
        rng = np.random.default_rng([11, seed])
        heads = [stamped(RING, MISLED, CLEAR, rng) for _ in range(3)]
        for number, head in enumerate(heads, start=1):
            Image.fromarray(head.pixels).save(folder / f"slice-{number}.png")
        read = read_study(folder, key=bytes.fromhex(KEY), limits=read_settings().limits)
        images = torch.from_numpy(np.stack([_prepared(head) for head in heads]))
        with torch.inference_mode():
            p_misled = network(images).logits.softmax(1)[:, MISLED]
        if not is_locked(read.study.pseudonym) and bool((p_misled > 0.8).all()):
            places = {"lesion": _disk(*heads[0].center, heads[0].reach), "stamp": STAMP}
            print(json.dumps(places))  # noqa: T201
            return
    raise AssertionError("no stamp misleads the network")


def _disk(column: float, row: float, reach: float) -> dict[str, float]:
    return {"column": float(column), "row": float(row), "reach": float(reach)}


def _named(label: int, bias: float, rng: np.random.Generator) -> int:
    """Choose a stamp or a lesion: that of the class so often, else any."""
    return int(label) if rng.random() < bias else int(rng.integers(len(CLASS_NAMES)))


def _prepared(head: Stamped) -> NDArray[np.float32]:
    return prepare_slice(head.pixels, size=SHAPE.input_size).image[None]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
