"""Fill an index from the store and from a folder, stop, and go on."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neuroscope.errors import BadInputError, CanceledError, NotFoundError
from neuroscope.models.inference import load_engine
from neuroscope.records.similar import CaseFacts
from neuroscope.retrieve.conditions import one_of
from neuroscope.retrieve.embed import Embedder, make_embedder
from neuroscope.retrieve.lance_index import open_lance_index
from neuroscope.settings import Limits
from neuroscope.store import results
from neuroscope.store.studies import delete_study, save_study
from neuroscope.workflow import past_cases
from neuroscope.workflow.analyze import analyze
from neuroscope.workflow.embed_case import embed_case, see_entry
from neuroscope.workflow.index_home import source_of
from neuroscope.workflow.past_cases import Filled, fill_from_folder, fill_from_store

KEY = b"k" * 32


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return make_embedder(load_engine(threads=1), threads=1)


@pytest.fixture
def index(tmp_path, embedder):
    return open_lance_index(tmp_path / "similar" / "vectors", embedder.space)


def write_head(path: Path, seed: int) -> None:
    rows, columns = np.mgrid[:120, :110]
    inside = ((rows - 60) / 52) ** 2 + ((columns - 55) / 45) ** 2 < 1
    spot = np.random.default_rng(seed).uniform(40, 75, 2)
    bright = np.exp(-((rows - spot[0]) ** 2 + (columns - spot[1]) ** 2) / 90)
    noise = np.random.default_rng(seed).normal(0, 4, rows.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    gray = np.clip(np.where(inside, 80 + 150 * bright + noise, 0), 0, 255)
    Image.fromarray(gray.astype(np.uint8)).save(path)


@pytest.fixture
def folder(tmp_path) -> Path:
    for seed in range(5):
        write_head(tmp_path / "cases" / f"c{seed}.png", seed)
    (tmp_path / "cases" / "broken.png").write_bytes(b"no picture")
    return tmp_path / "cases"


def fill(folder, index, embedder, tmp_path, **options):
    home = tmp_path / "similar"
    return fill_from_folder(folder, index, embedder, home=home, key=KEY, limits=Limits(), **options)


def test_a_folder_is_filled_once_and_what_cannot_be_read_is_named(
    folder, index, embedder, tmp_path
):
    first = fill(folder, index, embedder, tmp_path)
    assert (first.added, first.known) == (5, 0)
    assert [one.name for one in first.skipped] == ["broken.png"]
    held = index.count(())
    again = fill(folder, index, embedder, tmp_path)
    assert (again.added, again.known) == (0, 5)
    assert index.count(()) == held
    case = index.fetch([one_of("kind", ["slice"])]).entries[0].case_id
    assert source_of(tmp_path / "similar", case).parent == folder


def test_a_stopped_filling_goes_on_where_it_was(folder, index, embedder, tmp_path, monkeypatch):
    monkeypatch.setattr(past_cases, "CASES_AT_ONCE", 1)

    def stop(fraction: float) -> None:
        if fraction > 0.5:
            raise CanceledError("Stopped.", fix="Go on.")

    with pytest.raises(CanceledError):
        fill(folder, index, embedder, tmp_path, progress=stop)
    done = index.count([one_of("kind", ["slice"])])
    assert 0 < done < 5
    went_on = fill(folder, index, embedder, tmp_path)
    assert (went_on.added, went_on.known) == (5 - done, done)


def test_a_table_tells_who_and_what_and_no_name_is_kept(folder, index, embedder, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(
        "file,class,patient,group,age,source\n"
        "c0.png,glioma,Jane Roe,g1,50,A\nc1.png,meningioma,Jane Roe,,,B\n"
    )
    assert fill(folder, index, embedder, tmp_path, table=table).added == 2
    held = index.fetch([one_of("kind", ["slice"])]).entries
    assert {entry.facts.label for entry in held} == {"glioma", "meningioma"}
    assert {entry.facts.label_source for entry in held} == {"reference"}
    assert len({entry.patient for entry in held}) == 1
    assert len({entry.group for entry in held}) == 2
    assert "Jane" not in str(held)
    missing = tmp_path / "other.csv"
    missing.write_text("file\nnowhere.png\n")
    with pytest.raises(BadInputError, match=r"nowhere\.png"):
        fill(folder, index, embedder, tmp_path, table=missing)


def test_a_folder_of_nothing_is_refused(index, embedder, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInputError, match="no cases"):
        fill(tmp_path / "empty", index, embedder, tmp_path)
    with pytest.raises(BadInputError, match="no folder"):
        fill(tmp_path / "nowhere", index, embedder, tmp_path)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_analyzed_studies_of_the_store_are_added_and_others_wait(
    store, index, embedder, picture_study, tmp_path
):
    engine = load_engine(threads=1)
    analyzed, waiting = picture_study(2, seed=1, side=96), picture_study(2, seed=2, side=96)
    study_id = save_study(store, analyzed).study_id
    save_study(store, waiting)
    found = analyze(analyzed, engine)
    results.start_analysis(store, "job", study_id, engine.model, engine.spec)
    for series in found.series:
        results.add_findings(store, "job", series.series_id, series.slices)
        results.save_series(store, "job", series)
    results.save_conclusion(store, "job", found)
    results.finish_analysis(store, "job")
    home = tmp_path / "similar"
    filled = fill_from_store(store, index, embedder, home=home)
    assert (filled.added, filled.known) == (1, 0)
    entries = index.fetch(()).entries
    assert {entry.case_id for entry in entries} == {study_id}
    assert {entry.patient for entry in entries} == {analyzed.study.pseudonym}
    assert {entry.facts.label_source for entry in entries} == {"model"}
    assert fill_from_store(store, index, embedder, home=home).known == 1
    delete_study(store, study_id)
    assert fill_from_store(store, index, embedder, home=home) == Filled(0, 0, ())
    assert index.count(()) == 0


def test_a_volume_gives_slices_lesions_and_one_whole(embedder, volume_study):
    made = embed_case(
        volume_study, embedder, case_id="c", patient="p", group="g", facts=CaseFacts(label="x")
    )
    kinds = [entry.kind for entry in made.entries]
    assert kinds.count("volume") == 1
    assert 0 < kinds.count("slice") <= 12
    assert {entry.facts.sequence for entry in made.entries} == {"t1c"}
    assert {entry.facts.plane for entry in made.entries} == {"axial"}
    assert {entry.facts.label for entry in made.entries} == {"x"}
    assert len({entry.id for entry in made.entries}) == len(kinds)


def test_every_vector_can_be_seen_again(embedder, volume_study):
    made = embed_case(
        volume_study, embedder, case_id="c", patient="p", group="g", facts=CaseFacts()
    )
    for entry, vector in zip(made.entries, made.vectors, strict=True):
        if entry.kind == "volume":
            with pytest.raises(NotFoundError):
                see_entry(volume_study, entry, embedder)
        else:
            _, seen = see_entry(volume_study, entry, embedder)
            assert float(seen.vector @ vector) > 0.9999
