import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from neuroscope.errors import NotFoundError, StorageError
from neuroscope.records.imported import ImportedStudy
from neuroscope.store import jobs, studies
from neuroscope.store.database import Store
from neuroscope.store.worklist import worklist

Pictures = Callable[..., ImportedStudy]


def test_pictures_come_back_as_they_were_read(store: Store, picture_study: Pictures) -> None:
    given = picture_study(3)
    saved = studies.save_study(store, given)
    back = studies.load_study(store, saved.study_id)
    assert back.study == given.study
    assert back.unreadable == given.unreadable
    for was, now in zip(given.slices["5e71e5"], back.slices["5e71e5"], strict=True):
        np.testing.assert_array_equal(now.pixels, was.pixels)
        assert (now.name, now.cautions, now.file) == (was.name, was.cautions, was.file)


def test_a_volume_comes_back_as_it_was_read(store: Store, volume_study: ImportedStudy) -> None:
    saved = studies.save_study(store, volume_study)
    back = studies.load_study(store, saved.study_id)
    np.testing.assert_array_equal(back.volumes["70fa"].voxels, volume_study.volumes["70fa"].voxels)
    np.testing.assert_array_equal(back.volumes["70fa"].affine, volume_study.volumes["70fa"].affine)
    assert back.study == volume_study.study


def test_the_same_images_are_stored_once(store: Store, picture_study: Pictures) -> None:
    first = studies.save_study(store, picture_study(2))
    renamed = replace(picture_study(2), study=replace(picture_study(2).study, id="another"))
    second = studies.save_study(store, renamed)
    assert second == studies.Saved(first.study_id, duplicate=True)
    assert worklist(store)[1] == 1


def test_two_that_save_the_same_study_at_once_make_one(
    store: Store, picture_study: Pictures
) -> None:
    with ThreadPoolExecutor(4) as pool:
        saved = list(pool.map(lambda _: studies.save_study(store, picture_study(4)), range(4)))
    assert len({one.study_id for one in saved}) == 1
    assert [one.duplicate for one in saved].count(False) == 1
    assert worklist(store)[1] == 1


def test_a_study_saved_again_by_the_same_job_is_no_duplicate(
    store: Store, picture_study: Pictures
) -> None:
    for _ in range(2):  # the worker died before it could note that the first time had worked
        assert not studies.save_study(store, picture_study(2), job_id="job").duplicate


def test_other_images_under_the_same_id_are_another_study(
    store: Store, picture_study: Pictures
) -> None:
    first = studies.save_study(store, picture_study(2, seed=1))
    later = picture_study(3, seed=2)
    second = studies.save_study(
        store, replace(later, study=replace(later.study, id=first.study_id))
    )
    assert second.study_id != first.study_id
    assert len(studies.load_study(store, first.study_id).slices["5e71e5"]) == 2


def test_a_full_disk_leaves_no_part_of_a_study(
    store: Store, picture_study: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, written = os.fsync, iter(range(100))

    def full_after_two(descriptor: int) -> None:
        if next(written) >= 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full_after_two)
        with pytest.raises(StorageError, match="disk is full"):
            studies.save_study(store, picture_study(5))
    assert worklist(store)[1] == 0
    assert list(store.blobs.iterdir()) == []
    assert not studies.save_study(store, picture_study(5)).duplicate


def test_a_deleted_study_leaves_nothing_on_disk(store: Store, picture_study: Pictures) -> None:
    saved = studies.save_study(store, picture_study(2))
    studies.delete_study(store, saved.study_id)
    assert list(store.blobs.iterdir()) == []
    with pytest.raises(NotFoundError):
        studies.read_study(store, saved.study_id)
    assert not studies.save_study(store, picture_study(2)).duplicate


def test_images_without_a_study_are_swept(store: Store, picture_study: Pictures) -> None:
    saved = studies.save_study(store, picture_study(1))
    (store.blobs / "deleted-meanwhile").mkdir()
    with store.transaction() as session:
        jobs.add_job(session, "analyze", study_id="deleted-meanwhile")
    assert studies.forget_orphans(store) == 1
    assert [folder.name for folder in store.blobs.iterdir()] == [saved.study_id]


def test_images_of_another_database_over_the_same_folder_are_kept(
    store: Store, picture_study: Pictures
) -> None:
    studies.save_study(store, picture_study(1))
    (store.blobs / "of-another-database").mkdir()
    assert studies.forget_orphans(store) == 0
    assert (store.blobs / "of-another-database").is_dir()


@pytest.mark.parametrize(
    ("pixels", "window"),
    [
        (np.full((9, 9), 7.0), (0.0, 7.0)),
        (np.linspace(-100, 100, 2001), (-100.0, 99.5)),
        (np.array([np.nan, np.inf, 4.0]), (0.0, 4.0)),
        (np.zeros((4, 4)), (0.0, 1.0)),
    ],
    ids=["flat", "signed", "not finite", "black"],
)
def test_the_window_spans_what_is_to_be_seen(
    pixels: NDArray[np.float64], window: tuple[float, float]
) -> None:
    assert studies.window_of(pixels) == pytest.approx(window, abs=0.01)
