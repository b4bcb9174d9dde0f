"""A card says where every number comes from."""

import json

from neuroscope.learn.card import CARD_NAME, Row, Table, write_card
from neuroscope.statistics import Interval

SIDECAR = {
    "name": "evidence",
    "version": "1",
    "sha256": "ab" * 32,
    "temperature": 1.2,
    "evidence_threshold": 0.3,
}


def test_few_units_are_admitted(tmp_path):
    rows = [
        Row("few", Interval(0.9, 0.8, 1.0, 100, 10), "share right", "test"),
        Row("many", Interval(0.9, 0.8, 1.0, 100, 50), "share right", "test"),
    ]
    path = write_card(tmp_path, SIDECAR, rows, [], run={}, evaluated={"split": "test"})
    few, many = json.loads(path.read_text())["metrics"]
    assert few["how"] == "share right; n = 100 slices in 10 units; fewer than 20 units"
    assert "fewer" not in many["how"]


def test_the_page_holds_tables_and_the_missing_record(tmp_path):
    table = Table("Colors", "Of things.", ("thing", "color"), [("sky", "blue")])
    write_card(tmp_path, SIDECAR, [], [table], run={}, evaluated={"split": "val"})
    page = (tmp_path / "model-card-evidence.md").read_text()
    assert "## Colors\n\nOf things.\n\n| thing | color |\n| --- | --- |\n| sky | blue |" in page
    assert "The record of the training run is missing." in page
    assert (tmp_path / CARD_NAME).is_file()
