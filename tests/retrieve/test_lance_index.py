"""LanceDB's own promises: a killed writer, half-written folders, other versions."""

import json
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from neuroscope.errors import ConflictError, NotFoundError, StorageError
from neuroscope.records.similar import VectorSpace
from neuroscope.retrieve import lance_index
from neuroscope.retrieve.conditions import one_of
from neuroscope.retrieve.lance_index import open_lance_index, remove_lance_index

WRITER = """
import sys
from pathlib import Path
import numpy as np
from neuroscope.records.similar import Embedded, Entry, VectorSpace
from neuroscope.retrieve.lance_index import open_lance_index

space = VectorSpace("known", "1", "a" * 64, "test-1", 8)
index = open_lance_index(Path(sys.argv[1]), space)
for number in range(100_000):
    vectors = np.zeros((20, 8), np.float32)
    vectors[:, number % 8] = 1
    entries = tuple(Entry(f"{number}/{n}", "slice", f"case{number}", "p", "p") for n in range(20))
    index.add(Embedded(space, entries, vectors))
    print(number, flush=True)
"""


def test_a_writer_killed_in_mid_insert_leaves_every_acknowledged_vector(tmp_path, space):
    folder = tmp_path / "index"
    for least in (3, 7):  # killed twice, at different moments, into the same index
        writer = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(folder)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        acknowledged = -1
        for line in writer.stdout:
            acknowledged = int(line)
            if acknowledged >= least:
                break
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()  # what it said before the signal arrived
        writer.wait()
        writer.stdout.close()
        acknowledged = max([acknowledged, *map(int, rest)])
        index = open_lance_index(folder, space)
        for number in range(acknowledged + 1):
            assert index.count([one_of("case_id", [f"case{number}"])]) == 20
        assert index.count(()) % 20 == 0  # an addition is there as a whole or not at all
        index.settle()
        assert index.count(()) >= 20 * (acknowledged + 1)


def test_an_index_is_opened_again_with_all_it_holds(tmp_path, space, entry, embedded):
    index = open_lance_index(tmp_path / "index", space)
    index.add(embedded([entry(n) for n in range(3)], np.eye(8)[:3]))
    index.close()
    again = open_lance_index(tmp_path / "index")
    assert again.space == space
    assert again.count(()) == 3


def test_without_an_index_there_is_nothing_to_open(tmp_path):
    with pytest.raises(NotFoundError, match="neuroscope index"):
        open_lance_index(tmp_path / "nowhere")


def test_an_index_of_another_network_is_refused_and_a_rebuild_offered(tmp_path, space):
    open_lance_index(tmp_path / "index", space)
    newer = VectorSpace(space.model, "2", "b" * 64, space.preparation, space.dimension)
    with pytest.raises(ConflictError, match="--rebuild"):
        open_lance_index(tmp_path / "index", newer)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', "null"])
def test_a_torn_description_is_named_and_a_rebuild_offered(tmp_path, space, content):
    open_lance_index(tmp_path / "index", space)
    (tmp_path / "index" / "space.json").write_text(content)
    with pytest.raises(StorageError, match=r"half written.*--rebuild"):
        open_lance_index(tmp_path / "index", space)


def test_another_format_is_named(tmp_path, space):
    open_lance_index(tmp_path / "index", space)
    file = tmp_path / "index" / "space.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 99}))
    with pytest.raises(StorageError, match="format 99"):
        open_lance_index(tmp_path / "index")


def test_an_index_whose_table_is_gone_or_never_described_can_be_made_anew(tmp_path, space):
    folder = tmp_path / "index"
    open_lance_index(folder, space)
    (folder / "space.json").unlink()
    with pytest.raises(StorageError, match="half written"):
        open_lance_index(folder, space)
    remove_lance_index(folder)
    assert open_lance_index(folder, space).count(()) == 0
    remove_lance_index(folder)
    folder.mkdir()
    (folder / "space.json").write_text(json.dumps({"format": 1, **_plain(space)}))
    with pytest.raises(StorageError, match="half written"):
        open_lance_index(folder, space)


def test_a_folder_with_other_things_is_never_deleted(tmp_path, space):
    open_lance_index(tmp_path / "index", space)
    (tmp_path / "index" / "thesis.txt").write_text("years of work")
    with pytest.raises(StorageError, match=r"thesis\.txt"):
        remove_lance_index(tmp_path / "index")
    assert (tmp_path / "index" / "thesis.txt").exists()


def test_above_the_threshold_the_parts_find_what_the_plain_product_finds(
    tmp_path, space, entry, embedded, monkeypatch
):
    monkeypatch.setattr(lance_index, "EXACT_UP_TO", 500)
    drawn = np.random.default_rng(3).normal(size=(1500, 8))
    vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    index = open_lance_index(tmp_path / "index", space)
    index.add(embedded([entry(n, age=float(n % 90)) for n in range(1500)], vectors))
    index.settle()
    assert not index._is_exact
    found = right = 0
    for query in vectors[::150]:
        true = set(np.argsort(-(vectors @ query))[:10].tolist())
        hits = {hit.entry.slice_index for hit in index.search(query, (), most=10)}
        found, right = found + len(hits), right + len(hits & true)
    assert found == 100
    assert right >= 98
    late = embedded([entry(9999)], vectors[:1])
    index.add(late)  # after the vectors were parted
    assert {h.entry.slice_index for h in index.search(vectors[0], (), most=2)} == {0, 9999}


def _plain(space: VectorSpace) -> dict[str, object]:
    return {name: getattr(space, name) for name in VectorSpace.__dataclass_fields__}
