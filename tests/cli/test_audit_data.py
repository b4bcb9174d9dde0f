"""`neuroscope audit data` from folder to report, and what it refuses."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.reliability.dataset.conftest import head

from neuroscope.cli.main import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six heads in two splits, one of them also mirrored in the other split, one torn file."""
    root = tmp_path / "set"
    for number in range(6):
        place = root / ("test" if number > 3 else "train") / ("glioma" if number % 2 else "notumor")
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(head(number)).save(place / f"{number}.png")
    copy = Image.fromarray(np.ascontiguousarray(head(1)[:, ::-1]))
    copy.save(root / "test" / "notumor" / "copy.jpg", quality=80)
    (root / "test" / "notumor" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    return root


def test_a_folder_is_audited_and_every_file_written(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["audit", "data", str(folder), "--out", str(out), "--no-network"]) == 0
    with (out / "duplicates.csv").open(newline="") as stream:
        (pair,) = csv.DictReader(stream)
    assert {pair["first"], pair["second"]} == {"train/glioma/1.png", "test/notumor/copy.jpg"}
    assert (pair["relation"], pair["crosses_splits"], pair["labels_differ"]) == (
        "flipped", "yes", "yes",
    )  # fmt: skip
    summary = json.loads((out / "audit.json").read_text())
    assert (summary["pictures"], summary["leaked"]) == (7, 1)
    assert [one["name"] for one in summary["unreadable"]] == ["test/notumor/torn.png"]
    assert {path.name for path in out.iterdir()} == {
        "report.html", "duplicates.csv", "split.csv", "label_doubts.csv", "flags.csv",
        "audit.json",
    }  # fmt: skip
    said = capsys.readouterr()
    assert "1 of 3 pictures outside training" in said.out
    assert "Not done: Label errors" in said.err


def test_the_shipped_network_answers_for_what_was_not_trained_on(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["audit", "data", str(folder), "--out", str(out), "--json"]) == 0
    answered = json.loads(capsys.readouterr().out)["answered"]
    assert answered["whole"]["n"] == 3
    assert answered["leaked"]["n"] == 1
    assert answered["whole"]["few_units"] is True


def test_answers_of_an_analysis_are_taken_by_name(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "predictions.csv"
    table.write_text("file,label\n4.png,notumor\ncopy.jpg,glioma\n5.png,glioma\n")
    options = ["--out", str(tmp_path / "out"), "--predictions", str(table), "--json"]
    assert run(["audit", "data", str(folder), *options]) == 0
    answered = json.loads(capsys.readouterr().out)["answered"]
    assert answered["whole"]["value"] == pytest.approx(2 / 3, abs=1e-3)
    assert answered["clean"]["value"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--out", "new"], "Nothing to audit"),
        (["{folder}", "--store", "--out", "new"], "Nothing to audit"),
        (["{folder}/absent", "--out", "new"], "neither a folder nor a CSV file"),
        (["{folder}", "--out", "{folder}"], "not empty"),
        (["{folder}", "--out", "new", "--predictions", "{folder}/absent.csv"], "cannot be read"),
    ],
)
def test_what_cannot_be_audited_is_refused_before_anything_is_written(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    problem: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [argument.format(folder=folder) for argument in arguments]
    assert run(["audit", "data", *given]) != 0
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_an_empty_store_has_nothing_to_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUROSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NEUROSCOPE_DATABASE_URL", raising=False)
    options = ["--out", str(tmp_path / "out"), "--no-network"]
    assert run(["audit", "data", "--store", *options]) != 0
    assert "0 pictures could be read" in capsys.readouterr().err
