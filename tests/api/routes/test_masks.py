"""A segmentation that a reader gives, over the API."""

import io

import nibabel as nib
import numpy as np
import pytest
from fastapi.testclient import TestClient

from neuroscope.store.audit import list_events
from neuroscope.store.database import Store
from neuroscope.store.given_masks import load_mask
from neuroscope.store.jobs import read_job
from neuroscope.store.studies import study_folder

RAW = {"content-type": "application/octet-stream"}


def nifti(voxels: np.ndarray) -> bytes:
    written = io.BytesIO()
    image = nib.Nifti1Image(voxels, np.diag([1.0, 1.0, 1.0, 1.0]))
    image.to_file_map({"image": nib.FileHolder(fileobj=written)})
    return written.getvalue()


def drawn() -> np.ndarray:
    voxels = np.zeros((6, 5, 4), np.uint8)
    voxels[1, 2, 3] = 3
    return voxels


def test_a_mask_waits_with_the_analysis_that_shall_use_it(
    client: TestClient, store: Store, volume: str
) -> None:
    answer = client.put(
        f"/api/studies/{volume}/mask?labels=2023",
        content=nifti(drawn()),
        headers={**RAW, "x-reader": "Ann"},
    )
    assert answer.status_code == 202
    assert (answer.json()["kind"], answer.json()["study_id"]) == ("analyze", volume)

    mask = read_job(store, answer.json()["id"]).told.mask
    assert mask is not None
    assert mask.scheme == "2023"
    np.testing.assert_array_equal(load_mask(study_folder(store, volume), mask).voxels, drawn())
    (event,), _ = list_events(store, action="study.mask")
    assert (event.actor, event.object_id) == ("Ann", volume)
    assert event.facts == {"mask": mask.array.sha256, "scheme": "2023"}


def test_it_holds_until_it_is_taken_back(client: TestClient, store: Store, volume: str) -> None:
    url = f"/api/studies/{volume}/mask"
    first = client.put(url, content=nifti(drawn()), headers=RAW).json()["id"]
    assert client.put(url, content=nifti(drawn()), headers=RAW).json()["id"] == first  # it waits
    again = client.post(f"/api/studies/{volume}/analyses?tumor=metastases").json()["id"]
    told = read_job(store, again).told
    assert (told.tumor, told.mask) == ("metastases", read_job(store, first).told.mask)

    back = client.delete(url)
    assert back.status_code == 202
    assert read_job(store, back.json()["id"]).told.mask is None
    assert read_job(store, back.json()["id"]).told.tumor == "metastases"
    (event,), _ = list_events(store, action="study.unmask")
    assert event.object_id == volume


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"no scan at all, but a line of text that is long enough" * 20, "no NIfTI"),
        (nifti(np.full((4, 4, 4), 9, np.uint8)), "number 9"),
        (nifti(np.full((4, 4, 4), 0.4, np.float32)), "no whole numbers"),
    ],
)
def test_a_bad_file_is_refused_and_nothing_is_queued(
    client: TestClient, volume: str, content: bytes, said: str
) -> None:
    answer = client.put(f"/api/studies/{volume}/mask", content=content, headers=RAW)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]
    assert answer.json()["fix"]
    assert client.get("/api/jobs").json()["jobs"] == []


def test_a_mask_of_a_study_of_pictures_or_of_none_is_refused(
    client: TestClient, pictures: str
) -> None:
    content = nifti(drawn())
    answer = client.put(f"/api/studies/{pictures}/mask", content=content, headers=RAW)
    assert answer.status_code == 400
    assert "plain pictures" in answer.json()["detail"]
    assert client.put("/api/studies/none/mask", content=content, headers=RAW).status_code == 404
    assert client.delete("/api/studies/none/mask").status_code == 404
