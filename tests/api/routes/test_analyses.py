from collections.abc import Callable

from fastapi.testclient import TestClient

from neuroscope.records.passport import Passport, judged, not_assessed
from neuroscope.store.database import Store
from neuroscope.store.passports import save_passports

AnalyzedAs = Callable[..., str]
SERIES = "5e71e5"


def _passports(value: float) -> tuple[Passport, ...]:
    tests = (judged("repeatability", value, 0.5), not_assessed("localization", "No outline."))
    return tuple(Passport(target, "evidence", tests) for target in ("glioma", "notumor"))


def test_a_map_tells_how_it_did_in_its_tests(
    client: TestClient, store: Store, pictures: str, analyzed_as: AnalyzedAs
) -> None:
    analysis = analyzed_as(store, pictures, SERIES, 3)
    answers = dict.fromkeys(range(3), "glioma")
    save_passports(store, analysis, SERIES, {0: _passports(0.9), 1: _passports(0.2)}, answers)
    url = f"/api/studies/{pictures}/analyses/{analysis}"
    (series,) = client.get(url).json()["series"]
    assert [cut["map_tests"] for cut in series["slices"]] == [
        {"outcome": "passed", "passed": 1, "failed": []},
        {"outcome": "failed", "passed": 0, "failed": ["repeatability"]},
        None,
    ]
    found = client.get(f"{url}/series/{SERIES}/passports?index=1").json()
    assert found["kind"] == "slice"
    glioma = found["passports"][0]
    assert (glioma["target"], glioma["outcome"]) == ("glioma", "failed")
    assert glioma["sentence"].startswith("This map failed 1 of 1 tests")
    assert glioma["tests"][0]["claim"].endswith(".")
    assert glioma["tests"][1]["reason"] == "No outline."
    whole = client.get(f"{url}/series/{SERIES}/passports").json()
    assert whole == {"kind": "volume", "passports": []}


def test_a_series_that_was_not_analyzed_has_no_passports(
    client: TestClient, store: Store, pictures: str, analyzed_as: AnalyzedAs
) -> None:
    analysis = analyzed_as(store, pictures, SERIES, 1)
    url = f"/api/studies/{pictures}/analyses/{analysis}/series/none/passports"
    assert client.get(url).status_code == 404
