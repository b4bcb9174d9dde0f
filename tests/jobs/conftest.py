"""The work of a worker, and a network that could be promoted beside the one that ships."""

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdf
import pytest

from neuroscope.jobs.plan import Plan
from neuroscope.jobs.steps import StudyWork
from neuroscope.models.inference import load_engine
from neuroscope.records.annotation import Annotation
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import TUMOR_CLASSES, ModelRef
from neuroscope.settings import Settings
from neuroscope.store import jobs, results, studies
from neuroscope.store.annotations import create
from neuroscope.store.blobs import read_bytes
from neuroscope.store.database import Store
from neuroscope.store.models import RegisteredModel, active_model
from neuroscope.store.promotion import promote
from neuroscope.store.reader_labels import set_label
from neuroscope.store.registration import NewModel, note_shipped, register
from neuroscope.store.studies import save_study


@pytest.fixture
def work(store: Store, settings: Settings, known_weights: Path) -> StudyWork:
    made = StudyWork(store, settings)
    made._engine = load_engine(weights=known_weights, threads=1)
    return made


def analysis_job(store: Store, imported: ImportedStudy) -> tuple[str, str]:
    study_id = studies.save_study(store, imported).study_id
    with store.transaction() as session:
        return jobs.add_job(session, "analyze", study_id=study_id).id, study_id


def text_of_report(work: StudyWork, plan: Plan) -> str:
    report = results.read_analysis(work.store, plan.analysis_id).report
    assert report is not None
    pdf = read_bytes(studies.study_folder(work.store, plan.study_id), report.sha256)
    return " ".join(
        "".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(pdf)).pages).split()
    )


@pytest.fixture
def shipped(store: Store) -> RegisteredModel:
    note_shipped(store)
    active = active_model(store, "evidence")
    assert active is not None
    return active


@pytest.fixture
def candidate(
    store: Store, shipped: RegisteredModel, known_weights: Path, tmp_path: Path
) -> RegisteredModel:
    """The network whose answer is known, as if it had been trained here."""
    folder = tmp_path / "run"
    shutil.copytree(known_weights, folder)
    (folder / "evidence.safetensors").write_bytes(b"known")
    sha256 = hashlib.sha256(b"known").hexdigest()
    sidecar = json.loads((folder / "evidence.json").read_text())
    (folder / "evidence.json").write_text(
        json.dumps({**sidecar, "name": "evidence", "sha256": sha256})
    )
    new = NewModel(
        model=ModelRef("evidence", str(sidecar["version"]), sha256),
        parent=shipped.id,
        config={},
        seed=0,
        data_manifest_sha256="c" * 64,
        annotation_head="d" * 64,
        certificate={"verdict": "promote"},
        verdict="promote",
    )
    return register(store, new, folder, actor="ann")


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a network of 32 pixels that can be trained within a second."""
    import torch

    from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape
    from neuroscope.models.weights import Sidecar, save_weights

    folder = tmp_path_factory.mktemp("tiny_weights")
    torch.manual_seed(4)
    shape = EvidenceShape(widths=(4, 6, 8), neck=4, pooling="sigmoid", input_size=32)
    save_weights(EvidenceNetwork(shape).eval(), Sidecar(shape=shape, version="tiny"), folder)
    return folder


@pytest.fixture
def tiny(store: Store, shipped: RegisteredModel, tiny_weights: Path) -> RegisteredModel:
    """The tiny network as the active one."""
    sha256 = json.loads((tiny_weights / "evidence.json").read_text())["sha256"]
    new = NewModel(
        model=ModelRef("evidence", "tiny", sha256),
        parent=shipped.id,
        config={},
        seed=0,
        data_manifest_sha256="c" * 64,
        annotation_head="d" * 64,
        certificate={"verdict": "promote"},
        verdict="promote",
    )
    candidate = register(store, new, tiny_weights, actor="ann")
    return promote(store, candidate.id, actor="ann", run_canaries=lambda _: np.zeros(3))


@pytest.fixture
def readings(store: Store, picture_study: Callable[..., ImportedStudy]) -> tuple[str, ...]:
    """Sixteen patients with two labeled pictures each; those with a tumor are marked."""
    studies = []
    for number in range(16):
        study = picture_study(2, seed=100 + number)
        study_id = save_study(store, study).study_id
        studies.append(study_id)
        label = TUMOR_CLASSES[number % 4]
        set_label(store, study_id, "5e71e5", slice_index=None, label=label, reader="ann")
        for index in range(2 if label != "notumor" else 0):
            drawn = Annotation(
                id=f"mark-{number}-{index}",
                series_id="5e71e5",
                kind="evidence",
                shape="stroke",
                points_mm=np.array([[30.0, 32.0, 0.0]]),
                author="ann",
                radius_mm=12.0,
                slice_index=index,
            )
            create(store, study_id, drawn)
    return tuple(studies)
