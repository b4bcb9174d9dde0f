"""The card of the brain extractor says what was measured, on how many heads."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neuroscope.errors import BadInputError, ModelError
from neuroscope.learn import evaluate_brain as evaluation
from neuroscope.learn.head_cases import CONTRASTS
from neuroscope.learn.train_brain import save_brain
from neuroscope.models.brain_extractor import UnetBrainExtractor
from neuroscope.models.cards import read_card
from neuroscope.models.unet import UNet, UNetShape
from neuroscope.phantom.case import make_case
from neuroscope.phantom.lesions.kinds import KINDS
from neuroscope.records.prediction import ModelRef
from neuroscope.records.volume import Volume

RUN = {
    "config": {"steps": 5, "heads": 40, "val_heads": 4, "seed": 3},
    "seconds": 150.0,
    "machine": "a machine",
}
SHAPE = UNetShape(channels=1, regions=1, widths=(2, 2, 2, 2, 2), heads=1, head_width=2)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("exported")
    save_brain(UNet(SHAPE), RUN, folder)
    return folder


@pytest.fixture
def released(exported, tmp_path):
    """Folder of a small network, as `neuroscope train brain` leaves it."""
    return Path(shutil.copytree(exported, tmp_path / "weights"))


def by_number(_: object, number: int) -> dict[str, float]:
    """T1 scores 0.9, 0.8 and 0.4; all others 1."""
    return {**dict.fromkeys(CONTRASTS, 1.0), "t1": (0.9, 0.8, 0.4)[number]}


def test_the_card_holds_the_mean_by_contrast_and_how_many_heads(released, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "head_scores", by_number)
    told: list[float] = []
    path = evaluation.evaluate_brain(released, tmp_path / "out", heads=3, progress=told.append)
    assert told == [1 / 3, 2 / 3, 1.0]
    assert path == tmp_path / "out" / "brain.card.json"
    card = read_card(path)
    assert [metric.name for metric in card.metrics] == [f"Dice on {name}" for name in CONTRASTS]
    t1, flair = (card.metrics[CONTRASTS.index(name)] for name in ("t1", "flair"))
    assert t1.value == 0.7
    assert t1.interval == (0.4, 0.9)  # the ends of all means of three drawn from three
    assert "lowest 0.400; n = 3 heads" in t1.how
    assert (flair.value, flair.interval) == (1.0, (1.0, 1.0))
    content = json.loads(path.read_text())
    assert content["evaluated"] == {"split": "synthetic test", "heads": 3}
    described = json.loads((released / "brain.json").read_text())
    assert card.model.sha256 == described["sha256"]


def test_the_page_says_how_the_network_was_trained(released, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "head_scores", by_number)
    evaluation.evaluate_brain(released, tmp_path, heads=2)
    page = (tmp_path / "model-card-brain.md").read_text()
    assert "Written by `neuroscope evaluate brain`" in page
    assert "Trained for 5 steps on 36 synthetic heads in 2 minutes on a machine; seed 3.\n" in page
    assert "| Dice on t1 | 0.850 | 0.800-0.900 | mean over heads at 2 mm;" in page


def test_a_note_on_the_run_appears(released, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "head_scores", by_number)
    sidecar = released / "brain.json"
    described = json.loads(sidecar.read_text())
    described["run"]["note"] = "It was stopped by hand."
    sidecar.write_text(json.dumps(described))
    path = evaluation.evaluate_brain(released, tmp_path, heads=2)
    assert read_card(path).trained_on.endswith("; seed 3. It was stopped by hand.")


def test_a_folder_without_the_network_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="weights of the brain network are missing"):
        evaluation.evaluate_brain(tmp_path, tmp_path)


TRUE_I, FOUND_I = (4, 20), (8, 24)  # along the first axis, in voxels of the head


class Known(UnetBrainExtractor):
    """Finds the same block in every head; on CT nothing, on FLAIR the truth."""

    def __call__(self, volume: Volume) -> np.ndarray:
        brightest = int(np.asarray(volume.voxels).max())
        first, last = TRUE_I if brightest == CONTRASTS.index("flair") + 1 else FOUND_I
        found = np.zeros(volume.shape, bool)
        if brightest != CONTRASTS.index("ct") + 1:
            found[first:last, 6:22, 10:26] = True
        return found


@pytest.fixture
def drawn_by_hand(monkeypatch):
    """Put blocks in place of phantoms: the stripped one has another grid, and other directions."""
    real = make_case("none", seed=1, spacing_mm=4.0, sequences=("t1",))
    asked = []

    def fake(kind, *, sequences, head=False, **other):
        asked.append({"kind": kind, "head": head, **other})
        if head:
            affine = np.diag([-2.0, -2.0, 2.0, 1.0])
            volumes = {
                name: Volume(np.full((40, 32, 36), n + 1, np.int16), affine)
                for n, name in enumerate(sequences)
            }
            return replace(real, volumes=volumes)
        # voxel (i, j, k) here is (34 - i, j + 2, k + 3) of the head
        affine = np.diag([2.0, -2.0, 2.0, 1.0])
        affine[:3, 3] = [-68.0, -4.0, 6.0]
        inside = np.zeros((34, 28, 30), np.int16)
        first, last = 34 - (TRUE_I[1] - 1), 34 - TRUE_I[0]
        inside[first : last + 1, 4:20, 7:23] = 700
        return replace(real, volumes={"t1": Volume(inside, affine)})

    monkeypatch.setattr(evaluation, "make_case", fake)
    return asked


def test_a_head_is_scored_by_contrast_on_its_own_grid(drawn_by_hand):
    scores = evaluation.head_scores(Known(lambda channels: channels, ModelRef("k", "1", "0")), 3)
    # both blocks have 16 planes, 12 of them in common: 2 * 12 / 32
    assert scores == {**dict.fromkeys(CONTRASTS, 0.75), "ct": 0.0, "flair": 1.0}


def test_test_heads_are_the_kinds_in_turn_with_seeds_of_their_own(drawn_by_hand):
    extractor = Known(lambda channels: channels, ModelRef("k", "1", "0"))
    for number in (0, 1, len(KINDS) + 1):
        evaluation.head_scores(extractor, number)
    heads, bare = drawn_by_hand[::2], drawn_by_hand[1::2]
    assert [asked["kind"] for asked in heads] == [KINDS[0], KINDS[1], KINDS[1]]
    assert len({asked["seed"] for asked in heads}) == 3
    for one, other in zip(heads, bare, strict=True):
        assert (one["kind"], one["seed"]) == (other["kind"], other["seed"])
        assert (one["head"], other["head"]) == (True, False)


def test_a_head_in_which_nothing_is_found_counts_as_missed(drawn_by_hand):
    """A network that says no everywhere, for which the extractor has an error."""
    extractor = UnetBrainExtractor(
        lambda channels: np.full((1, 1, 1, *channels.shape[2:]), -9, np.float32),
        ModelRef("nothing", "1", "0"),
    )
    with pytest.raises(BadInputError):
        extractor(Volume(np.full((40, 32, 36), 1, np.int16), np.eye(4)))
    assert set(evaluation.head_scores(extractor, 0).values()) == {0.0}
