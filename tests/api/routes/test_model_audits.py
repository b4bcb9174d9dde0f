from typing import Any

from fastapi.testclient import TestClient

from neuroscope.records.modelaudit import AuditedSet, Curve, Measure, ModelAudit, ModelSheet
from neuroscope.statistics import Interval

RIGHT = Interval(0.9, 0.8, 1.0, 60, 30)


def audit() -> dict[str, Any]:
    sheet = ModelSheet(
        name="evidence",
        model_id="a" * 12,
        kind="evidence",
        input_size=160,
        temperature=1.3,
        measures=(Measure("accuracy", "balanced accuracy", RIGHT, "share", "Mean of recalls."),),
        curves=(Curve("robustness", "noise", "sd", "accuracy", (0.0, 1.0), (0.9, float("nan"))),),
    )
    return ModelAudit(
        data=AuditedSet(name="test", pictures=60, patients=30, grouped_by="patient"),
        models=(sheet,),
        comparisons=(),
        answer=("It is right for the right reasons.",),
        not_done=(),
        cautions=(),
    ).as_dict()


def test_an_audit_is_brought_listed_and_read(client: TestClient) -> None:
    assert client.get("/api/model-audits").json() == {"audits": []}
    brought = client.post("/api/model-audits", json=audit(), headers={"x-reader": "ann"})
    assert brought.status_code == 201
    (row,) = client.get("/api/model-audits").json()["audits"]
    assert (row["brought_by"], row["models"], row["data"]) == ("ann", ["evidence"], "test")
    found = client.get(f"/api/model-audits/{row['id']}").json()
    assert found == brought.json()
    assert found["content"]["schema"] == "neuroscope/model-audit/1"
    (measure,) = found["content"]["models"][0]["measures"]
    assert (measure["interval"]["value"], measure["interval"]["units"]) == (0.9, 30)
    assert found["content"]["models"][0]["curves"][0]["y"] == [0.9, None]
    client.post("/api/model-audits", json=audit())
    assert len(client.get("/api/model-audits").json()["audits"]) == 1


def test_what_is_no_audit_is_refused(client: TestClient) -> None:
    assert client.post("/api/model-audits", json={"schema": "x"}).status_code == 422
    other = audit() | {"schema": "neuroscope/model-audit/2"}
    assert client.post("/api/model-audits", json=other).status_code == 422
    assert client.get("/api/model-audits/none").status_code == 404
