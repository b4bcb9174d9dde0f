import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neuroscope.errors import BadInputError
from neuroscope.settings import Limits
from neuroscope.store.annotation_reads import read_counting
from neuroscope.store.database import Store
from neuroscope.store.reader_labels import read_all_labels
from neuroscope.store.studies import load_study
from neuroscope.workflow.labeled_set import ALONE, OTHER_SIZE, bring_labeled_set

LIMITS = Limits()


def picture(path: Path, seed: int, *, side: int = 64) -> Path:
    rows, columns = np.mgrid[:side, :side]
    head = np.hypot(rows - side / 2, columns - side / 2) < 0.4 * side
    gray = np.where(head, np.random.default_rng(seed).integers(90, 150, head.shape), 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(gray.astype(np.uint8)).save(path)
    return path


def mask(path: Path, *, side: int = 64) -> Path:
    marked = np.zeros((side, side), np.uint8)
    marked[20:30, 36:48] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(marked).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "brains"
    picture(root / "test" / "glioma" / "a.png", 1)
    mask(root / "test" / "glioma" / "mask" / "a.png")
    picture(root / "test" / "notumor" / "b.png", 2)
    picture(root / "test" / "cyst" / "c.png", 3)
    picture(root / "train" / "glioma" / "d.png", 4)
    return root


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [("a.png", "glioma", "p1"), ("b.png", "notumor", "p1"), ("c.png", "pituitary", "p2")]
    for seed, (name, *_) in enumerate(rows):
        picture(tmp_path / "set" / name, seed)
    with (tmp_path / "set" / "list.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "class", "patient"), *rows])
    return tmp_path / "set" / "list.csv"


def labels(store: Store) -> dict[str, str]:
    """By file of the picture."""
    found = {}
    for one in read_all_labels(store):
        slices = load_study(store, one.study_id).slices[one.series_id]
        assert one.slice_index is not None
        found[slices[one.slice_index].name] = one.label
    return found


def test_sub_folders_become_answers_and_masks_outlines(store: Store, folder: Path) -> None:
    brought = bring_labeled_set(store, folder, limits=LIMITS, split="test")
    assert (brought.pictures, brought.labeled, brought.outlined) == (3, 2, 1)
    assert labels(store) == {"test__glioma__a": "glioma", "test__notumor__b": "notumor"}
    assert brought.unknown == {"cyst": 1}
    assert brought.cautions[-1] == ALONE
    (study,) = brought.studies
    (series,) = load_study(store, study).study.series
    (drawn,) = read_counting(store, study, series.id)
    assert (drawn.kind, drawn.author) == ("tumor", "set brains")
    assert drawn.points_mm[:, 0].min() == pytest.approx(35.5)  # column, row of the mask
    assert drawn.points_mm[:, 1].max() == pytest.approx(29.5)


def test_every_patient_of_a_table_becomes_a_study(store: Store, table: Path) -> None:
    brought = bring_labeled_set(store, table, limits=LIMITS)
    assert (len(brought.studies), brought.labeled, brought.outlined) == (2, 3, 0)
    assert ALONE not in brought.cautions
    assert labels(store) == {"a": "glioma", "b": "notumor", "c": "pituitary"}


def test_brought_again_nothing_changes(store: Store, folder: Path) -> None:
    first = bring_labeled_set(store, folder, limits=LIMITS)
    before = read_all_labels(store)
    assert bring_labeled_set(store, folder, limits=LIMITS) == first
    assert read_all_labels(store) == before


def test_what_cannot_be_used_is_named_and_the_rest_is_brought(store: Store, folder: Path) -> None:
    (folder / "test" / "glioma" / "torn.png").write_bytes(b"no picture")
    mask(folder / "test" / "glioma" / "mask" / "a.png", side=32)
    brought = bring_labeled_set(store, folder, limits=LIMITS, split="test")
    assert brought.outlined == 0
    assert [one.name for one in brought.refused] == ["test/glioma/torn.png", "test/glioma/a.png"]
    assert brought.refused[1].problem == OTHER_SIZE


def test_a_split_without_pictures_is_refused(store: Store, folder: Path) -> None:
    with pytest.raises(BadInputError, match="belongs to 'val'"):
        bring_labeled_set(store, folder, limits=LIMITS, split="val")
