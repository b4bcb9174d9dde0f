"""`neuroscope retrain` on pictures whose truth is known."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from neuroscope.cli import retrain as module
from neuroscope.io.certificate import CERTIFICATE_NAME, PDF_NAME, read_certificate
from neuroscope.learn.reasons import planted
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape
from neuroscope.models.inference import load_engine
from neuroscope.models.weights import Sidecar, load_network, read_sidecar, save_weights
from neuroscope.records.prediction import ModelRef
from neuroscope.settings import read_settings
from neuroscope.store.database import open_store
from neuroscope.store.registration import ensure_shipped

SIDE = 64


@pytest.fixture
def base(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    shape = EvidenceShape(widths=(4, 6, 8), neck=4, input_size=SIDE)
    save_weights(EvidenceNetwork(shape), Sidecar(shape=shape, temperature=1.5), tmp_path / "base")
    return tmp_path / "base"


@pytest.fixture
def development_data(tmp_path: Path) -> Path:
    """Two slices of every class in each set and split: a round head with a bright disc."""
    root = tmp_path / "data"
    rows: list[tuple[str, str, str, str, str]] = []
    every = [("mri2d_4class", label) for label in CLASS_NAMES * 2]
    every += [("mri2d_masks_figshare", label) for label in CLASS_NAMES[:3] * 2]
    for number, (split, source, label) in enumerate(
        (split, *one) for split in ("train", "val") for one in every
    ):
        r, c = np.mgrid[:96, :96] / 96
        head = np.hypot(r - 0.5, c - 0.5) < 0.42
        mask = np.hypot(r - 0.4, c - 0.3 - 0.1 * CLASS_NAMES.index(label)) < 0.1
        name = f"fig_{number:04d}"
        masked = source == "mri2d_masks_figshare"
        file = f"images/{name}.jpg" if masked else f"{label}/{name}.jpg"
        for path in (root / source / file, root / "mri2d_masks_figshare" / "masks" / "x"):
            path.parent.mkdir(parents=True, exist_ok=True)
        texture = np.random.default_rng(number).integers(60, 90, head.shape)
        lit = mask & (label != "notumor")
        picture = np.where(lit, 230, texture * head).astype(np.uint8)
        Image.fromarray(picture).save(root / source / file, quality=95)
        if masked:
            Image.fromarray(mask).save(root / source / "masks" / f"{name}.png")
        rows.append((source, file, label, f"range{number}", split))
    with (root / "joint_split.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("set", "file", "label", "unit", "split"), *rows])
    with (root / "mri2d_4class" / "index.csv").open("w", newline="") as stream:
        header = [("file", "label", "figshare_match")]
        csv.writer(stream).writerows(header + [(r[1], r[2], -1) for r in rows[:8]])
    return root


def test_annotations_give_a_folder_of_weights_that_can_be_used(
    command, development_data, base, tmp_path
):
    out = tmp_path / "run"
    common = ("--data", development_data, "--weights", base, "--out", out, "--threads", 1, "--json")
    code, text, err = command("retrain", "--masks", 4, "--replay", 8, "--steps", 4, *common)
    assert code == 0, err
    record = json.loads(text)
    assert record["status"] in ("feasible, not stationary", "infeasible")
    assert record["graph_parity"] < 1e-4
    assert record["kkt"]["residual"] >= 0
    assert record["history"][0]["step"] == 0
    assert record == json.loads((out / "retrain.json").read_text())
    sidecar = read_sidecar(out)
    assert sidecar["sha256"] == record["weights_sha256"]
    assert sidecar["temperature"] == 1.5
    assert "retrained" in sidecar["notes"]
    assert record["trained_from_sha256"] == read_sidecar(base)["sha256"]
    assert isinstance(load_network(out), EvidenceNetwork)
    assert load_engine(weights=out).reference is not None
    for path in (out / "features").iterdir():
        assert path.suffix == ".safetensors"


@pytest.mark.parametrize(
    ("option", "value", "known"),
    [("--loss", "gradcam", "rrr_input"), ("--tier", "stem", "adapter")],
)
def test_unknown_names_are_refused_with_those_that_are_known(command, option, value, known):
    code, _, err = command("retrain", option, value)
    assert code == 2
    assert known in err


def test_without_development_data_it_says_what_to_set(command):
    code, _, err = command("retrain")
    assert code == 2
    assert "NEUROSCOPE_DATA" in err


def test_more_masks_than_there_are_is_refused(command, development_data, base, tmp_path):
    code, _, err = command(
        "retrain", "--data", development_data, "--weights", base, "--out", tmp_path / "run"
    )
    assert code == 2
    assert "60" in err


def test_the_benchmark_prints_its_result_as_json(command, monkeypatch):
    small = planted.PlantedConfig(
        shape=EvidenceShape(
            widths=(4, 6, 8), deepened=0, merges=0, neck=4, pooling="mean", input_size=48
        ),
        train=60,
        test=20,
        epochs=1,
        held_out=12,
        resamples=20,
        annotated=6,
        replay=12,
        retraining=planted.RetrainConfig(steps=2, annotated_batch=4, replay_batch=6),
    )
    monkeypatch.setattr(planted, "PlantedConfig", lambda: small)
    code, text, err = command(
        "retrain", "--benchmark", "planted-shortcut", "--seeds", 2, "--threads", 1, "--json"
    )
    assert code == 0, err
    result = json.loads(text)
    assert [found["seed"] for found in result["rounds"]] == [0, 1]
    assert {"mean_flips", "mean_accuracy", "reached"} <= set(result)
    assert "seed 1" in err


def test_a_certificate_lies_beside_the_weights_and_says_that_too_little_was_held_out(
    command, development_data, base, tmp_path
):
    out = tmp_path / "run"
    common = ("--data", development_data, "--weights", base, "--out", out, "--threads", 1, "--json")
    few = ("--masks", 4, "--replay", 8, "--steps", 2, "--epsilon", 9)
    code, text, err = command("retrain", *few, "--certify", *common)
    assert code == 0, err
    assert json.loads(text)["verdict"] == "insufficient"
    assert "20 are needed" in err
    certificate = read_certificate(out)
    assert certificate.verdict == "insufficient"
    assert certificate.row("balanced_accuracy").after.n == 8
    assert (out / PDF_NAME).read_bytes().startswith(b"%PDF")


def test_marks_are_held_out_for_a_certificate_only(command, development_data, base, tmp_path):
    marks = tmp_path / "marks.json"
    marks.write_text("{}")
    code, _, err = command(
        "retrain", "--data", development_data, "--weights", base, "--held-out", marks
    )
    assert code == 2
    assert "--certify" in err


def test_an_unknown_benchmark_is_refused(command):
    code, _, err = command("retrain", "--benchmark", "speed")
    assert code == 2
    assert module.BENCHMARKS[0] in err


def test_the_benchmark_on_real_slices_needs_the_data(command):
    code, _, err = command("retrain", "--benchmark", "planted-shortcut-real")
    assert code == 2
    assert "NEUROSCOPE_DATA" in err


@pytest.mark.parametrize(
    ("given", "stray"),
    [
        (("--from-store", "--masks", 5, "--certify"), ("--certify, --masks", "--from-store")),
        (("--segmenter", ".", "--loss", "hint"), ("--loss", "--segmenter")),
        (("--benchmark", "planted-shortcut", "--steps", 3), ("--steps", "--benchmark")),
        (("--seeds", 2), ("--seeds", "from files")),
        (("--segmenter", ".", "--from-store"), ("different ways",)),
    ],
)
def test_an_option_that_the_chosen_way_does_not_read_is_refused_by_name(command, given, stray):
    code, _, err = command("retrain", *given)
    assert code == 2
    for word in stray:
        assert word in err


def test_expert_masks_and_a_file_exclude_each_other(command, tmp_path):
    marks = tmp_path / "marks.json"
    marks.write_text("{}")
    code, _, err = command("retrain", "--annotations", marks, "--masks", 5)
    assert code == 2
    assert "Choose one" in err


def test_every_option_belongs_to_some_way():
    from inspect import signature

    from neuroscope.cli.retrain_options import APPLY

    assert set(signature(module.retrain).parameters) - {"ctx"} == frozenset().union(*APPLY.values())


def test_what_was_certified_is_registered_and_promoted_by_command(
    command, development_data, base, tmp_path, monkeypatch
):
    out = tmp_path / "run"
    given = ("--masks", 4, "--replay", 8, "--steps", 2, "--epsilon", 9, "--certify", "--threads", 1)
    code, _, err = command(
        "retrain", *given, "--data", development_data, "--weights", base, "--out", out
    )
    assert code == 0, err
    code, _, err = command("models", "register", out)
    assert code == 2
    assert "not registered here" in err
    store = open_store(read_settings())
    sidecar = read_sidecar(base)
    parent = ensure_shipped(store, ModelRef("evidence", "base", sidecar["sha256"]))
    store.close()

    changed = json.loads((out / CERTIFICATE_NAME).read_text())
    (out / CERTIFICATE_NAME).write_text(json.dumps(changed | {"verdict": "promote"}))
    code, _, err = command("models", "register", out)
    assert code == 2
    assert "knows no such certificate" in err
    (out / CERTIFICATE_NAME).write_text(json.dumps(changed))
    code, text, err = command("models", "register", out, "--json")
    assert code == 0, err
    made = json.loads(text)
    assert (made["status"], made["verdict"], made["parent"]) == (
        "candidate",
        "insufficient",
        parent.id,
    )
    code, _, err = command("models", "promote", made["id"][:6])
    assert code == 2
    assert "says 'insufficient'" in err
    assert command("models", "roll-back")[0] == 2
    assert command("models", "register", out)[0] == 2  # it is there already
    code, text, _ = command("models", "versions", "--json")
    assert made["id"] in {one["id"] for one in json.loads(text)}
    assert command("models", "register", base)[0] == 2
