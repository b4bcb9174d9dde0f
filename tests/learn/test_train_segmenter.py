"""Training of the segmenter: losses, order of studies, going on after a kill, release."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from neuroscope.learn import train_segmenter as training
from neuroscope.learn.release_segmenter import Scored, fitted_spec, release_segmenter
from neuroscope.learn.train_classifier import CHECKPOINT_NAME
from neuroscope.learn.train_segmenter import (
    SegmenterConfig,
    dice_of,
    lesion_weights,
    region_losses,
    regions_of,
    train_segmenter,
)
from neuroscope.models.region_labels import labels_of
from neuroscope.models.unet import UNetShape
from neuroscope.models.unet_segmenter import SIDECAR_NAME, UnetSegmenter, load_segmenter, soft_dice
from neuroscope.records.prediction import ModelRef

TINY = SegmenterConfig(
    shape=UNetShape(widths=(4, 6, 8, 10, 12), heads=2, head_width=4),
    cases=3, val_cases=2, steps=4, checkpoint_every=2, threads=1,
)  # fmt: skip


def written_cases(folder, first_side):
    """Write studies of so many x 32 x 32 voxels."""
    paths = []
    for number in range(5):
        rng = np.random.default_rng(number)
        labels = np.zeros((first_side, 32, 32), np.uint8)
        labels[8:20, 8:20, 8:20] = 2
        labels[10:16, 10:16, 10:16] = 3
        images = rng.integers(80, 120, (4, *labels.shape)).astype(np.uint8)
        images[1][labels == 3] = 200
        path = folder / f"case-{number}.npz"
        np.savez(path, kind=np.str_("glioblastoma"), images=images, labels=labels)
        paths.append(path)
    return paths


@pytest.fixture
def small_cases(tmp_path, monkeypatch):
    """Small studies in place of phantoms, which take seconds each."""
    paths = written_cases(tmp_path, 32)
    monkeypatch.setattr(training, "made_cases", lambda *_, **__: paths)
    return paths


def test_regions_are_nested():
    regions = regions_of(torch.tensor([[[[0, 1, 2, 3]]]]))[0, :, 0, 0]
    assert regions.tolist() == [[0, 1, 1, 1], [0, 1, 0, 1], [0, 0, 0, 1]]


def test_the_right_answer_costs_nothing_and_the_wrong_one_much():
    regions = regions_of(torch.tensor(np.eye(8, dtype=np.int64)[None] * 3)[..., None])
    logits = (regions[:, None] * 2 - 1) * 20
    shares = torch.ones(1, 1)

    assert sum(region_losses(logits, regions, shares).values()).item() < 0.01
    assert sum(region_losses(-logits, regions, shares).values()).item() > 10


def test_shares_weigh_each_head():
    regions = torch.ones(1, 3, 4, 4, 4)
    logits = torch.stack([torch.full((1, 3, 4, 4, 4), 9.0), torch.full((1, 3, 4, 4, 4), -9.0)], 1)
    right = region_losses(logits, regions, torch.tensor([[2.0, 0.0]]))
    wrong = region_losses(logits, regions, torch.tensor([[0.0, 2.0]]))

    assert right["entropy"] < 0.001
    assert wrong["entropy"] > 8


def test_each_lesion_weighs_the_same_whatever_its_size():
    labels = np.zeros((24, 24, 24), np.uint8)
    labels[3:11, 3:11, 3:11] = 2  # 512 voxels
    labels[4:6, 4:6, 4:6] = 3  # a part of the same lesion
    labels[18:20, 18:20, 18:20] = 3  # 8 voxels
    weights = lesion_weights(labels, share=0.5).numpy()

    large, small = weights[2:12, 2:12, 2:12] - 1, weights[17:21, 17:21, 17:21] - 1
    assert large.sum() == pytest.approx(small.sum(), rel=1e-4)
    assert large.sum() + small.sum() == pytest.approx(0.5 * labels.size, rel=1e-4)
    assert weights[0, 0, 0] == 1
    assert np.array_equal(lesion_weights(np.zeros_like(labels), share=0.5), np.ones(labels.shape))


def test_a_small_lesion_that_is_missed_costs_clearly_more_with_weights():
    labels = torch.zeros(1, 32, 32, 32, dtype=torch.uint8)
    labels[0, 2:18, 2:18, 2:18] = 3
    labels[0, 26:28, 26:28, 26:28] = 3
    regions = regions_of(labels)
    logits = (regions[:, None] * 2 - 1) * 5
    missed = logits.clone()
    missed[..., 24:, 24:, 24:] = -5.0
    shares, weights = torch.ones(1, 1), lesion_weights(labels[0].numpy(), share=0.2)

    def cost(found, *weights):
        return sum(region_losses(found, regions, shares, *weights).values()).item()

    assert cost(missed, weights) - cost(logits, weights) > 5 * (cost(missed) - cost(logits))


def stored(run):
    return load_file(run / CHECKPOINT_NAME)


@pytest.mark.parametrize("first_side", [32, 48], ids=["single precision", "half precision"])
def test_a_killed_run_goes_on_to_the_same_weights(first_side, tmp_path, monkeypatch):
    paths = written_cases(tmp_path, first_side)
    monkeypatch.setattr(training, "made_cases", lambda *_, **__: paths)
    whole = train_segmenter(TINY, tmp_path / "whole")

    class Killed(Exception):  # noqa: N818
        pass

    def kill(done: float) -> None:
        if done < 1:
            raise Killed

    with pytest.raises(Killed):
        train_segmenter(TINY, tmp_path / "killed", kill)
    half = stored(tmp_path / "killed")
    resumed = train_segmenter(TINY, tmp_path / "killed")

    one, two = (json.loads((run / "run.json").read_text()) for run in (whole, resumed))
    assert two["step"] == TINY.steps
    assert len(two["history"]) == 2
    assert two["history"] == one["history"]
    wanted, found = stored(whole), stored(resumed)
    assert wanted.keys() == found.keys()
    for name, value in wanted.items():
        assert torch.equal(found[name], value), name
    assert not torch.equal(half["network/first.0.weight"], found["network/first.0.weight"])


def test_another_configuration_starts_anew(small_cases, tmp_path):
    train_segmenter(replace(TINY, steps=2), tmp_path)
    train_segmenter(replace(TINY, steps=2, seed=1), tmp_path)
    assert json.loads((tmp_path / "run.json").read_text())["config"]["seed"] == 1


def test_a_run_can_be_released_and_loaded(small_cases, tmp_path):
    run = train_segmenter(replace(TINY, steps=2), tmp_path / "run")
    notes = {"fitted_on": {"numbers": [1, 2]}}
    release_segmenter(run, tmp_path / "out", small_cases[:2], notes=notes)
    sidecar = json.loads((tmp_path / "out" / SIDECAR_NAME).read_text())
    assert sidecar["run"]["fitted_on"] == notes["fitted_on"]
    segmenter = load_segmenter(weights=tmp_path / "out", threads=1)

    assert set(segmenter.spec.thresholds) == {"WT", "TC", "ET"}
    assert segmenter.model.name == "segmenter"


def test_doubt_is_fitted_to_the_errors_that_were_made():
    rng = np.random.default_rng(0)
    scored = []
    for number in range(12):
        truth = np.zeros((3, 40, 40, 40), bool)
        truth[:, 10:26, 10:26, 10:26] = True
        p = np.where(truth, 0.9, 0.05).astype(np.float32)
        p[:, 10 : 10 + number // 2] = 0.1  # part of it is missed, and the network does not know
        p += rng.normal(0, 0.01, p.shape).astype(np.float32)
        scored.append(Scored("glioblastoma", p, truth))
    spec = fitted_spec(scored)

    assert spec.dice_errors["WT"][0] < 0 < spec.dice_errors["WT"][1]
    for case in scored:  # of 12 studies 95 % are all: what was fitted on them holds each of them
        p = dict(zip(("WT", "TC", "ET"), case.p, strict=True))
        segmenter = UnetSegmenter(np.asarray, spec, ModelRef("known", "1", "0" * 64))
        labels = labels_of(p, 0.008, thresholds=spec.thresholds)
        volume_ml, dice = segmenter.doubt(p, labels, 0.008, brain_ml=400.0)
        truth_ml = case.truth[0].sum() * 0.008
        assert volume_ml["WT"].low - 1e-6 <= truth_ml <= volume_ml["WT"].high + 1e-6
        own = dice_of(labels > 0, case.truth[0])
        assert dice["WT"].low - 1e-6 <= own <= dice["WT"].high + 1e-6


def balls(true_side: int, found_side: int, sure: float = 0.9) -> Scored:
    """A cube that is there, and one that is found in its place; sides in voxels."""
    truth = np.zeros((3, 40, 40, 40), bool)
    truth[:, 5 : 5 + true_side, 5 : 5 + true_side, 5 : 5 + true_side] = True
    p = np.full(truth.shape, 0.01, np.float32)
    p[:, 5 : 5 + found_side, 5 : 5 + found_side, 5 : 5 + found_side] = sure
    return Scored("glioblastoma", p, truth)


def test_a_disease_taken_for_a_tumor_widens_no_interval_and_a_real_tumor_does():
    tumors = [balls(side, side - side % 2) for side in range(12, 24)]
    usual = fitted_spec(tumors)
    with_strokes = fitted_spec([*tumors, *[balls(0, 24, 0.99)] * 3])
    assert with_strokes.diameter_error_mm == usual.diameter_error_mm
    assert with_strokes.thresholds == usual.thresholds

    real = balls(24, 16)
    widened = fitted_spec(tumors, [real])
    assert widened.diameter_error_mm["TC"] > 2 * usual.diameter_error_mm["TC"]
    assert widened.thresholds == usual.thresholds  # real ones choose nothing else
    segmenter = UnetSegmenter(np.asarray, widened, ModelRef("known", "1", "0" * 64))
    p = dict(zip(("WT", "TC", "ET"), real.p, strict=True))
    labels = labels_of(p, 0.008, thresholds=widened.thresholds)
    volume_ml, dice = segmenter.doubt(p, labels, 0.008, brain_ml=400.0)
    assert volume_ml["WT"].low <= 24**3 * 0.008 <= volume_ml["WT"].high + 1e-6
    assert dice["WT"].low - 1e-6 <= dice_of(labels > 0, real.truth[0]) <= dice["WT"].high + 1e-6


def test_of_thresholds_that_are_as_good_the_lowest_is_chosen_and_a_worse_one_is_not():
    truth = np.zeros((3, 20, 20, 20), bool)
    truth[:, 5:15, 5:15, 5:15] = True
    p = np.where(truth, 0.9, 0.02).astype(np.float32)
    p[1, 2:5] = 0.42  # beside the core: taken for it below this
    scored = [Scored("glioblastoma", p, truth)] * 4
    assert fitted_spec(scored).thresholds == {"WT": 0.25, "TC": 0.45, "ET": 0.25}


def test_a_steep_line_through_few_studies_that_are_alike_is_bounded():
    rng = np.random.default_rng(3)
    scored = []
    for number in range(8):
        truth = np.zeros((3, 20, 20, 20), bool)
        truth[:, 4:16, 4:16, 4:16] = True
        p = np.where(truth, 0.97 - 0.004 * number, 0.001).astype(np.float32)
        p[:, 4 : 4 + number] = 0.001  # far more is lost than the network's own doubt tells
        p += rng.uniform(0, 1e-4, p.shape).astype(np.float32)
        scored.append(Scored("glioblastoma", p, truth))
    intercept, slope = fitted_spec(scored).dice_line["WT"]
    assert slope == 2.0
    mean = np.mean([dice_of(c.p[0] > 0.25, c.truth[0]) for c in scored])
    soft = np.mean([soft_dice(c.p[0], c.p[0] > 0.25) for c in scored])
    assert intercept + slope * soft == pytest.approx(mean)
