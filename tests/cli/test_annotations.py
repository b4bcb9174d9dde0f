from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from neuroscope.cli.main import run
from neuroscope.records.annotation import Annotation
from neuroscope.records.imported import ImportedStudy
from neuroscope.settings import Settings
from neuroscope.store.annotation_reads import list_annotations
from neuroscope.store.annotations import create
from neuroscope.store.database import Store, open_store
from neuroscope.store.studies import save_study

SERIES = "70fa"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("NEUROSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NEUROSCOPE_DATABASE_URL", raising=False)
    store = open_store(Settings(home=tmp_path / "home"))
    yield store
    store.close()


@pytest.fixture
def study_id(kept: Store, volume_study: ImportedStudy) -> str:
    study_id = save_study(kept, volume_study).study_id
    points = np.array([[10, 12, 24], [30, 12, 24], [12, 40, 24]], np.float64)
    create(kept, study_id, Annotation("a", SERIES, "evidence", "contour", points, "ann"))
    return study_id


def test_annotations_go_out_and_come_in(
    kept: Store, study_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    where = ["--series", SERIES]
    assert (
        run(["annotations", "export", study_id, *where, "--reader", "ann", "--out", str(out)]) == 0
    )
    (file,) = capsys.readouterr().out.split()
    assert Path(file) == out / "annotations.dcm"
    assert run(["annotations", "import", study_id, file, *where, "--reader", "bob"]) == 0
    assert "1 annotations are stored" in capsys.readouterr().out
    found = list_annotations(kept, study_id, SERIES, reader="bob")
    assert {one.current.annotation.author for one in found} == {"ann", "bob"}


def test_a_full_folder_and_unknown_words_are_refused(
    kept: Store, study_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["annotations", "export", study_id, "--series", SERIES, "--reader", "ann", "--out"]
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").write_text("mine")
    assert run([*given, str(tmp_path / "full")]) == 2
    assert "not an empty folder" in capsys.readouterr().err
    assert run([*given, str(tmp_path / "new"), "--format", "tiff"]) == 2
    assert "no format 'tiff'" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
    take = ["annotations", "import", study_id, "no.dcm", "--series", SERIES, "--reader", "b"]
    assert run(take) == 2
    assert "not there" in capsys.readouterr().err
    assert run([*take, "--kind", "cyst"]) == 2
    assert "no kind 'cyst'" in capsys.readouterr().err
