"""Nothing that shows a deleted study stays: not in trainings, not beside certificates."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from neuroscope.io.certificate import FLIPS_NAME, PDF_NAME, read_flip_pictures, write_flip_pictures
from neuroscope.records.certificate import FlipPicture, NegativeFlip
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import ModelRef
from neuroscope.settings import Settings
from neuroscope.store import audit, jobs, training
from neuroscope.store.audit_replay import differences
from neuroscope.store.database import Store, open_store
from neuroscope.store.models import read_model, weights_folder
from neuroscope.store.registration import NewModel, ensure_shipped, register
from neuroscope.store.studies import read_study, save_study
from neuroscope.store.training_files import (
    CASES_NAME,
    Previews,
    has_previews,
    read_previews,
    run_folder,
    write_previews,
)
from neuroscope.workflow.forget_study import forget_study

SHIPPED = ModelRef("evidence", "1", "a" * 64)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path / "home"))
    yield opened
    opened.close()


@pytest.fixture
def two(store: Store, picture_study: Callable[..., ImportedStudy]) -> tuple[str, str]:
    """A study that goes, and one that stays."""
    first, second = (save_study(store, picture_study(2, seed=n)).study_id for n in (1, 2))
    return first, second


def patient_of(store: Store, study_id: str) -> str:
    return read_study(store, study_id).row.pseudonym


def run(store: Store) -> str:
    with store.transaction() as session:
        job = jobs.add_job(session, "train", actor="ann")
        training.add_run(session, job, name="", config={"parent": "x"})
    return job.id


def previews(*places: str, names: tuple[str, ...] = ()) -> Previews:
    n = len(places)
    return Previews(
        step=1,
        names=np.array(names or [f"slice {k}" for k in range(n)]),
        labels=np.array(["glioma"] * n),
        pictures=np.arange(n * 16, dtype=np.uint8).reshape(n, 4, 4),
        before=np.zeros((n, 2, 2), np.float32),
        now=np.zeros((n, 2, 2), np.float32),
        evidence=np.zeros((n, 2, 2), np.uint8),
        not_evidence=np.zeros((n, 2, 2), np.uint8),
        places=np.array(places),
        tests_before=np.array(["{}"] * n),
        tests_now=np.array([""] * n),
    )


def test_maps_of_its_slices_go_and_those_of_others_stay(store: Store, two: tuple[str, str]) -> None:
    gone, stays = two
    mixed, alone, old = (run(store) for _ in range(3))
    write_previews(store, mixed, previews(f"{gone}/s", f"{stays}/s"))
    write_previews(store, alone, previews(f"{gone}/s"))
    write_previews(  # of a version that did not note where slices come from
        store, old, previews("", "", names=(f"{patient_of(store, gone)}, 7", "NS-OTHER, 7"))
    )
    forget_study(store, gone, actor="ann")
    assert read_previews(store, mixed).places.tolist() == [f"{stays}/s"]
    assert read_previews(store, mixed).pictures[0, 0, 0] == 16
    assert not has_previews(store, alone)
    assert read_previews(store, old).names.tolist() == ["NS-OTHER, 7"]


def keep_cases(store: Store, run_id: str, *units: str) -> Path:
    folder = run_folder(store, run_id)
    (folder / "features").mkdir(parents=True)
    (folder / "features" / "a.safetensors").write_bytes(b"features")
    np.savez(folder / CASES_NAME, **{"replay/units": np.array(units), "replay/images": np.zeros(3)})
    return folder


def test_a_training_that_keeps_its_slices_is_stopped_and_forgets_them(
    store: Store, two: tuple[str, str]
) -> None:
    gone, stays = two
    of_it, of_others = run(store), run(store)
    emptied = keep_cases(store, of_it, "phantom-1", patient_of(store, gone))
    kept = keep_cases(store, of_others, patient_of(store, stays))
    forget_study(store, gone, actor="ann")
    assert list(emptied.iterdir()) == []
    assert (kept / CASES_NAME).is_file()
    stopped = training.read_run(store, of_it)
    assert stopped.job.state == "canceled"
    assert "was deleted" in stopped.cautions[0]
    assert jobs.read_job(store, of_others).state == "queued"
    assert {e.action for e in audit.list_events(store, object_id=of_it)[0]} == {
        "training.request",
        "training.stop",
    }


def certified(store: Store, folder: Path, *units: str) -> str:
    folder.mkdir()
    (folder / "weights.safetensors").write_bytes(b"w" * 10)
    (folder / PDF_NAME).write_bytes(b"%PDF")
    flips = [
        FlipPicture(
            NegativeFlip(unit, n, "glioma", "glioma", "notumor"),
            np.full((4, 4), n / 10),
            np.full((2, 2), n, np.float32),
            np.zeros((2, 2), np.float32),
        )
        for n, unit in enumerate(units)
    ]
    write_flip_pictures(flips, folder)
    import hashlib

    digest = hashlib.sha256(b"w" * 10).hexdigest()
    parent = ensure_shipped(store, SHIPPED)
    new = NewModel(
        model=ModelRef("evidence", "2", digest), parent=parent.id, config={}, seed=0,
        data_manifest_sha256="", annotation_head="",
        certificate={"flips": json.dumps([asdict(f.flip) for f in flips])}, verdict="promote",
    )  # fmt: skip
    return register(store, new, folder, actor="ann").id


def test_certificates_lose_its_pictures_and_the_trail_agrees(
    store: Store, two: tuple[str, str], tmp_path: Path
) -> None:
    gone, stays = (patient_of(store, one) for one in two)
    mixed = certified(store, tmp_path / "mixed", gone, stays)
    others = certified(store, tmp_path / "others", stays)
    forget_study(store, two[0], actor="ann")
    model = read_model(store, mixed)
    folder = weights_folder(store, model)  # its files are those that are noted
    assert folder is not None
    (left,) = read_flip_pictures(folder)
    assert (left.flip.unit, left.before[0, 0]) == (stays, 1)
    assert not (folder / PDF_NAME).exists()
    assert {FLIPS_NAME, PDF_NAME} <= set(read_model(store, others).files)
    assert differences(store) == ()
    forget_study(store, two[1], actor="ann")
    for model_id in (mixed, others):
        assert not {FLIPS_NAME, PDF_NAME} & set(read_model(store, model_id).files)
    assert differences(store) == ()
