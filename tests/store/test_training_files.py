from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import NotFoundError, StorageError
from neuroscope.settings import Settings
from neuroscope.store.database import Store, open_store
from neuroscope.store.training_files import (
    PREVIEWS_NAME,
    Previews,
    has_previews,
    read_previews,
    run_folder,
    write_previews,
)

SHOWN = Previews(
    step=3,
    names=np.array(["NS-1, axial 7"]),
    labels=np.array(["glioma"]),
    pictures=np.arange(16, dtype=np.uint8).reshape(1, 4, 4),
    before=np.arange(4, dtype=np.float32).reshape(1, 2, 2),
    now=-np.arange(4, dtype=np.float32).reshape(1, 2, 2),
    evidence=np.ones((1, 2, 2), np.uint8),
    not_evidence=np.zeros((1, 2, 2), np.uint8),
    places=np.array(["study/series"]),
    tests_before=np.array([""]),
    tests_now=np.array(["{}"]),
)


@pytest.fixture
def home(tmp_path: Path) -> Store:
    store = open_store(Settings(home=tmp_path / "home"))
    store.close()
    return store


def test_maps_are_read_as_they_were_written(home: Store) -> None:
    assert not has_previews(home, "run")
    write_previews(home, "run", SHOWN)
    write_previews(home, "run", replace(SHOWN, step=9))
    found = read_previews(home, "run")
    assert found.step == 9
    for field in fields(Previews)[1:]:
        assert np.array_equal(getattr(found, field.name), getattr(SHOWN, field.name))


@pytest.mark.parametrize("content", [None, b"", b"no zip"])
def test_maps_that_are_not_there_or_damaged_are_not_found(
    home: Store, content: bytes | None
) -> None:
    if content is not None:
        run_folder(home, "run").mkdir(parents=True)
        (run_folder(home, "run") / PREVIEWS_NAME).write_bytes(content)
    with pytest.raises(NotFoundError):
        read_previews(home, "run")


def test_a_disk_that_refuses_leaves_the_maps_of_before(home: Store) -> None:
    write_previews(home, "run", SHOWN)
    blocked = run_folder(home, "run") / f"new-{PREVIEWS_NAME}"
    blocked.mkdir()
    with pytest.raises(StorageError):
        write_previews(home, "run", replace(SHOWN, step=9))
    assert read_previews(home, "run").step == 3
