import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neuroscope.api.openapi import write_document

COMMITTED = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("openapi") / "openapi.json"
    write_document(out)
    assert [path.name for path in out.parent.iterdir()] == ["openapi.json"]  # no store was made
    written: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return written


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_committed_document_is_what_the_routes_say(document: dict[str, Any]) -> None:
    assert json.loads(COMMITTED.read_text("utf-8")) == document, "Run: make client"


def test_every_operation_has_a_name_a_summary_and_the_form_of_its_errors(
    document: dict[str, Any],
) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for path, _, operation in operations(document):
        assert operation["description"]
        assert operation["operationId"].islower()
        errors = {s: r for s, r in operation["responses"].items() if s >= "400"}
        assert errors
        for answer in errors.values():
            assert list(answer["content"]) == ["application/problem+json"], path


def test_every_answer_shows_an_example(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        fields = schema["properties"].values()
        assert any("examples" in f or "$ref" in json.dumps(f) for f in fields) or name in (
            "MetricOut",
            "UnreadableOut",
        ), name


def test_only_health_needs_no_token(document: dict[str, Any]) -> None:
    open_to_all = [path for path, _, o in operations(document) if o.get("security") == []]
    assert open_to_all == ["/api/health"]
