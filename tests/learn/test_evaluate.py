"""From pictures on disk to a model card, with nothing replaced."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from neuroscope.learn.card import CARD_NAME, PAGE_NAME
from neuroscope.learn.evaluate import evaluate_classifier
from neuroscope.learn.phantom_slices import PhantomConfig
from neuroscope.learn.train_classifier import TrainConfig, train_classifier
from neuroscope.models.cards import read_card
from neuroscope.models.evidence import EvidenceShape

pytestmark = pytest.mark.filterwarnings("ignore")  # exporters and MONAI deprecate their own parts


@pytest.fixture(scope="module")
def card_folder(disc_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs, out = tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("card")
    shape = EvidenceShape(widths=(8, 12, 16), neck=8, input_size=32)
    none = PhantomConfig(cases=0)
    config = TrainConfig(
        shape=shape, phantoms=none, without_copies=False, epochs=2, batch_size=7, threads=1
    )
    weights = train_classifier(config, disc_folder, runs / "evidence")
    other = replace(config, architecture="resnet18", epochs=1)
    train_classifier(other, disc_folder, runs / "resnet18")
    (runs / "pooling.json").write_text(
        json.dumps(
            {
                "setting": "made up",
                "rows": [
                    {"pooling": "mean", "four_class": 1, "figshare": 1, "pointing": 1, "mass": 1,
                     "iou": 1}
                ],
            }
        )
    )  # fmt: skip
    evaluate_classifier(weights, disc_folder, out, runs=runs)
    return out


def test_the_card_can_be_read_and_names_its_weights(card_folder: Path):
    card = read_card(card_folder / CARD_NAME)
    assert len(card.model.sha256) == 64
    names = {metric.name for metric in card.metrics}
    assert "balanced accuracy, 4-class set" in names
    assert "iou of the evidence, figshare, unseen ranges" in names
    assert all(0 <= metric.value <= 1 for metric in card.metrics)
    assert all("n = " in metric.how for metric in card.metrics)


def test_the_page_shows_every_table(card_folder: Path):
    page = (card_folder / PAGE_NAME).read_text()
    card = json.loads((card_folder / CARD_NAME).read_text())
    for table in card["tables"]:
        assert f"## {table['title']}" in page
    assert "resnet18 (32 px, 1 epochs" in page
    assert "Research use only" in page


def test_background_tells_nothing_after_preparation(card_folder: Path):
    card = json.loads((card_folder / CARD_NAME).read_text())
    table = next(t for t in card["tables"] if t["title"].startswith("What the surroundings"))
    prepared = dict(table["lines"])["border and background, after preparation"]
    assert prepared.startswith("0.250")
