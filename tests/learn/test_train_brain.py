"""Training of the brain extractor: varied heads, the run, and what ships of it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neuroscope.hashing import file_sha256
from neuroscope.learn import train_brain as training
from neuroscope.learn.head_cases import CONTRASTS, STEPS, WHOLE, read_head
from neuroscope.learn.train_brain import (
    BrainConfig,
    brain_scores,
    save_brain,
    train_brain,
    varied_head,
)
from neuroscope.models.brain_extractor import (
    GRAPH_NAME,
    SIDECAR_NAME,
    load_brain_extractor,
    seen_by_network,
)
from neuroscope.models.unet import UNet, UNetShape
from neuroscope.records.volume import Volume

SHAPE = UNetShape(channels=1, regions=1, widths=(4, 6, 8, 10, 12), heads=1, head_width=4)
TINY = BrainConfig(shape=SHAPE, heads=4, val_heads=1, steps=3, threads=1)
SIDES = (48, 32, 32)


def stored_head(path: Path, number: int) -> Path:
    """Write a dark head with a brain in its left front, brightest in the last contrast."""
    noise = np.random.default_rng(number)
    share = np.zeros(SIDES, np.uint8)
    share[6 + number : 22, 14:28, 8:24] = WHOLE
    gray = noise.integers(0, 30, (len(CONTRASTS), *SIDES))
    levels = 60 + 15 * np.arange(len(CONTRASTS))[:, None, None, None]
    np.savez(path, images=(gray + levels * (share > 0)).astype(np.uint8), share=share)
    return path


@pytest.fixture
def small_heads(tmp_path, monkeypatch):
    """Heads of a few voxels in place of phantoms, which take seconds each."""
    paths = [stored_head(tmp_path / f"head-{n}.npz", n) for n in range(TINY.heads)]
    monkeypatch.setattr(training, "made_heads", lambda numbers, **_: [paths[n] for n in numbers])
    monkeypatch.setattr(training, "export_volume_graph", written_plainly)
    return paths


def written_plainly(network: UNet, path: Path) -> None:
    """Write the weights in place of a graph, which takes seconds."""
    values = network.state_dict().values()
    path.write_bytes(b"".join(value.contiguous().numpy().tobytes() for value in values))


def test_the_same_seed_gives_the_same_graph_and_another_seed_another(small_heads, tmp_path):
    graphs = [
        train_brain(config, tmp_path / name)
        for name, config in (("a", TINY), ("b", TINY), ("c", replace(TINY, seed=1)))
    ]
    first, again, other = (path.read_bytes() for path in graphs)
    assert first == again
    assert first != other


def test_a_run_that_dies_leaves_no_graph_and_is_made_again_as_if_it_had_not(small_heads, tmp_path):
    class Killed(Exception):  # noqa: N818
        pass

    def kill(_: float) -> None:
        raise Killed

    with pytest.raises(Killed):
        train_brain(TINY, tmp_path / "killed", kill)
    assert not (tmp_path / "killed" / GRAPH_NAME).exists()
    again = train_brain(TINY, tmp_path / "killed")
    whole = train_brain(TINY, tmp_path / "whole")
    assert again.read_bytes() == whole.read_bytes()


def test_items_are_drawn_by_their_number_and_the_seed_alone(small_heads):
    items = training._Heads(small_heads, TINY)
    late = items[2]
    for one, other in zip(late, training._Heads(small_heads, TINY)[2], strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(late[0], items[1][0])
    other_seed = training._Heads(small_heads, replace(TINY, seed=1))[2]
    assert not torch.equal(late[0], other_seed[0])
    assert len(items) == TINY.steps


def test_the_last_heads_are_kept_for_validation(small_heads, tmp_path, monkeypatch):
    seen: dict[str, list[Path]] = {}
    scores, batches = training.brain_scores, training._batches
    monkeypatch.setattr(
        training, "brain_scores", lambda network, paths: (
            seen.__setitem__("val", paths) or scores(network, paths)
        )
    )  # fmt: skip
    monkeypatch.setattr(
        training, "_batches", lambda paths, config: (
            seen.__setitem__("train", paths) or batches(paths, config)
        )
    )  # fmt: skip
    train_brain(replace(TINY, steps=1), tmp_path / "out")
    assert seen == {"train": small_heads[:3], "val": small_heads[3:]}


def test_what_ships_says_how_it_was_made(small_heads, tmp_path):
    graph = train_brain(TINY, tmp_path / "out")
    assert graph == tmp_path / "out" / GRAPH_NAME
    described = json.loads((tmp_path / "out" / SIDECAR_NAME).read_text())
    assert described["name"] == "brain"
    assert described["onnx_sha256"] == described["sha256"] == file_sha256(graph)
    run = described["run"]
    assert run["config"]["steps"] == 3
    assert run["config"]["shape"]["widths"] == [4, 6, 8, 10, 12]
    assert run["val"].keys() == set(CONTRASTS)
    assert run["seconds"] > 0


class Bright(UNet):
    """Calls brain what is brighter than a level."""

    level = 75 / STEPS

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        return (channels - self.level)[:, None]


def test_scores_are_the_overlap_by_contrast(tmp_path):
    paths = [stored_head(tmp_path / f"head-{number}.npz", number) for number in (0, 2)]
    network = Bright(SHAPE)
    found = brain_scores(network, paths)
    assert found["random"] == 1.0, "135 and more is bright"
    assert found["ct"] == 1.0
    wanted = []
    for path in paths:  # of the first contrast, 60 to 89 gray, half is too dark
        head = read_head(path)
        bright = head.images[0] > 75
        parts = training.largest_part(bright)
        wanted.append(2 * (parts & head.brain).sum() / (parts.sum() + head.brain.sum()))
    assert found["t1"] == pytest.approx(np.mean(wanted), abs=1e-4)
    assert found["t1"] < 0.9
    network.level = 10.0
    assert brain_scores(network, paths) == dict.fromkeys(CONTRASTS, 0.0)


GAIN = 8  # of the answer, so that it is not all one sign; rounding grows with it


def test_the_graph_answers_through_the_extractor_as_the_network_does(tmp_path):
    torch.manual_seed(2)
    network = UNet(SHAPE)
    with torch.no_grad():
        network.answer.bias.fill_(1.0)
        network.answer.weight.mul_(GAIN)
    save_brain(network.to(memory_format=torch.channels_last_3d), {"config": {}}, tmp_path)
    extractor = load_brain_extractor(weights=tmp_path, threads=1)
    asked = []
    forward = extractor._forward

    def spied(channels):
        asked.append((channels, forward(channels)))
        return asked[-1][1]

    extractor._forward = spied
    voxels = np.random.default_rng(0).normal(100, 30, (60, 76, 50)).astype(np.float32)
    volume = Volume(voxels, np.diag([-2.5, -2.5, 3.0, 1.0]))
    found = extractor(volume)

    for channels, logits in asked:
        with torch.inference_mode():
            wanted = network(torch.from_numpy(channels)).numpy()
        np.testing.assert_allclose(logits, wanted, atol=GAIN * 1e-4)
        assert 0.02 < (wanted > 0).mean() < 0.999, "the network finds something and not all"
    assert found.shape == volume.shape
    shape, affine = training_grid(volume)
    seen = seen_by_network(volume, shape, affine)
    (plain, _), (mirrored, _) = asked
    np.testing.assert_array_equal(plain[0, 0], seen)
    np.testing.assert_array_equal(mirrored[0, 0], seen[::-1])


def training_grid(volume):
    from neuroscope.models.brain_extractor import head_grid

    return head_grid(volume)


def varied(seed: int, image: np.ndarray, share: np.ndarray):
    x, y = varied_head(image, share, np.random.default_rng(seed))
    return x[0].numpy(), y[0].numpy()


def test_the_brain_goes_where_the_picture_goes(tmp_path):
    """A bright brain on dark: whatever happens to the picture, it stays under its share."""
    share = np.zeros(SIDES, np.uint8)
    share[6:22, 14:28, 8:24] = WHOLE
    image = np.where(share > 0, STEPS, 8).astype(np.uint8)
    sides = []
    for seed in range(12):
        x, y = varied(seed, image, share)
        assert x.shape == y.shape == SIDES
        assert x.dtype == y.dtype == np.float32
        assert y.min() >= 0
        assert y.max() <= 1 + 1e-6
        if (y > 0.5).sum() < 200:  # cut away
            continue
        assert x[y > 0.9].mean() > x[y < 0.1].mean() + 3 * x[y < 0.1].std()
        middle = np.average(np.indices(SIDES)[0], weights=y)
        weights = np.clip(x - 0.5 * x[y > 0.9].mean(), 0, None)
        assert np.average(np.indices(SIDES)[0], weights=weights) == pytest.approx(middle, abs=1)
        sides.append(middle > 23.5)
    assert {True, False} == set(sides), "some are mirrored, some are not"


def test_shares_between_no_and_yes_survive():
    share = np.full(SIDES, 102, np.uint8)  # 0.4
    _, y = varied(3, np.full(SIDES, 100, np.uint8), share)
    inner = y[18:30, 12:20, 20:24]
    np.testing.assert_allclose(inner, 0.4, atol=1e-3)


def test_the_stored_head_itself_is_not_changed():
    share = np.full(SIDES, WHOLE, np.uint8)
    image = np.full(SIDES, 90, np.uint8)
    for seed in range(6):
        varied(seed, image, share)
    assert (share == WHOLE).all()
    assert (image == 90).all()


@pytest.mark.parametrize("wrong", [{"val_heads": 0}, {"val_heads": 4}, {"steps": 0}], ids=str)
def test_impossible_runs_are_refused(wrong):
    with pytest.raises(ValueError, match="val_heads"):
        replace(TINY, **wrong)
