"""A segmentation that a reader gives, over the API."""

import gzip
import io

import nibabel as nib
import numpy as np
import pytest
from fastapi.testclient import TestClient

from neuroscope.store.audit import list_events
from neuroscope.store.database import Store
from neuroscope.store.given_masks import accept_mask, load_mask
from neuroscope.store.jobs import add_job, finish_job, read_job, tell_progress
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


def test_it_holds_once_it_was_measured_until_it_is_taken_back(
    client: TestClient, store: Store, volume: str
) -> None:
    url, study = f"/api/studies/{volume}/mask", f"/api/studies/{volume}"
    first = client.put(url, content=nifti(drawn()), headers=RAW).json()["id"]
    assert client.put(url, content=nifti(drawn()), headers=RAW).json()["id"] == first  # it waits
    assert client.post(f"{study}/analyses").json()["id"] == first  # that job does this, too
    assert client.get(study).json()["has_mask"] is False
    accept_mask(store, first)  # as the worker does
    finish_job(store, first, message="analyzed")
    assert client.get(study).json()["has_mask"] is True

    running = client.put(url, content=nifti(drawn()[::-1]), headers=RAW).json()["id"]
    tell_progress(store, running, 0.5, "Segmenting")
    back = client.delete(url)
    assert back.status_code == 202
    assert back.json()["id"] not in (first, running)  # that one may have measured the mask already
    assert client.get(study).json()["has_mask"] is False
    assert read_job(store, running).told.mask is None
    assert client.delete(url).json()["id"] == back.json()["id"]  # it waits
    events, _ = list_events(store, action="study.unmask")
    assert {event.object_id for event in events} == {volume}


def test_an_import_that_runs_does_not_swallow_that_a_mask_is_taken_back(
    client: TestClient, store: Store, volume: str
) -> None:
    with store.transaction() as session:
        brought = add_job(session, "import", study_id=volume).id
    asked = client.delete(f"/api/studies/{volume}/mask").json()["id"]
    told = client.post(f"/api/studies/{volume}/analyses?tumor=unknown").json()["id"]
    assert brought not in (asked, told)


def test_a_mask_far_larger_than_the_images_is_refused(client: TestClient, volume: str) -> None:
    content = nifti(np.zeros((400, 400, 400), np.uint8))
    answer = client.put(f"/api/studies/{volume}/mask", content=gzip.compress(content), headers=RAW)
    assert answer.status_code == 413


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
