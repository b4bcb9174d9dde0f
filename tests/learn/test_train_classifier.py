"""The training loop: it learns, it repeats, it goes on after a kill."""

import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neuroscope.errors import ModelError
from neuroscope.learn import train_classifier as training
from neuroscope.learn.augment import Batch
from neuroscope.learn.dataset import FIGSHARE, FOUR_CLASS, SliceSet
from neuroscope.learn.phantom_slices import PhantomConfig
from neuroscope.learn.train_classifier import TrainConfig
from neuroscope.models.classes import NO_TUMOR
from neuroscope.models.evidence import EvidenceShape
from neuroscope.models.weights import load_network

SHAPE = EvidenceShape(widths=(8, 12, 16), neck=8, input_size=32)
NONE = PhantomConfig(cases=0)


def disc_slices(n: int = 16, size: int = 64) -> SliceSet:
    """Round heads; the class is the quadrant of a bright disc, and none for notumor."""
    r, c = np.mgrid[:size, :size] / size
    head = np.hypot(r - 0.5, c - 0.5) < 0.48
    labels = np.arange(n, dtype=np.int64) % 4
    middles = [(0.3, 0.3), (0.3, 0.7), (0.7, 0.5)]
    masks = np.zeros((n, size, size), np.uint8)
    for row, label in enumerate(labels):
        if label != NO_TUMOR:
            masks[row][np.hypot(r - middles[label][0], c - middles[label][1]) < 0.13] = 255
    rng = np.random.default_rng(0)
    gray = 60 + rng.integers(0, 30, (n, size, size))
    images = np.where(masks > 0, 230, gray) * head
    sources = np.where(labels == NO_TUMOR, FOUR_CLASS, FIGSHARE)
    sources[:3] = FOUR_CLASS
    names = np.array([f"slice{row}" for row in range(n)])
    return SliceSet(
        images=images.astype(np.uint8),
        heads=np.repeat(head[None], n, 0),
        masks=masks,
        has_mask=np.ones(n, bool),
        head_fractions=np.full(n, 0.7),
        labels=labels,
        sources=sources,
        units=names,
        splits=np.repeat("train", n),
        files=names,
    )


def full_batch(size: int) -> Batch:
    slices = disc_slices(size=size)
    return training.batch_of(slices, torch.arange(len(slices)))


@pytest.fixture
def discs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data folder whose slices are discs; loading is what is replaced, nothing else."""

    def load(
        root: Path, *, splits: list[str], size: int, leave_out: Collection[str] = ()
    ) -> SliceSet:
        assert root == tmp_path
        assert not leave_out
        assert splits in (["train"], ["val"])
        return disc_slices(size=size)

    monkeypatch.setattr(training, "load_slices", load)
    (tmp_path / "joint_split.csv").write_text("set,file,label,unit,split\n")
    return tmp_path


def test_one_batch_can_be_overfitted():
    config = TrainConfig(
        shape=SHAPE, phantoms=NONE, without_copies=False, learning_rate=1e-2, threads=1
    )
    net = training.build_network(config)
    optimizer = training.build_optimizer(net, config)
    batch = full_batch(32)
    for _ in range(60):
        terms = training.train_step(net, optimizer, batch, config)
    assert terms["answer"] < 0.35  # 0.2 is the floor that label smoothing leaves
    with torch.no_grad():
        assert (net(batch.image).logits.argmax(1) == batch.label).all()


def test_same_seed_same_numbers():
    config = TrainConfig(shape=SHAPE, phantoms=NONE, without_copies=False, threads=1, seed=3)
    losses = []
    for _ in range(2):
        net = training.build_network(config)
        optimizer = training.build_optimizer(net, config)
        rng = torch.Generator().manual_seed(config.seed)
        batch = training.varied(full_batch(40), config, rng)
        losses.append([training.train_step(net, optimizer, batch, config) for _ in range(3)])
    assert losses[0] == losses[1]


@pytest.mark.filterwarnings("ignore")  # the ONNX exporter deprecates parts of itself
def test_a_killed_run_goes_on_and_ends_as_if_never_killed(discs: Path, tmp_path: Path):
    config = TrainConfig(
        shape=SHAPE, phantoms=NONE, without_copies=False, epochs=3, batch_size=8, threads=1
    )
    whole = training.train_classifier(config, discs, tmp_path / "whole")

    class KilledError(Exception):
        pass

    def kill_after_one(fraction: float) -> None:
        if fraction < 0.5:
            raise KilledError

    with pytest.raises(KilledError):
        training.train_classifier(config, discs, tmp_path / "killed", kill_after_one)
    resumed = training.train_classifier(config, discs, tmp_path / "killed")
    records = [json.loads((run / "run.json").read_text()) for run in (whole, resumed)]
    assert records[0]["history"] == records[1]["history"]
    assert (whole / "evidence.safetensors").read_bytes() == (
        resumed / "evidence.safetensors"
    ).read_bytes()
    for name in ("evidence.json", "evidence.onnx", "evidence.reference.npz"):
        assert (whole / name).is_file()


def test_another_configuration_starts_anew(discs: Path, tmp_path: Path):
    config = TrainConfig(
        architecture="resnet18", shape=replace(SHAPE, input_size=32), epochs=1, batch_size=8,
        threads=1, phantoms=NONE, without_copies=False,
    )  # fmt: skip
    out = training.train_classifier(config, discs, tmp_path / "run")
    training.train_classifier(replace(config, seed=1), discs, out)
    record = json.loads((out / "run.json").read_text())
    assert record["epoch"] == 1
    assert record["config"]["seed"] == 1
    net, _ = training.load_run(out)
    assert net(torch.zeros(1, 1, 32, 32)).logits.shape == (1, 4)


def test_the_learning_rate_rises_and_falls_to_zero():
    rates = [training.schedule(done, warm_up=0.2) for done in np.linspace(0, 1, 101)]
    assert rates[0] == pytest.approx(0.04)
    assert max(rates) == pytest.approx(1)
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    assert np.argmax(rates) == 20


def test_small_groups_are_drawn_more_often():
    weights = training.sampling_weights(disc_slices())
    assert weights.min() > 0
    assert len(set(weights.tolist())) > 1


def test_without_balance_every_slice_weighs_the_same(discs: Path, tmp_path: Path):
    config = TrainConfig(shape=SHAPE, phantoms=NONE, without_copies=False, balance=False)
    mix = training.training_mix(replace(config, outlined_weight=1.0), discs, tmp_path)
    assert set(mix.weight.tolist()) == {1.0}


def test_a_run_of_before_an_option_was_there_goes_on(discs: Path, tmp_path: Path):
    config = TrainConfig(
        architecture="resnet18", shape=replace(SHAPE, input_size=32), epochs=1, batch_size=8,
        threads=1, phantoms=NONE, without_copies=False,
    )  # fmt: skip
    out = training.train_classifier(config, discs, tmp_path / "run")
    record = json.loads((out / "run.json").read_text())
    del record["config"]["balance"]
    (out / "run.json").write_text(json.dumps(record))
    before = (out / "checkpoint.safetensors").stat().st_mtime_ns
    training.train_classifier(config, discs, out)
    assert (out / "checkpoint.safetensors").stat().st_mtime_ns == before


@pytest.mark.filterwarnings("ignore")  # the ONNX exporter deprecates parts of itself
def test_a_teacher_starts_the_run_outlines_the_rest_and_is_named(discs: Path, tmp_path: Path):
    config = TrainConfig(
        shape=SHAPE, phantoms=NONE, without_copies=False, epochs=1, batch_size=8, threads=1
    )
    first = training.train_classifier(config, discs, tmp_path / "first")
    slow = replace(config, learning_rate=1e-9)
    second = training.train_classifier(slow, discs, tmp_path / "second", teacher=first)
    digest = json.loads((first / "evidence.json").read_text())["sha256"]
    record = json.loads((second / "run.json").read_text())
    assert record["config"]["teacher_sha256"] == digest
    began, ended = load_network(first), training.load_run(second)[0]
    assert torch.allclose(began.head.weight, ended.head.weight, atol=1e-3)


def test_the_mix_holds_phantoms_that_are_drawn_less_and_experts_outlines_more(
    discs: Path, tmp_path: Path
):
    config = TrainConfig(
        shape=SHAPE, phantoms=PhantomConfig(cases=1), phantom_weight=0.25, outlined_weight=2.0
    )
    mix = training.training_mix(config, discs, tmp_path / "cache")
    plain = training.sampling_weights(mix.slices)
    phantom = mix.slices.sources == "phantom"
    assert phantom.any()
    ratio = (mix.weight / plain).numpy()
    assert np.allclose(ratio[phantom], 0.25)
    tumor = ~phantom & (mix.slices.labels != NO_TUMOR)
    assert np.allclose(ratio[tumor], 2.0)
    assert np.allclose(ratio[~phantom & ~tumor], 1.0)
    assert (mix.trust == 1).all()


def test_an_empty_folder_is_no_run(tmp_path: Path):
    with pytest.raises(ModelError, match="no training run"):
        training.load_run(tmp_path)


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="1 or more"):
        TrainConfig(epochs=0)
    with pytest.raises(ValueError, match="positive"):
        TrainConfig(learning_rate=0.0)
