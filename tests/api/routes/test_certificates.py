import base64
import hashlib
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from neuroscope.io.certificate import write_certificate
from neuroscope.records.certificate import (
    Certificate,
    ClassCount,
    Comparison,
    Condition,
    FlipPicture,
    MetricRow,
    NegativeFlip,
    Score,
)
from neuroscope.records.passport import Passport, judged
from neuroscope.records.prediction import ModelRef
from neuroscope.store.database import Store
from neuroscope.store.models import active_model
from neuroscope.store.registration import NewModel, register

SCORE = Score(0.7, 0.6, 0.8, 48, 24)
NOTHING = Score(None, None, None, 0, 0)
FLIP = NegativeFlip("p-7", 3, "glioma", "glioma", "meningioma")
CERTIFICATE = Certificate(
    verdict="promote",
    reasons=("More of its evidence lies inside the marks.",),
    conditions=(Condition("gain", "above both controls", "+0.2", holds=True),),
    rows=(
        MetricRow(
            "evidence_energy", "Evidence inside", "1", "higher", SCORE, SCORE, SCORE, NOTHING
        ),
    ),
    tests=(Comparison("evidence_energy", "before", SCORE, 0.001, 0.002),),
    counts=(ClassCount("glioma", 24, 12, 30, 15),),
    negative_flips=(FLIP,),
    positive_flips=2,
    status="feasible",
    step=120,
    controls={"control_classification": "feasible"},
    hashes={"after": "a" * 64},
    settings={"epsilon": 0.05},
    seed=3,
)


@pytest.fixture
def trained(client: TestClient, store: Store, tmp_path: Path) -> str:
    """Id of a registered candidate with its certificate, a PDF and the picture of one flip."""
    active = active_model(store, "evidence")
    assert active is not None
    (tmp_path / "evidence.safetensors").write_bytes(b"weights")
    (tmp_path / "certificate.pdf").write_bytes(b"%PDF-1.7 test")
    pixels = np.arange(16, dtype=np.float32).reshape(4, 4) / 255
    shown = np.array([[1.0, -2.0], [0.5, 0.0]], np.float32)
    failed = Passport("meningioma", "evidence", (judged("repeatability", 0.1, 0.5),))
    flip = FlipPicture(FLIP, pixels, shown, -shown, tests_after=failed)
    write_certificate(CERTIFICATE, [flip], tmp_path)
    new = NewModel(
        model=ModelRef("evidence", "2", hashlib.sha256(b"weights").hexdigest()),
        parent=active.id,
        config={},
        seed=3,
        data_manifest_sha256="c" * 64,
        annotation_head="d" * 64,
        certificate=CERTIFICATE.as_dict(),
        verdict="promote",
    )
    return register(store, new, tmp_path, actor="ann").id


def test_the_certificate_travels_whole(client: TestClient, trained: str) -> None:
    answer = client.get(f"/api/models/{trained}/certificate")
    assert answer.status_code == 200, answer.json()
    assert answer.json() == CERTIFICATE.as_dict()


def test_the_pdf_is_sent_as_it_was_written(client: TestClient, store: Store, trained: str) -> None:
    answer = client.get(f"/api/models/{trained}/certificate.pdf")
    assert answer.content == b"%PDF-1.7 test"
    assert answer.headers["content-type"] == "application/pdf"
    (store.models / trained / "certificate.pdf").write_bytes(b"%PDF-1.7 another")
    damaged = client.get(f"/api/models/{trained}/certificate.pdf")
    assert (damaged.status_code, "damaged" in damaged.json()["detail"]) == (500, True)


def test_the_pictures_of_flips_are_sent(client: TestClient, trained: str) -> None:
    (flip,) = client.get(f"/api/models/{trained}/certificate/flips").json()["flips"]
    assert (flip["unit"], flip["index"], flip["after"]) == ("p-7", 3, "meningioma")
    assert (flip["size"], flip["cells"]) == (4, 2)
    assert base64.b64decode(flip["picture"]) == bytes(range(16))
    shown = np.frombuffer(base64.b64decode(flip["map_before"]), "<f4")
    assert shown.tolist() == [1.0, -2.0, 0.5, 0.0]
    assert flip["tests_before"] is None
    assert flip["tests_after"]["outcome"] == "failed"


def test_what_ships_has_no_certificate(client: TestClient, store: Store, trained: str) -> None:
    active = active_model(store, "evidence")
    assert active is not None
    for part in ("certificate", "certificate.pdf", "certificate/flips"):
        answer = client.get(f"/api/models/{active.id}/{part}")
        assert (answer.status_code, bool(answer.json()["fix"])) == (404, True)
        assert client.get(f"/api/models/none/{part}").status_code == 404


def test_where_no_answer_was_lost_there_are_no_pictures(
    client: TestClient, store: Store, tmp_path: Path
) -> None:
    active = active_model(store, "evidence")
    assert active is not None
    (tmp_path / "evidence.safetensors").write_bytes(b"other")
    new = NewModel(
        model=ModelRef("evidence", "3", hashlib.sha256(b"other").hexdigest()),
        parent=active.id,
        config={},
        seed=3,
        data_manifest_sha256="c" * 64,
        annotation_head="d" * 64,
        certificate={"verdict": "refuse"},
        verdict="refuse",
    )
    model_id = register(store, new, tmp_path, actor="ann").id
    assert client.get(f"/api/models/{model_id}/certificate/flips").json() == {"flips": []}
    unknown = client.get(f"/api/models/{model_id}/certificate")
    assert (unknown.status_code, "schema" in unknown.json()["detail"]) == (404, True)
