"""What a training learns from, out of a store: who is kept apart, what fills up, what is told."""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.learn.dataset import SliceSet
from neuroscope.records.annotation import Annotation, AnnotationKind
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.records.volume import Slice
from neuroscope.settings import Settings
from neuroscope.store.annotations import create
from neuroscope.store.audit import head_of
from neuroscope.store.database import Store, open_store
from neuroscope.store.labeled_slices import is_locked
from neuroscope.store.reader_labels import set_label
from neuroscope.store.studies import read_study, save_study
from neuroscope.workflow.kept_cases import cases_sha256, load_cases, save_cases
from neuroscope.workflow.training_cases import Replay, TrainingCases, gather_cases

SIZE, CELLS = 32, 8
SERIES = "5e71e5"
PLENTY = Replay(each=1, answers=0, phantoms=1)
Add = Callable[..., str]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(Settings(home=tmp_path / "home"))


@pytest.fixture
def add(store: Store, picture_study: Callable[..., ImportedStudy]) -> Add:
    """Store a patient with two labeled pictures, both marked by the readers."""

    def make(seed: int, label: str, *, readers: tuple[str, ...] = ("ann",), x: float = 30.0) -> str:
        study_id = save_study(store, picture_study(2, seed=seed)).study_id
        set_label(store, study_id, SERIES, slice_index=None, label=label, reader="ann")
        for number, reader in enumerate(readers):
            for index in range(2):
                mark = stroke(f"{seed}-{reader}-{index}", reader, index, x + 2 * number)
                create(store, study_id, mark)
        return study_id

    return make


def stroke(
    annotation_id: str, author: str, index: int, x: float, kind: AnnotationKind = "evidence"
) -> Annotation:
    return Annotation(
        id=annotation_id,
        series_id=SERIES,
        kind=kind,
        shape="stroke",
        points_mm=np.array([[x, 28.0, 0.0]]),
        author=author,
        radius_mm=8.0,
        slice_index=index,
    )


@pytest.fixture
def patients(add: Add) -> list[str]:
    return [add(200 + n, TUMOR_CLASSES[n % 4]) for n in range(16)]


def gathered(store: Store, tmp_path: Path, **options: object) -> TrainingCases:
    return gather_cases(
        store,
        size=SIZE,
        cells=CELLS,
        shared=tmp_path / "shared",
        **{"replay": PLENTY, **options},  # type: ignore[arg-type]
    )


def test_no_patient_is_both_trained_on_and_kept_for_the_certificate(
    store: Store, tmp_path: Path, patients: list[str]
) -> None:
    cases = gathered(store, tmp_path)
    trained = {*cases.annotated.cases.units, *cases.replay.units}
    kept = {*cases.held_out.cases.units, *cases.answers.units}
    assert not trained & kept
    names = {read_study(store, study_id).row.pseudonym for study_id in patients}
    assert {name for name in kept if name in names} == {n for n in names if is_locked(n)}
    assert len(cases.annotated) + len(cases.held_out) == 2 * len(patients)
    assert cases.manifest["annotated"]["slices"] == len(cases.annotated) == len(cases.names)
    assert cases.head == head_of(store)[1]
    assert not (tmp_path / "shared").exists()  # nothing synthetic was needed


def test_a_mark_lies_where_it_was_drawn_on_what_the_network_sees(
    store: Store, tmp_path: Path, add: Add
) -> None:
    number = next(n for n in range(300, 340) if not _is_locked(add, store, n))
    cases = gathered(store, tmp_path, replay=Replay(each=0, answers=0, phantoms=1))
    rows = cases.annotated.cases.units == _pseudonym(store, number)
    marks = cases.annotated.masks.evidence.numpy()[rows][0]
    down, across = np.argwhere(marks > 0.5).mean(0)
    assert across < CELLS / 2 - 0.5  # drawn to the left of the middle, and a little above it
    assert abs(down - (CELLS - 1) / 2) < 1.2


def test_what_is_missing_is_filled_with_synthetic_heads(
    store: Store, tmp_path: Path, patients: list[str]
) -> None:
    _synthetic(tmp_path / "shared", cases=3, each=9)
    cases = gathered(store, tmp_path, replay=Replay(each=8, answers=4, phantoms=3))
    counted = {entry["source"]: entry["by_class"] for entry in cases.manifest["replay"]}
    assert set(counted) == {"own", "phantom"}
    for label in TUMOR_CLASSES:
        assert counted["own"][label] + counted["phantom"][label] == 8
    again = gathered(store, tmp_path, replay=Replay(each=8, answers=4, phantoms=3))
    assert cases_sha256(again) == cases_sha256(cases)


def test_readers_who_agree_less_count_less(store: Store, tmp_path: Path, add: Add) -> None:
    for seed in range(400, 412):
        add(seed, "glioma", readers=("ann", "bob"))
    near = gathered(store, tmp_path, replay=Replay(each=0, answers=0, phantoms=1))
    weights = near.annotated.masks.weight.numpy()
    assert (weights > 0.5).all()
    assert (weights < 1).all()


def test_what_nobody_marked_or_labeled_changes_nothing(
    store: Store, tmp_path: Path, patients: list[str], picture_study: Callable[..., ImportedStudy]
) -> None:
    before = cases_sha256(gathered(store, tmp_path))
    save_study(store, picture_study(3, seed=999))
    assert cases_sha256(gathered(store, tmp_path)) == before


def test_a_reader_who_contradicts_herself_is_told_and_left_out(
    store: Store, tmp_path: Path, patients: list[str]
) -> None:
    study_id = next(s for s in patients if not is_locked(read_study(store, s).row.pseudonym))
    whole = gathered(store, tmp_path)
    create(store, study_id, stroke("against", "ann", 0, 30.0, "not_evidence"))
    cases = gathered(store, tmp_path)
    assert len(cases.annotated) == len(whole.annotated) - 1
    name = read_study(store, study_id).row.pseudonym
    (caution,) = [c for c in cases.cautions if "left out" in c]
    assert caution.startswith(f"{name}, cut-000 is left out")
    assert "as evidence and as no evidence" in caution


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_patient_whose_pictures_are_trained_on_under_another_name_leaves_the_certificate(
    store: Store,
    tmp_path: Path,
    patients: list[str],
    picture_study: Callable[..., ImportedStudy],
    mirrored: bool,
) -> None:
    locked = [s for s in patients if is_locked(read_study(store, s).row.pseudonym)]
    whole = gathered(store, tmp_path)
    seed = 200 + patients.index(locked[0])
    for number in (1, 3, 4, 5):  # the same pictures under another patient's name
        twin = picture_study(number, seed=seed)
        if mirrored:
            twin = replace(twin, slices={k: _mirrored(cuts) for k, cuts in twin.slices.items()})
        twin_id = save_study(store, twin).study_id
        set_label(store, twin_id, SERIES, slice_index=None, label="glioma", reader="ann")
        create(store, twin_id, stroke(f"twin-{number}", "ann", 0, 30.0))
    cases = gathered(store, tmp_path)
    name = read_study(store, locked[0]).row.pseudonym
    assert name in whole.held_out.cases.units
    assert name not in {*cases.held_out.cases.units, *cases.answers.units}
    assert len(cases.annotated) > len(whole.annotated)
    assert cases.manifest["held_out"]["slices"] == len(cases.held_out)
    assert any("left the certificate" in caution for caution in cases.cautions)
    assert not any("left the certificate" in caution for caution in whole.cautions)


def _mirrored(cuts: tuple[Slice, ...]) -> tuple[Slice, ...]:
    return tuple(replace(cut, pixels=np.ascontiguousarray(cut.pixels[:, ::-1])) for cut in cuts)


def test_an_empty_store_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="No annotated slice"):
        gathered(store, tmp_path)


def test_the_slices_are_kept_for_the_whole_run(
    store: Store, tmp_path: Path, patients: list[str]
) -> None:
    cases = gathered(store, tmp_path)
    path = tmp_path / "run" / "cases.npz"
    assert load_cases(path) is None
    save_cases(cases, path)
    kept = load_cases(path)
    assert kept is not None
    assert cases_sha256(kept) == cases_sha256(cases)
    assert (kept.names, kept.cautions, kept.head) == (cases.names, cases.cautions, cases.head)
    assert kept.manifest == cases.manifest
    path.write_bytes(path.read_bytes()[:1000])  # a kill or a full disk
    assert load_cases(path) is None


def _pseudonym(store: Store, seed: int) -> str:
    return _made[seed]


_made: dict[int, str] = {}


def _is_locked(add: Add, store: Store, seed: int) -> bool:
    _made[seed] = read_study(store, add(seed, "glioma", x=24.0)).row.pseudonym
    return is_locked(_made[seed])


def _synthetic(folder: Path, *, cases: int, each: int) -> None:
    """Write what an earlier training would have left: slices of some heads, locked ones too."""
    rng = np.random.default_rng(5)
    number = 4 * each
    units = np.array([f"phantom-{700_000 + n % 9}" for n in range(number)])
    columns = {
        "images": rng.integers(0, 255, (number, SIZE, SIZE)).astype(np.uint8),
        "heads": np.ones((number, SIZE, SIZE), bool),
        "masks": np.zeros((number, SIZE, SIZE), np.uint8),
        "has_mask": np.ones(number, bool),
        "head_fractions": np.full(number, 0.5),
        "labels": np.arange(number, dtype=np.int64) % 4,
        "sources": np.full(number, "phantom"),
        "units": units,
        "splits": np.full(number, "train"),
        "files": np.array([f"f{n}" for n in range(number)]),
    }
    assert set(columns) == {field.name for field in fields(SliceSet)}
    assert {is_locked(unit) for unit in units} == {False, True}
    folder.mkdir(parents=True)
    np.savez(folder / f"{cases}-700000-{SIZE}-phantom_slices.npz", **columns)
