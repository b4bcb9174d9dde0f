import json

import numpy as np
import pytest

from neuroscope.errors import (
    BadInputError,
    GeometryMismatchError,
    TooLargeError,
    UnreadableFileError,
)
from neuroscope.io import coco
from neuroscope.io.coco import read_coco, write_coco
from neuroscope.records.annotation import PLAIN_AFFINE, Annotation
from neuroscope.records.outline import signed_area
from neuroscope.records.slicegrid import SliceGrid
from neuroscope.settings import RESEARCH_USE

AXIAL = np.array([[0, -0.7, 0, 60], [-0.7, 0, 0, 75], [0, 0, 4, -40], [0, 0, 0, 1]], np.float64)
CORONAL = np.array([[0, -0.7, 0, 60], [0, 0, 4, -40], [-0.7, 0, 0, 75], [0, 0, 0, 1]], np.float64)
SAGITTAL = np.array([[0, 0, 4, -40], [0, -0.7, 0, 60], [-0.7, 0, 0, 75], [0, 0, 0, 1]], np.float64)
PLAIN = [SliceGrid(name, (90, 120), PLAIN_AFFINE, n) for n, name in enumerate(("one", "two"))]


def _slices(affine):
    made = []
    for index in range(5):
        moved = np.array(affine)
        moved[:3, 3] += index * affine[:3, 2]
        made.append(SliceGrid(f"slice {index + 1}", (150, 170), moved))
    return made


def _at(grid, corners):
    ring = np.array(corners, np.float64)
    return grid.to_mm(np.column_stack([ring, np.zeros(len(ring))]))


L_SHAPE = [[20, 30], [20, 80], [40, 80], [40, 50], [90, 50], [90, 30]]
HOLE = [[25, 35], [35, 35], [35, 45], [25, 47]]


def _marks(grid):
    common = {"slice_index": grid.slice_index}
    return [
        Annotation(
            "a", "s", "tumor", "contour", _at(grid, L_SHAPE), "a reader", reason="bright rim",
            holes_mm=(_at(grid, HOLE),), only_this=True, **common,
        ),
        Annotation(
            "b", "s", "not_evidence", "stroke", _at(grid, [[100, 20], [110, 60]]), "a reader",
            radius_mm=3.5, **common,
        ),
    ]  # fmt: skip


def _write(path, slices, marks=None):
    write_coco(_marks(slices[1]) if marks is None else marks, slices, path)
    return json.loads(path.read_text())


def _read(path, slices, **options):
    return read_coco(path, slices, **{"series_id": "s", "author": "another", **options})


@pytest.mark.parametrize("slices", [
    _slices(AXIAL), _slices(CORONAL), _slices(SAGITTAL), PLAIN,
], ids=["axial", "coronal", "sagittal", "plain"])  # fmt: skip
def test_what_is_written_comes_back_in_mm(tmp_path, slices):
    marks = _marks(slices[1])
    _write(tmp_path / "a.json", slices, marks)
    back = _read(tmp_path / "a.json", slices)
    assert back.cautions == ()
    for before, after in zip(marks, back.annotations, strict=True):
        assert after.points_mm == pytest.approx(before.points_mm, abs=1e-5)
        for one, other in zip(before.holes_mm, after.holes_mm, strict=True):
            assert other == pytest.approx(one, abs=1e-5)
        for name in ("kind", "shape", "radius_mm", "reason", "slice_index", "only_this"):
            assert getattr(after, name) == getattr(before, name)
        assert after.author == "another"
    again = _read(tmp_path / "a.json", slices)
    assert [one.id for one in again.annotations] == [one.id for one in back.annotations]


def test_other_tools_find_polygons_areas_and_boxes_in_pixels(tmp_path):
    slices = _slices(AXIAL)
    document = _write(tmp_path / "a.json", slices)
    assert document["info"]["description"] == RESEARCH_USE
    image = document["images"][1]
    assert (image["file_name"], image["height"], image["width"]) == ("slice 2", 150, 170)
    contour, stroke = document["annotations"]
    assert contour["image_id"] == image["id"]
    names = {one["id"]: one["name"] for one in document["categories"]}
    assert [names[one["category_id"]] for one in (contour, stroke)] == ["tumor", "not_evidence"]
    (polygon,) = contour["segmentation"]
    points = np.array(polygon).reshape(-1, 2)
    area = 20 * 50 + 50 * 20 - abs(signed_area(np.array(HOLE, np.float64)))
    assert abs(signed_area(points)) == pytest.approx(area)
    assert contour["area"] == pytest.approx(area)
    assert contour["bbox"] == pytest.approx([30.5, 20.5, 50, 70])
    radius = 3.5 / 0.7
    assert stroke["area"] == pytest.approx(
        np.pi * radius**2 + 2 * radius * np.hypot(10, 40), rel=0.05
    )


def test_a_file_of_another_program_is_read_by_names_and_sizes(tmp_path):
    slices = _slices(SAGITTAL)
    document = _write(tmp_path / "a.json", slices)
    del document["neuroscope"]
    for one in (*document["images"], *document["annotations"]):
        del one["neuroscope"]
    document["images"][1]["file_name"] = "folder/slice 2.png"
    document["categories"][2]["name"] = "Tumour"
    path = tmp_path / "b.json"
    path.write_text(json.dumps(document))
    back = _read(path, slices)
    assert back.cautions == ()
    tumor = back.annotations[0]
    assert (tumor.kind, tumor.shape, tumor.reason) == ("tumor", "contour", "")
    index = slices[1].to_index(tumor.points_mm)
    assert index[:, 2] == pytest.approx(0, abs=1e-9)
    assert index[:, :2].min(0) == pytest.approx([20, 30])
    assert index[:, :2].max(0) == pytest.approx([90, 80])
    document["categories"][2]["name"] = "glioma"
    path.write_text(json.dumps(document))
    assert "another category" in _read(path, slices).cautions[0]


def test_what_cannot_be_used_is_left_out_and_said(tmp_path):
    slices = _slices(AXIAL)
    document = _write(tmp_path / "a.json", slices)
    entry = {**document["annotations"][0]}
    del entry["neuroscope"]
    bow = {**entry, "segmentation": [[10, 10, 30, 30, 30, 10, 10, 30]]}
    runs = {**entry, "segmentation": {"counts": [5, 9], "size": [150, 170]}}
    lost = {**entry, "image_id": 99}
    document["annotations"] += [bow, runs, lost]
    path = tmp_path / "b.json"
    path.write_text(json.dumps(document))
    back = _read(path, slices)
    assert len(back.annotations) == 2
    told = " ".join(back.cautions)
    for words in ("crosses itself", "RLE", "no slices of this series"):
        assert words in told
    document["annotations"] = [bow]
    path.write_text(json.dumps(document))
    with pytest.raises(BadInputError, match="crosses itself"):
        _read(path, slices)


def test_other_series_sizes_and_places_are_refused(tmp_path):
    slices = _slices(AXIAL)
    path = tmp_path / "a.json"
    document = _write(path, slices)
    with pytest.raises(GeometryMismatchError, match="another series"):
        _read(path, slices, series_id="other")
    small = [SliceGrid(one.name, (75, 85), one.affine) for one in slices]
    with pytest.raises(GeometryMismatchError, match="150 x 170 pixels"):
        _read(path, small)
    with pytest.raises(GeometryMismatchError, match="lies elsewhere"):
        _read(path, _slices(AXIAL + np.array([[0, 0, 0, 0.5]] + [[0] * 4] * 3)))
    for image in document["images"]:
        image["file_name"] = "x" + image["file_name"]
    path.write_text(json.dumps(document))
    with pytest.raises(BadInputError, match="no annotation for this series"):
        _read(path, slices)


def test_masks_and_marks_on_no_slice_are_refused(tmp_path):
    slices = _slices(AXIAL)
    mask = Annotation(
        "m", "s", "tumor", "mask", np.zeros((0, 3)), "r", mask=np.ones((2, 2, 2), bool),
        mask_affine=np.eye(4),
    )  # fmt: skip
    with pytest.raises(BadInputError, match="no polygon"):
        _write(tmp_path / "a.json", slices, [mask])
    with pytest.raises(BadInputError, match="none of the slices"):
        _write(tmp_path / "a.json", slices[:1], _marks(slices[3]))


def test_damaged_and_huge_files_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    for text in ("{", "[]", '{"images": []}', '{"images": 3, "categories": [], "annotations": []}'):
        path.write_text(text)
        with pytest.raises(UnreadableFileError, match="COCO JSON"):
            _read(path, PLAIN)
    monkeypatch.setattr(coco, "LARGEST_BYTES", 10)
    path.write_text(" " * 11)
    with pytest.raises(TooLargeError):
        _read(path, PLAIN)


def test_more_corners_than_can_be_compared_are_refused_at_once(tmp_path, monkeypatch):
    def sent(*rings):
        image = {"id": 1, "file_name": "one", "height": 90, "width": 120}
        category = {"id": 1, "name": "tumor"}
        entry = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": list(rings)}
        path = tmp_path / "sent.json"
        path.write_text(
            json.dumps({"images": [image], "categories": [category], "annotations": [entry]})
        )
        return read_coco(path, PLAIN, series_id="s", author="a reader")

    angle = np.linspace(0, 2 * np.pi, 5_001)
    circle = (np.stack([np.cos(angle), np.sin(angle)], 1) * 20 + 45).ravel().tolist()
    with pytest.raises(TooLargeError, match="5001 corners; at most 5000"):
        sent(circle)
    assert len(sent(circle[: 2 * 400]).annotations) == 1
    monkeypatch.setattr(coco, "MOST_CORNERS_IN_ALL", 600)
    with pytest.raises(TooLargeError, match="800 corners in all"):
        sent(circle[: 2 * 400], circle[: 2 * 400])
