import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
from fastapi.testclient import TestClient

from neuroscope.api import sent_file
from neuroscope.store.database import Store

ANN, BOB = {"x-reader": "ann"}, {"x-reader": "bob"}


def square(*, right: float = 10.0, mm: float | None = 24.0, **more: object) -> dict[str, Any]:
    points = [(right + i, 20.0 + j, mm or 0.0) for i, j in ((0, 0), (10, 0), (10, 10), (0, 10))]
    drawn = {"kind": "tumor", "shape": "contour", "points_mm": points, **more}
    return drawn if mm is not None else {**drawn, "slice_index": 1}


@pytest.fixture
def series(volume: str) -> str:
    return f"/api/studies/{volume}/series/70fa"


@pytest.fixture
def stack(pictures: str) -> str:
    return f"/api/studies/{pictures}/series/5e71e5"


def test_what_lies_between_two_slices_is_drawn_and_not_stored(
    client: TestClient, series: str
) -> None:
    body = {"first": [square()], "second": [square(right=18.0, mm=40.0)]}
    answer = client.post(f"{series}/annotations/fill", json=body)
    assert answer.status_code == 200, answer.json()
    filled = answer.json()
    assert (filled["slices"], len(filled["annotations"])) == (3, 3)
    draft = filled["annotations"][1]
    assert (draft["kind"], draft["shape"], draft["plane"]) == ("tumor", "contour", "axial")
    assert {point[2] for point in draft["points_mm"]} == {32.0}
    assert client.get(f"{series}/annotations").json()["annotations"] == []
    kept = {name: draft[name] for name in ("kind", "shape", "points_mm", "holes_mm", "plane")}
    assert client.post(f"{series}/annotations", json=kept).status_code == 201


@pytest.mark.parametrize(
    ("second", "status", "word"),
    [
        (square(mm=28.0), 400, "no slice between"),
        ({**square(mm=40.0), "points_mm": [(0, 0, 0), (9, 9, 40), (9, 0, 0), (0, 9, 40)]}, 400, ""),
        (None, 422, "first"),
    ],
)
def test_what_cannot_be_filled_is_refused(
    client: TestClient, series: str, second: dict[str, Any] | None, status: int, word: str
) -> None:
    body = {"first": [], "second": []} if second is None else {
        "first": [square()], "second": [second]
    }  # fmt: skip
    answer = client.post(f"{series}/annotations/fill", json=body)
    assert (answer.status_code, word in answer.json()["detail"]) == (status, True)


def test_the_evidence_on_a_picture_can_be_taken_over_and_stored(
    client: TestClient, store: Store, pictures: str, stack: str, analyzed_as: Callable[..., str]
) -> None:
    analysis_id = analyzed_as(store, pictures, "5e71e5", 3)
    body = {"analysis_id": analysis_id, "source": "evidence", "slice_index": 1}
    answer = client.post(f"{stack}/annotations/from-model", json=body)
    assert answer.status_code == 200, answer.json()
    found = answer.json()
    assert (found["of"], found["model"]["name"]) == ("glioma", "evidence")
    (draft,) = found["annotations"]
    assert (draft["slice_index"], draft["analysis_id"]) == (1, analysis_id)
    columns = [point[0] for point in draft["points_mm"]]
    assert 34 < min(columns) < max(columns) < 53
    stored = client.post(f"{stack}/annotations", json=draft, headers=ANN).json()
    assert stored["model"] == found["model"]
    assert stored["author"] == "ann"


def test_what_the_model_did_not_find_gives_no_contour_and_nonsense_is_refused(
    client: TestClient,
    store: Store,
    pictures: str,
    volume: str,
    stack: str,
    analyzed_as: Callable[..., str],
) -> None:
    analysis_id = analyzed_as(store, pictures, "5e71e5", 3)
    url = f"{stack}/annotations/from-model"
    asked = {"analysis_id": analysis_id, "source": "evidence", "slice_index": 1}
    none = client.post(url, json={**asked, "target": "pituitary"}).json()
    assert none["annotations"] == []
    assert client.post(url, json={**asked, "slice_index": 9}).status_code == 404
    assert client.post(url, json={**asked, "source": "segmentation"}).status_code == 400
    assert client.post(url, json={**asked, "position_mm": [0, 0, 0]}).status_code == 422
    assert client.post(url, json={**asked, "slice_index": None}).status_code == 422
    other = f"/api/studies/{volume}/series/70fa/annotations/from-model"
    assert client.post(other, json=asked).status_code == 404
    inside = {**asked, "slice_index": None, "position_mm": [0, 0, 0]}
    assert client.post(url, json=inside).status_code == 404  # pictures have no decision


def test_a_segmentation_goes_out_and_comes_back_as_the_importers_own(
    client: TestClient, series: str
) -> None:
    client.post(f"{series}/annotations", json=square(), headers=ANN)
    sent = client.get(f"{series}/exchange?format=dicom-seg", headers=ANN)
    assert sent.headers["content-type"] == "application/dicom"
    assert sent.headers["content-disposition"] == 'attachment; filename="annotations-70fa.dcm"'
    assert pydicom.dcmread(io.BytesIO(sent.content)).Modality == "SEG"
    for _ in range(2):
        back = client.post(f"{series}/exchange", content=sent.content, headers=BOB)
        assert back.status_code == 201, back.json()
        assert len(back.json()["stored"]) == 1
    drawn = client.get(f"{series}/annotations").json()["annotations"]
    assert sorted(one["author"] for one in drawn) == ["ann", "bob"]
    assert {one["kind"] for one in drawn} == {"tumor"}


def test_nifti_comes_as_a_zip_with_what_was_left_out(client: TestClient, series: str) -> None:
    client.post(f"{series}/annotations", json=square(), headers=ANN)
    client.post(f"{series}/annotations", json=square(kind="note", reason="Odd."), headers=ANN)
    sent = client.get(f"{series}/exchange?format=nifti", headers=ANN)
    with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
        assert sorted(archive.namelist()) == ["annotations-tumor.nii.gz", "cautions.txt"]
        assert "Notes were left out" in archive.read("cautions.txt").decode()
        mask = archive.read("annotations-tumor.nii.gz")
    back = client.post(f"{series}/exchange?kind=not_evidence", content=mask, headers=BOB)
    assert back.status_code == 201, back.json()
    kinds = [one["kind"] for one in client.get(f"{series}/annotations").json()["annotations"]]
    assert sorted(kinds) == ["not_evidence", "note", "tumor"]


def test_an_uncompressed_nifti_is_known_by_its_first_bytes(
    client: TestClient, series: str, tmp_path: Path
) -> None:
    labels = np.zeros((48, 56, 12), np.uint8)
    labels[10:14, 20:30, 5] = 1
    nib.save(nib.Nifti1Image(labels, np.diag([1.0, 1.0, 4.0, 1.0])), tmp_path / "mask.nii")
    content = (tmp_path / "mask.nii").read_bytes()
    back = client.post(f"{series}/exchange", content=content)
    assert (back.status_code, len(back.json()["stored"])) == (201, 1)


def test_a_whole_study_goes_out_with_a_folder_for_each_series(
    client: TestClient, pictures: str, stack: str
) -> None:
    study = f"/api/studies/{pictures}/exchange"
    assert client.get(f"{study}?format=coco").status_code == 400
    client.post(f"{stack}/annotations", json=square(mm=None), headers=ANN)
    sent = client.get(f"{study}?format=coco")
    with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
        assert archive.namelist() == ["5e71e5/annotations.json"]
        coco = json.loads(archive.read("5e71e5/annotations.json"))
    assert len(coco["annotations"]) == 1
    refused = client.get(f"{study}?format=dicom-seg")
    assert (refused.status_code, "Plain pictures" in refused.json()["detail"]) == (400, True)


def test_a_blind_reader_exports_only_their_own(client: TestClient, series: str) -> None:
    client.post(f"{series}/annotations", json=square(), headers=BOB)
    client.post(f"{series}/assignments", json={"reader": "ann"})
    url = f"{series}/exchange?format=coco"
    assert client.get(url, headers=ANN).status_code == 400
    assert len(client.get(url, headers=BOB).json()["annotations"]) == 1


@pytest.mark.parametrize("content", [b"", b"no image", b"{}", b"\x1f\x8b broken"])
def test_files_of_no_use_are_refused(client: TestClient, series: str, content: bytes) -> None:
    answer = client.post(f"{series}/exchange", content=content)
    assert answer.status_code == 400, answer.json()
    assert answer.json()["fix"]
    assert client.get(f"{series}/annotations").json()["annotations"] == []


def test_a_file_that_is_too_large_is_refused(
    client: TestClient, series: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent_file, "MOST_BYTES", 100)
    assert client.post(f"{series}/exchange", content=b"x" * 101).status_code == 413
