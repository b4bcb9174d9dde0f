import os
from importlib.metadata import version
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from neuroscope.phantom import laid_cache
from neuroscope.phantom.anatomy.person import draw_person
from neuroscope.phantom.case import LESION, lay_grid
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.laid import Laid, lay
from neuroscope.phantom.laid_cache import LIBRARIES, LaidCache
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.lesions.registry import grow

GRID = lay_grid(4, None, head=False)[0]


@pytest.fixture(scope="module")
def laid() -> Laid:
    person = draw_person(np.random.default_rng([3, 0]))
    lesions = grow("glioblastoma", person, Wish(core_ml=12), np.random.default_rng([3, LESION]))
    return lay(person, lesions, lay_grid(4, None, head=False)[0])


def test_a_head_comes_back_with_the_same_labels_and_nearly_the_same_tissue(laid, tmp_path: Path):
    cache = LaidCache(tmp_path)
    path = cache.path("glioblastoma", 3, grid=GRID)
    assert cache.load(path) is None
    cache.save(path, laid)
    found = cache.load(path)

    assert found is not None
    np.testing.assert_array_equal(found.labels(), laid.labels())
    np.testing.assert_array_equal(found.place.template_mm, laid.place.template_mm)
    np.testing.assert_allclose(found.brain.white, laid.brain.white, atol=1e-3)
    assert found.place.grid == laid.place.grid
    assert found.tumors[0].box == laid.tumors[0].box
    assert dict(found.lesions[0].character) == dict(laid.lesions[0].character)


def test_another_key_is_another_file(tmp_path: Path):
    cache = LaidCache(tmp_path)
    finer = lay_grid(2, None, head=False)[0]
    moved = Grid(GRID.shape, GRID.spacing, (0.0, 0.0, 0.0))
    keys = product(("a", "b"), (1, 2), (GRID, finer, moved))
    assert len({cache.path(kind, seed, grid=grid) for kind, seed, grid in keys}) == 12


@pytest.mark.parametrize("library", LIBRARIES)
def test_another_version_of_a_library_is_another_file(library, monkeypatch, tmp_path: Path):
    cache = LaidCache(tmp_path)
    usual = cache.path("k", grid=GRID)
    monkeypatch.setattr(
        laid_cache, "version", lambda name: "0.0.1" if name == library else version(name)
    )
    laid_cache.origins.cache_clear()
    try:
        assert cache.path("k", grid=GRID) != usual
    finally:
        monkeypatch.undo()
        laid_cache.origins.cache_clear()
    assert cache.path("k", grid=GRID) == usual


def test_any_change_of_the_phantoms_code_is_another_file(monkeypatch, tmp_path: Path):
    (tmp_path / "lesions").mkdir()
    monkeypatch.setattr(laid_cache, "__file__", str(tmp_path / "laid_cache.py"))
    seen = set()
    for name in ("laid_cache.py", "streams.py", "lesions/kinds.py"):
        (tmp_path / name).write_text("x = 1")
        laid_cache.origins.cache_clear()
        seen.add(laid_cache.origins())
    laid_cache.origins.cache_clear()
    assert len(seen) == 3


def test_what_a_killed_process_left_half_written_goes_and_a_running_one_keeps_its_own(
    laid, tmp_path: Path
):
    old, running = tmp_path / "old.part", tmp_path / "running.part"
    for path in (old, running):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    cache = LaidCache(tmp_path)
    cache.save(cache.path("k", grid=GRID), laid)
    assert not old.exists()
    assert running.exists()


def test_the_folder_keeps_its_limit_and_drops_what_was_used_least_recently(laid, tmp_path: Path):
    unbounded = LaidCache(tmp_path)
    paths = [unbounded.path("k", n, grid=GRID) for n in range(4)]
    for number, path in enumerate(paths[:3]):
        unbounded.save(path, laid)
        os.utime(path, (number + 1, number + 1))
    size = paths[0].stat().st_size
    assert unbounded.load(paths[0]) is not None  # now the most recent
    bounded = LaidCache(tmp_path, most_bytes=int(2.5 * size))
    bounded.save(paths[3], laid)

    assert sum(p.stat().st_size for p in tmp_path.iterdir()) <= 2.5 * size
    assert [p.exists() for p in paths] == [True, False, False, True]


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 cut off"])
def test_a_damaged_file_is_as_good_as_none(content, laid, tmp_path: Path):
    cache = LaidCache(tmp_path)
    path = cache.path("k", grid=GRID)
    path.write_bytes(content)
    assert cache.load(path) is None
    cache.save(path, laid)
    assert cache.load(path) is not None


def test_a_disk_that_refuses_is_no_error_and_leaves_no_part(laid, tmp_path: Path, monkeypatch):
    def full(*_args: object, **_arrays: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    cache = LaidCache(tmp_path)
    cache.save(cache.path("k", grid=GRID), laid)
    assert list(tmp_path.iterdir()) == []
