from collections.abc import Callable

import numpy as np
import pytest
import zstandard
from fastapi.testclient import TestClient

from neuroscope.records.imported import ImportedStudy
from neuroscope.store.database import Store
from neuroscope.store.studies import save_study


def test_the_worklist_is_paged(
    client: TestClient, store: Store, picture_study: Callable[..., ImportedStudy]
) -> None:
    saved = [save_study(store, picture_study(1, seed=seed)).study_id for seed in range(3)]
    first = client.get("/api/studies?limit=2").json()
    second = client.get(f"/api/studies?limit=2&cursor={first['next_cursor']}").json()
    rows = [*first["studies"], *second["studies"]]
    assert [row["id"] for row in rows] == saved[::-1]
    assert (first["total"], second["next_cursor"]) == (3, None)


def test_a_study_describes_its_pictures(client: TestClient, pictures: str) -> None:
    study = client.get(f"/api/studies/{pictures}").json()
    (series,) = study["series"]
    assert (series["kind"], series["shape"], series["affine"]) == ("slices", None, None)
    assert [cut["name"] for cut in series["slices"]] == ["cut-000", "cut-001", "cut-002"]
    assert (series["slices"][0]["rows"], series["slices"][0]["columns"]) == (64, 64)
    assert study["unreadable"][0]["name"] == "notes.txt"


@pytest.mark.parametrize("encoding", ["zstd", "gzip", "identity", "gzip, zstd"])
def test_voxels_arrive_as_they_are_whatever_the_encoding(
    client: TestClient, volume: str, volume_study: ImportedStudy, encoding: str
) -> None:
    study = client.get(f"/api/studies/{volume}").json()
    (series,) = study["series"]
    answer = client.get(
        f"/api/studies/{volume}/series/{series['id']}/volume", headers={"accept-encoding": encoding}
    )
    content = answer.content
    if answer.headers.get("content-encoding") == "zstd":  # browsers unpack it, this client does not
        content = zstandard.ZstdDecompressor().decompress(content)
    voxels = np.frombuffer(content, dtype=series["dtype"])
    np.testing.assert_array_equal(
        voxels.reshape(series["shape"], order="F"), volume_study.volumes["70fa"].voxels
    )
    assert series["affine"] == np.diag([1.0, 1.0, 4.0, 1.0]).tolist()
    assert answer.headers.get("content-encoding", "identity") in encoding


def test_a_picture_arrives_as_float32(
    client: TestClient, pictures: str, picture_study: Callable[..., ImportedStudy]
) -> None:
    answer = client.get(f"/api/studies/{pictures}/series/5e71e5/slices/1")
    shape = int(answer.headers["x-rows"]), int(answer.headers["x-columns"])
    pixels = np.frombuffer(answer.content, dtype="<f4").reshape(shape)
    np.testing.assert_array_equal(pixels, picture_study(3).slices["5e71e5"][1].pixels)


def test_what_is_not_there_is_a_404(client: TestClient, pictures: str, volume: str) -> None:
    for path in (
        f"{pictures}/series/5e71e5/volume",
        f"{pictures}/series/5e71e5/slices/3",
        f"{pictures}/series/none/slices/0",
        f"{volume}/series/70fa/slices/0",
        f"{volume}/analyses/latest",
        f"{volume}/analyses/none",
    ):
        answer = client.get(f"/api/studies/{path}")
        assert answer.status_code == 404
        assert answer.json()["fix"]


def test_a_deleted_study_is_gone(client: TestClient, pictures: str, store: Store) -> None:
    assert client.delete(f"/api/studies/{pictures}").status_code == 204
    assert client.get(f"/api/studies/{pictures}").status_code == 404
    assert list(store.blobs.iterdir()) == []


def test_no_identifier_can_be_searched_for(client: TestClient, pictures: str) -> None:
    del pictures
    assert client.get("/api/studies?q=notes").json()["total"] == 0
    assert client.get("/api/studies?q=ns-").json()["total"] == 1
