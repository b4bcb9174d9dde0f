import json

import numpy as np
import pytest
from PIL import Image

from neuroscope.cli.explain import QUICK as DEFAULTS
from neuroscope.models.forgetting import load_forgetting
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.models.weights import read_sidecar
from neuroscope.records.explanationmethod import method_named
from neuroscope.records.prediction import ModelRef

QUICK = "evidence,gradcam,edges"


def test_maps_pictures_and_notes_are_written(command, slices_folder, tmp_path):
    out = tmp_path / "maps"
    mask = np.zeros((180, 150), np.uint8)
    mask[60:80, 60:80] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    code, told, said = command(
        "explain", slices_folder / "a.png", "--methods", QUICK, "--target", "meningioma",
        "--tumor", tmp_path / "mask.png", "--out", out,
    )  # fmt: skip
    assert code == 0, said
    found = json.loads((out / "explanations.json").read_text())
    (item,) = found["slices"]
    assert (item["name"], item["target"]) == ("a", "meningioma")
    assert [one["method"] for one in item["methods"]] == QUICK.split(",")
    assert item["methods"][0]["notes"]["completeness_error"] < 1e-4
    tests = {test["name"]: test for test in item["methods"][1]["passport"]["tests"]}
    assert tests["repeatability"]["outcome"] != "not assessed"
    assert tests["localization"]["value"] is not None
    assert item["methods"][1]["tests"] in " ".join(told.split())
    assert item["tumor_out"]["drop"] == pytest.approx(
        item["tumor_out"]["centered_logit"] - item["tumor_out"]["centered_logit_without_tumor"]
    )
    for one in item["methods"]:
        values = np.load(out / item["folder"] / one["file"])
        assert (values.dtype, values.shape) == (np.float32, (180, 150))
    with Image.open(out / item["folder"] / "side_by_side.png") as picture:
        assert picture.size == (4 * 320, 2 * 350)
    assert (found["sequences"], found["not_done"]) == (None, [])
    assert "Grad-CAM" in told


def test_what_was_asked_wrongly_is_refused_before_any_work(command, slices_folder, tmp_path):
    picture, out = slices_folder / "a.png", tmp_path / "maps"
    for options, word in (
        (["--methods", "magic"], "magic"),
        (["--methods", ","], "No method"),
        (["--target", "cyst"], "cyst"),
        (["--tumor", tmp_path / "none.png"], "no mask"),
    ):
        code, _, said = command("explain", picture, "--out", out, *options)
        assert (code, word in said) == (2, True), said
    assert not out.exists()


def test_a_slice_that_is_not_there_leaves_nothing_behind(command, slices_folder, tmp_path):
    out = tmp_path / "maps"
    code, _, said = command(
        "explain", slices_folder / "a.png", "--slice", 7, "--methods", "edges", "--out", out
    )
    assert code == 2
    assert "no slice 7" in said
    assert not out.exists()


def test_no_method_is_drawn_unasked_whose_maps_outlive_what_the_network_learned():
    sidecar = read_sidecar(SHIPPED_WEIGHTS)
    known = load_forgetting(ModelRef("evidence", "shipped", sidecar["sha256"]))
    for name in DEFAULTS.split(","):
        assert method_named(name).tier == "instant"
        assert name not in known or known[name].outcome == "passed", name
