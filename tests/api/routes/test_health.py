from importlib.metadata import version

from fastapi.testclient import TestClient

from neuroscope.models.cards import read_cards


def test_health_names_the_version(stranger: TestClient) -> None:
    assert stranger.get("/api/health").json() == {
        "status": "ok",
        "version": version("neuroscope"),
    }


def test_every_shipped_card_is_listed(client: TestClient) -> None:
    listed = client.get("/api/models").json()
    assert [card["model"]["sha256"] for card in listed] == [
        card.model.sha256 for card in read_cards()
    ]
