"""A card says where every number comes from."""

import json

from neuroscope.learn.card import CARD_NAME, Row, Table, put_card, write_card
from neuroscope.models.cards import read_card
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


def test_what_is_a_unit_of_its_own_is_called_by_its_name():
    few = Row("few", Interval(0.9, 0.8, 1.0, 19, 19), "mean", "test", counted="heads").as_dict()
    enough = Row("enough", Interval(0.9, 0.8, 1.0, 20, 20), "mean", "test", counted="heads")
    assert few["how"] == "mean; n = 19 heads; fewer than 20 heads"
    assert enough.as_dict()["how"] == "mean; n = 20 heads"


def test_the_page_holds_tables_and_the_missing_record(tmp_path):
    table = Table("Colors", "Of things.", ("thing", "color"), [("sky", "blue")])
    write_card(tmp_path, SIDECAR, [], [table], run={}, evaluated={"split": "val"})
    page = (tmp_path / "model-card-evidence.md").read_text()
    assert "## Colors\n\nOf things.\n\n| thing | color |\n| --- | --- |\n| sky | blue |" in page
    assert "The record of the training run is missing." in page
    assert (tmp_path / CARD_NAME).is_file()


CARD = {
    "model": {"name": "tried", "version": "2", "sha256": "cd" * 32},
    "intended_use": "To be tried.",
    "training_data": {"drawn heads": "made by this project", "masks": "CC BY 4.0"},
    "split": "By seed.",
    "metrics": [
        {
            "name": "Dice of the left side",
            "value": 0.91237,
            "unit": "1",
            "interval": [0.8501, 0.9549],
            "how": "mean over heads; n = 3 heads",
            "source": "synthetic test",
        }
    ],
    "known_failures": ["Right sides were not seen.", "Nor were children."],
    "trained_on": "Trained for 5 steps.",
    "evaluated": {"split": "synthetic test"},
    "tables": [
        {"title": "Sides", "note": "By hand.", "columns": ("side", "n"), "lines": [("left", "3")]}
    ],
}


def test_a_card_and_its_page_are_written_under_the_models_name(tmp_path):
    path = put_card(CARD, tmp_path / "new", "tried", command="neuroscope evaluate tried")
    assert path == tmp_path / "new" / "tried.card.json"
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "model-card-tried.md",
        "tried.card.json",
    ]
    read = read_card(path)
    assert (read.model.name, read.model.version, read.model.sha256) == ("tried", "2", "cd" * 32)
    assert read.metrics[0].interval == (0.8501, 0.9549)
    assert read.known_failures == tuple(CARD["known_failures"])
    assert json.loads(path.read_text())["tables"][0]["lines"] == [["left", "3"]]


def test_the_page_says_all_that_the_card_holds(tmp_path):
    put_card(CARD, tmp_path, "tried", command="neuroscope evaluate tried")
    page = (tmp_path / "model-card-tried.md").read_text(encoding="utf-8")
    assert page.startswith("# Model card: tried 2\n\nWritten by `neuroscope evaluate tried`;")
    assert "evaluate classifier" not in page
    assert f"sha256 `{'cd' * 32}`. Trained for 5 steps." in page
    assert "- drawn heads: made by this project\n- masks: CC BY 4.0" in page
    assert "## Numbers on the synthetic test split" in page
    row = "| Dice of the left side | 0.912 | 0.850-0.955 | mean over heads; n = 3 heads |"
    assert row in page
    assert "## Sides\n\nBy hand.\n\n| side | n |\n| --- | --- |\n| left | 3 |" in page
    assert page.endswith("- Right sides were not seen.\n- Nor were children.\n")


def test_a_card_written_again_replaces_the_old_one(tmp_path):
    put_card(CARD, tmp_path, "tried", command="neuroscope evaluate tried")
    put_card({**CARD, "metrics": []}, tmp_path, "tried", command="neuroscope evaluate tried")
    assert read_card(tmp_path / "tried.card.json").metrics == ()
    assert "Dice of the left side" not in (tmp_path / "model-card-tried.md").read_text()
