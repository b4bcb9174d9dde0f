import os
from pathlib import Path

import numpy as np
import pytest

from neuroscope.phantom.anatomy.person import draw_person
from neuroscope.phantom.case import LESION, lay_grid
from neuroscope.phantom.laid import Laid, lay
from neuroscope.phantom.laid_cache import LaidCache
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.lesions.registry import grow


@pytest.fixture(scope="module")
def laid() -> Laid:
    person = draw_person(np.random.default_rng([3, 0]))
    lesions = grow("glioblastoma", person, Wish(core_ml=12), np.random.default_rng([3, LESION]))
    return lay(person, lesions, lay_grid(4, None, head=False)[0])


def test_a_head_comes_back_with_the_same_labels_and_nearly_the_same_tissue(laid, tmp_path: Path):
    cache = LaidCache(tmp_path)
    path = cache.path("glioblastoma", 3, 4.0)
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
    assert len({cache.path(kind, seed) for kind in ("a", "b") for seed in (1, 2)}) == 4


def test_the_folder_keeps_its_limit_and_drops_what_was_used_least_recently(laid, tmp_path: Path):
    unbounded = LaidCache(tmp_path)
    paths = [unbounded.path("k", n) for n in range(4)]
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
    path = cache.path("k")
    path.write_bytes(content)
    assert cache.load(path) is None
    cache.save(path, laid)
    assert cache.load(path) is not None


def test_a_disk_that_refuses_is_no_error_and_leaves_no_part(laid, tmp_path: Path, monkeypatch):
    def full(*_args: object, **_arrays: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    cache = LaidCache(tmp_path)
    cache.save(cache.path("k"), laid)
    assert list(tmp_path.iterdir()) == []
