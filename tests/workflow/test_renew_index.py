"""Another network: vectors are made again, what was known stays, and a stop loses nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neuroscope.errors import CanceledError, StorageError
from neuroscope.io.reader import read_study
from neuroscope.models.inference import load_engine
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.similar import CaseFacts
from neuroscope.retrieve.embed import Embedder, make_embedder
from neuroscope.settings import Limits
from neuroscope.workflow.index_home import open_index, read_kept, source_of
from neuroscope.workflow.past_cases import fill_from_folder
from neuroscope.workflow.renew_index import renew_index

KEY = b"k" * 32
TABLE = """file,class,patient,group,age,source
c0.png,glioma,P-1,g-1,40,A
c1.png,meningioma,P-2,g-1,50,B
c2.png,,P-3,,60,
"""


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return make_embedder(load_engine(threads=1), threads=1)


@pytest.fixture(scope="module")
def newer(embedder: Embedder) -> Embedder:
    """The same network as if it were another version, with another mean."""
    space = replace(embedder.space, version="9", sha256="9" * 64)
    return replace(embedder, space=space, mean=embedder.mean * 0.5)


@pytest.fixture
def home(tmp_path: Path, embedder: Embedder) -> Path:
    """An index of three pictures of a folder, with what a table says of them."""
    cases = tmp_path / "cases"
    cases.mkdir()
    rows, columns = np.mgrid[:120, :110]
    inside = ((rows - 60) / 52) ** 2 + ((columns - 55) / 45) ** 2 < 1
    for number in range(3):
        bright = np.exp(-((rows - 50 - 10 * number) ** 2 + (columns - 60) ** 2) / 90)
        gray = np.where(inside, 90 + 140 * bright, 0).astype(np.uint8)
        Image.fromarray(gray).save(cases / f"c{number}.png")
    (tmp_path / "cases.csv").write_text(TABLE)
    home = tmp_path / "similar"
    index = open_index(home, None, embedder)
    fill_from_folder(
        cases, index, embedder, home=home, key=KEY, limits=Limits(), table=tmp_path / "cases.csv"
    )
    return home


@pytest.fixture
def load(home: Path) -> Callable[[str], ImportedStudy | None]:
    def read(case_id: str) -> ImportedStudy | None:
        file = source_of(home, case_id)
        return None if file is None else read_study(file, key=KEY, limits=Limits())

    return read


def known(home: Path) -> dict[str, tuple]:
    """What an index knows of its slices, by the case."""
    entries = open_index(home, None, None).fetch(()).entries
    return {
        e.case_id: (e.patient, e.group, e.facts.label, e.facts.label_source, e.facts.age)
        for e in entries
        if e.kind == "slice"
    }


def test_what_was_known_of_cases_stays_and_their_vectors_are_new(home, newer, load):
    before = known(home)
    old = open_index(home, None, None).fetch(()).vectors
    filled = renew_index(home, None, newer, load=load)
    assert (filled.added, filled.known, filled.skipped) == (3, 0, ())
    index = open_index(home, None, newer)  # no error: all is of the new network
    assert index.fetch(()).vectors.shape == old.shape
    assert np.abs(index.fetch(()).vectors - old).max() > 1e-3
    after = known(home)
    labeled = {case: facts for case, facts in before.items() if facts[3] == "reference"}
    assert len(labeled) == 2
    assert {case: after[case] for case in labeled} == labeled
    assert read_kept(home) is None


def test_stopped_in_the_middle_it_goes_on_where_it_was(home, newer, load):
    asked = []

    def stopping(case_id: str) -> ImportedStudy | None:
        asked.append(case_id)
        if len(asked) == 2:
            raise CanceledError("Stopped.", fix="Go on.")
        return load(case_id)

    before = known(home)
    with pytest.raises(CanceledError):
        renew_index(home, None, newer, load=stopping)
    assert read_kept(home) is not None
    renew_index(home, None, newer, load=load)
    assert known(home).keys() == before.keys()
    assert read_kept(home) is None
    again = renew_index(home, None, newer, load=load)
    assert (again.added, again.known) == (0, 0)  # nothing is left to do


def test_a_file_that_is_gone_is_left_out_and_the_others_stay(home, newer, load):
    case = next(iter(known(home)))
    source_of(home, case).unlink()
    renew_index(home, None, newer, load=load)
    assert len(known(home)) == 2


def test_a_broken_index_is_refused_and_made_again_when_asked(home, embedder, load):
    (home / "vectors" / "space.json").write_text("{")
    with pytest.raises(StorageError, match="half written"):
        renew_index(home, None, embedder, load=load)
    renew_index(home, None, embedder, load=load, force=True)
    assert open_index(home, None, embedder).count(()) == 0  # what they were is not known any more


def test_facts_that_only_images_tell_are_not_carried_over(home, newer, load):
    renew_index(home, None, newer, load=load)
    entries = open_index(home, None, newer).fetch(()).entries
    unnamed = [e for e in entries if e.facts.age == 60.0 and e.kind == "slice"]
    assert [e.facts.label_source for e in unnamed] == ["model"]
    assert all(isinstance(e.facts, CaseFacts) and e.facts.sequence for e in entries)
