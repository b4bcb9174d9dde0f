"""`neuroscope audit model` from folder to report, and what it refuses."""

import csv
import json
from pathlib import Path

import pytest
from tests.workflow.test_model_audit import written

from neuroscope.cli.main import run
from neuroscope.records.focus import COLUMNS


def test_the_shipped_network_is_audited_on_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out = written(tmp_path / "set", 4), tmp_path / "out"
    options = ["--data", str(root), "--out", str(out), "--changed", "2", "--explained", "0"]
    assert run(["audit", "model", *options, "--baselines", str(tmp_path / "set")]) == 0
    assert {path.name for path in out.iterdir()} == {"report.html", "focus.csv", "model-audit.json"}
    with (out / "focus.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 4
    assert tuple(rows[0]) == COLUMNS
    for row in rows:
        assert sum(float(row[f"f_{name}"]) for name in _REGIONS) == pytest.approx(1, abs=1e-5)
    audit = json.loads((out / "model-audit.json").read_text())
    assert audit["models"][0]["kind"] == "evidence network"
    said = capsys.readouterr()
    assert "It cannot be told" in said.out
    assert "There is no model in the folder set" in said.err


_REGIONS = ("tumor", "peritumoral", "brain", "skull", "border", "background", "text")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--data", "{root}/absent"], "neither a folder nor a CSV file"),
        (["{root}", "--data", "{root}"], "neither weights nor a training run"),
        (["--data", "{root}", "--baselines", "{root}/absent"], "is no folder"),
    ],
)
def test_what_cannot_be_audited_is_refused(
    options: list[str], problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = written(tmp_path / "set", 2)
    asked = [option.format(root=root) for option in options]
    assert run(["audit", "model", *asked, "--out", str(tmp_path / "out")]) != 0
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
