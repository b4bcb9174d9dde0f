"""Requests made from the OpenAPI document: whatever is asked, the answer is one that it names."""

import threading
from collections.abc import Callable, Iterator

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from neuroscope.api.app import create_app
from neuroscope.api.auth import Access
from neuroscope.api.serve import bind
from neuroscope.records.imported import ImportedStudy
from neuroscope.settings import Settings
from neuroscope.store.studies import save_study

pytestmark = pytest.mark.server
TOKEN = "fuzz"  # noqa: S105 - of the tests
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
NO_COVERAGE = {"phases": {"coverage": {"enabled": False}}}
IGNORED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


def document(config: dict[str, object]) -> schemathesis.BaseSchema:
    from pathlib import Path

    app = create_app(Settings(home=Path("never-started")), Access(TOKEN, 0))
    schema = schemathesis.openapi.from_dict(
        app.openapi(), config=SchemathesisConfig.from_dict(config)
    )
    return schema.exclude(path="/api/events")  # it never ends


fast = document(NO_COVERAGE)
thorough = document({})


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
    picture_study: Callable[..., ImportedStudy],
    volume_study: ImportedStudy,
) -> Iterator[tuple[str, dict[str, str]]]:
    """A running server with two studies: its address, and ids that lead somewhere."""
    listening = bind("127.0.0.1", 0)
    port = listening.getsockname()[1]
    home = tmp_path_factory.mktemp("fuzz") / "home"
    app = create_app(Settings(home=home, port=port), Access(TOKEN, port))
    web = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=web.run, args=([listening],))
    thread.start()
    try:
        while not web.started:
            thread.join(0.05)
        save_study(app.state.store, volume_study)
        pictures = save_study(app.state.store, picture_study(2)).study_id
        yield f"http://127.0.0.1:{port}", {"study_id": pictures, "series_id": "5e71e5"}
    finally:
        web.should_exit = True
        thread.join()
        listening.close()


def ask(
    case: schemathesis.Case,
    server: tuple[str, dict[str, str]],
    *,
    known: bool,
    unnamed_is_ignored: bool = False,
) -> None:
    base_url, ids = server
    checks = CHECKS if known or unnamed_is_ignored else [*CHECKS, negative_data_rejection]
    if known:  # a wrong id may become a right one here
        case.path_parameters = {
            name: ids.get(name, value) for name, value in (case.path_parameters or {}).items()
        }
    case.call_and_validate(
        base_url=base_url, headers={"authorization": f"Bearer {TOKEN}"}, checks=checks
    )


@fast.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=IGNORED, phases=[Phase.generate])
def test_any_request_gets_an_answer_of_the_document(
    case: schemathesis.Case, server: tuple[str, dict[str, str]]
) -> None:
    ask(case, server, known=case.method == "GET")


@pytest.mark.slow
@pytest.mark.timeout(1200)
@thorough.parametrize()
@settings(max_examples=200, deadline=None, suppress_health_check=IGNORED)
def test_many_more_requests_get_an_answer_of_the_document(
    case: schemathesis.Case, server: tuple[str, dict[str, str]]
) -> None:
    # The coverage phase also leaves out the token, which `ask` puts back, and adds query values
    # that nothing names, which servers ignore: neither is wrong data that was accepted.
    ask(case, server, known=False, unnamed_is_ignored=True)
