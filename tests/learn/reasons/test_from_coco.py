"""Marks of a COCO JSON arrive on the pixels that the network sees."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neuroscope.errors import BadInputError
from neuroscope.io.coco import write_coco
from neuroscope.learn.reasons.from_coco import SERIES, annotated_folder
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.annotation import PLAIN_AFFINE, Annotation
from neuroscope.records.slicegrid import SliceGrid

ROWS, COLUMNS = 120, 96
NAMES = {"a": "glioma", "b": "notumor", "c": "meningioma"}


def square(row: float, column: float, side: float) -> np.ndarray:
    """Corners of a square as the records want them: `(column, row, 0)`."""
    corners = [(0, 0), (0, side), (side, side), (side, 0)]
    return np.array([(column + x, row + y, 0.0) for y, x in corners])


def contour(name: str, kind: str, points: np.ndarray, index: int, **more: object) -> Annotation:
    return Annotation(name, SERIES, kind, "contour", points, "ann", slice_index=index, **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three heads; the first has a mark of each kind, the second one to ignore, the third none."""
    r, c = np.mgrid[:ROWS, :COLUMNS]
    head = ((r - 60) / 48) ** 2 + ((c - 48) / 38) ** 2 < 1
    for number, (name, label) in enumerate(NAMES.items()):
        (tmp_path / label).mkdir()
        noise = np.random.default_rng(number).integers(60, 120, head.shape)
        Image.fromarray((noise * head).astype(np.uint8)).save(tmp_path / label / f"{name}.png")
    order = sorted(NAMES, key=lambda name: (NAMES[name], name))
    grids = [
        SliceGrid(name, (ROWS, COLUMNS), PLAIN_AFFINE, number) for number, name in enumerate(order)
    ]
    at = {name: number for number, name in enumerate(order)}
    drawn = [
        contour("1", "evidence", square(40, 30, 12), at["a"]),
        contour("2", "tumor", square(70, 30, 12), at["a"]),
        contour("3", "not_evidence", square(40, 60, 12), at["a"]),
        contour("4", "not_evidence", square(50, 40, 12), at["b"]),
    ]
    write_coco(drawn, grids, tmp_path / "marks.json")
    return tmp_path


def test_marked_slices_are_read_with_their_classes(folder):
    found = annotated_folder(folder / "marks.json", size=160, cells=40)
    cases = found.annotated.cases
    assert [CLASS_NAMES[label] for label in cases.labels] == ["glioma", "notumor"]
    assert cases.units.tolist() == ["glioma/a", "notumor/b"]
    with Image.open(folder / "glioma" / "a.png") as picture:
        prepared = prepare_slice(np.asarray(picture, np.float32), size=160)
    assert np.abs(cases.images[0] / 255 - prepared.image).max() < 0.01


def test_patients_are_named_by_the_file_or_the_folder_and_who_has_none_is_told(folder):
    found = annotated_folder(folder / "marks.json", size=160, cells=40)
    assert "2 of 2 marked pictures name no patient" in found.cautions[-1]

    document = json.loads((folder / "marks.json").read_text())
    for image in document["images"]:
        if image["file_name"] == "b":
            image["patient"] = "sub-7"
    (folder / "marks.json").write_text(json.dumps(document))
    found = annotated_folder(folder / "marks.json", size=160, cells=40)
    assert found.annotated.cases.units.tolist() == ["glioma/a", "sub-7"]
    assert "1 of 2 marked pictures" in found.cautions[-1]

    (folder / "glioma" / "sub-7").mkdir()
    (folder / "glioma" / "a.png").rename(folder / "glioma" / "sub-7" / "a.png")
    found = annotated_folder(folder / "marks.json", size=160, cells=40)
    assert found.annotated.cases.units.tolist() == ["sub-7", "sub-7"]
    assert [CLASS_NAMES[label] for label in found.annotated.cases.labels] == ["glioma", "notumor"]
    assert not any("name no patient" in caution for caution in found.cautions)


def test_marks_lie_where_they_were_drawn(folder):
    masks = annotated_folder(folder / "marks.json", size=160, cells=40).annotated.masks
    with Image.open(folder / "glioma" / "a.png") as picture:
        prepared = prepare_slice(np.asarray(picture, np.float32), size=160)
    to_prepared = np.linalg.inv(prepared.to_pixels)
    for middle, plane in (
        ((46, 36), masks.evidence[0]),
        ((76, 36), masks.evidence[0]),
        ((46, 66), masks.not_evidence[0]),
    ):
        row, column = (to_prepared @ (*middle, 1))[:2]
        cell = round((row - 1.5) / 4), round((column - 1.5) / 4)
        assert plane[cell] == 1
    assert masks.evidence[1].max() == 0
    assert masks.not_evidence[1].max() > 0.9
    assert masks.weight.tolist() == [1, 1]
    assert masks.unknown_weight.tolist() == [0.25, 0]


def test_without_pictures_it_says_where_they_belong(folder):
    (folder / "deep").mkdir()
    moved = (folder / "marks.json").rename(folder / "deep" / "marks.json")
    with pytest.raises(BadInputError, match="no pictures beside"):
        annotated_folder(moved, size=160, cells=40)


def test_two_pictures_of_one_name_are_refused(folder):
    (folder / "glioma" / "b.png").write_bytes((folder / "notumor" / "b.png").read_bytes())
    with pytest.raises(BadInputError, match="more than once"):
        annotated_folder(folder / "marks.json", size=160, cells=40)
