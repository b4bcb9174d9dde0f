import errno
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroscope.errors import ConflictError, NotFoundError, StorageError, TooLargeError
from neuroscope.records.imported import ImportedStudy
from neuroscope.settings import Limits, Settings
from neuroscope.store import jobs, studies, uploads
from neuroscope.store.database import Store, open_store
from neuroscope.store.tables import UploadRow, now

LIMITS = Limits()


def received(store: Store) -> str:
    """Receive an upload of one byte whole; return its id."""
    upload = uploads.create_upload(store, [("a", 1)], LIMITS)
    uploads.append(store, upload.id, 0, offset=0, chunk=b"a")
    return upload.id


def test_chunks_arrive_in_order_and_are_counted(store: Store) -> None:
    upload = uploads.create_upload(store, [("a.png", 6)], LIMITS)
    uploads.append(store, upload.id, 0, offset=0, chunk=b"abcd")
    assert uploads.append(store, upload.id, 0, offset=4, chunk=b"ef").received == 6
    assert uploads.read_upload(store, upload.id).is_received
    assert (store.uploads / upload.id / "0.part").read_bytes() == b"abcdef"


def test_an_upload_goes_on_after_a_restart(settings: Settings) -> None:
    before = open_store(settings)
    upload = uploads.create_upload(before, [("a.png", 6)], LIMITS)
    uploads.append(before, upload.id, 0, offset=0, chunk=b"abc")
    before.close()
    after = open_store(settings)
    received = uploads.read_upload(after, upload.id).files[0].received
    assert received == 3
    uploads.append(after, upload.id, 0, offset=received, chunk=b"def")
    assert (after.uploads / upload.id / "0.part").read_bytes() == b"abcdef"
    after.close()


def test_bytes_of_a_server_that_died_before_it_counted_them_are_dropped(store: Store) -> None:
    upload = uploads.create_upload(store, [("a.png", 4)], LIMITS)
    with (store.uploads / upload.id / "0.part").open("ab") as part:
        part.write(b"garbage")
    uploads.append(store, upload.id, 0, offset=0, chunk=b"good")
    assert (store.uploads / upload.id / "0.part").read_bytes() == b"good"


@pytest.mark.parametrize("offset", [0, 2, 4])
def test_a_wrong_offset_is_told_the_right_one(store: Store, offset: int) -> None:
    upload = uploads.create_upload(store, [("a.png", 9)], LIMITS)
    uploads.append(store, upload.id, 0, offset=0, chunk=b"abc")
    with pytest.raises(uploads.WrongOffsetError) as refused:
        uploads.append(store, upload.id, 0, offset=offset, chunk=b"x")
    assert refused.value.received == 3


def test_more_than_was_announced_is_refused(store: Store) -> None:
    upload = uploads.create_upload(store, [("a.png", 2)], LIMITS)
    with pytest.raises(TooLargeError, match="2 were announced"):
        uploads.append(store, upload.id, 0, offset=0, chunk=b"abc")


def test_a_full_disk_keeps_what_was_received(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = uploads.create_upload(store, [("a.png", 6)], LIMITS)
    uploads.append(store, upload.id, 0, offset=0, chunk=b"abc")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match="disk is full"):
            uploads.append(store, upload.id, 0, offset=3, chunk=b"def")
    assert uploads.append(store, upload.id, 0, offset=3, chunk=b"def").received == 6


@pytest.mark.parametrize(
    "files", [[("a", 5), ("b", 6)], [("a", 1), ("b", 1), ("c", 1)]], ids=["bytes", "files"]
)
def test_an_upload_beyond_the_limits_is_refused(store: Store, files: list[tuple[str, int]]) -> None:
    with pytest.raises(TooLargeError):
        uploads.create_upload(store, files, Limits(upload_bytes=10, files=2))


def test_an_upload_is_closed_only_when_all_is_here(store: Store) -> None:
    upload = uploads.create_upload(store, [("a", 1), ("b", 1)], LIMITS)
    uploads.append(store, upload.id, 0, offset=0, chunk=b"a")
    with pytest.raises(ConflictError, match="1 of 2"), store.transaction() as session:
        uploads.close_upload(session, upload.id, "job")
    uploads.append(store, upload.id, 1, offset=0, chunk=b"b")
    with store.transaction() as session:
        uploads.close_upload(session, upload.id, "job")
    assert uploads.read_upload(store, upload.id).state == "complete"


def test_files_are_laid_out_under_clean_names_inside_the_upload(store: Store) -> None:
    names = ["../../evil.png", "/etc/passwd", "a/b.png", "a/b.png", "a"]
    upload = uploads.create_upload(store, [(name, 1) for name in names], LIMITS)
    for index in range(len(names)):
        uploads.append(store, upload.id, index, offset=0, chunk=bytes([index]))
    stage = uploads.stage_upload(store, upload.id)
    laid_out = {
        str(path.relative_to(stage)): path.read_bytes()[0]
        for path in stage.rglob("*")
        if path.is_file()
    }
    assert sorted(laid_out.values()) == [0, 1, 2, 3, 4]
    assert laid_out["evil.png"] == 0
    assert laid_out["etc/passwd"] == 1
    assert not (store.home / "evil.png").exists()


def test_one_file_is_laid_out_as_a_file(store: Store) -> None:
    upload = uploads.create_upload(store, [("scan.nii.gz", 1)], LIMITS)
    uploads.append(store, upload.id, 0, offset=0, chunk=b"x")
    assert uploads.stage_upload(store, upload.id).name == "scan.nii.gz"
    assert uploads.stage_upload(store, upload.id).read_bytes() == b"x"


def test_a_deleted_upload_is_gone_from_disk(store: Store) -> None:
    upload = uploads.create_upload(store, [("a", 1)], LIMITS)
    uploads.delete_upload(store, upload.id)
    assert list(store.uploads.iterdir()) == []
    with pytest.raises(NotFoundError):
        uploads.read_upload(store, upload.id)


def test_an_upload_nobody_finished_is_forgotten_after_a_week(store: Store) -> None:
    old = uploads.create_upload(store, [("a", 1)], LIMITS)
    new = uploads.create_upload(store, [("a", 1)], LIMITS)
    with store.transaction() as session:
        session.get_one(UploadRow, old.id).created = now() - timedelta(days=8)
    assert uploads.forget_old_uploads(store) == 1
    assert [path.name for path in store.uploads.iterdir()] == [new.id]


def test_an_upload_whose_job_still_waits_is_kept_however_old(store: Store) -> None:
    waiting = received(store)
    with store.transaction() as session:
        job = jobs.add_job(session, "import", upload_id=waiting)
        uploads.close_upload(session, waiting, job.id)
        session.get_one(UploadRow, waiting).created = now() - timedelta(days=30)
    assert uploads.forget_old_uploads(store) == 0
    assert (store.uploads / waiting).is_dir()
    jobs.cancel_job(store, job.id)
    assert uploads.forget_old_uploads(store) == 1
    assert list(store.uploads.iterdir()) == []


@pytest.mark.parametrize("was_told", [True, False], ids=["told", "only stored"])
def test_the_files_of_a_stored_study_are_forgotten_at_once(
    store: Store, picture_study: Callable[..., ImportedStudy], was_told: bool
) -> None:
    upload_id = received(store)
    with store.transaction() as session:
        job = jobs.add_job(session, "import", upload_id=upload_id)
        uploads.close_upload(session, upload_id, job.id)
    saved = studies.save_study(store, picture_study(1), job_id=job.id)  # then the worker died
    if was_told:
        jobs.tell_study(store, job.id, study_id=saved.study_id)
    assert uploads.forget_old_uploads(store) == 1
    assert list(store.uploads.iterdir()) == []
    assert uploads.read_upload(store, upload_id).job_id == job.id  # asked again, the job answers
    assert uploads.forget_old_uploads(store) == 0


def test_a_folder_that_nobody_knows_is_deleted_once_untouched_for_a_week(store: Store) -> None:
    week_ago = time.time() - timedelta(days=8).total_seconds()
    for name in ("abandoned", "still-filled", "new"):
        (store.uploads / name).mkdir()
        (store.uploads / name / "0.part").write_bytes(b"a")
    for path in ("abandoned/0.part", "abandoned", "still-filled"):
        os.utime(store.uploads / path, (week_ago, week_ago))
    assert uploads.forget_old_uploads(store) == 1
    assert sorted(path.name for path in store.uploads.iterdir()) == ["new", "still-filled"]


@given(st.text(min_size=1, max_size=300))
def test_a_clean_name_stays_inside_its_folder(name: str) -> None:
    folder = Path("/store/stage")
    clean = uploads.clean_name(name)
    resolved = Path(os.path.normpath(folder / clean))
    assert resolved != folder
    assert resolved.is_relative_to(folder)
    assert all(0 < len(part) <= uploads.LONGEST_NAME for part in clean.split("/"))
    assert clean.isascii()
    assert uploads.clean_name(clean) == clean
