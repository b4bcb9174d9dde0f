"""Files on their way in: received in chunks, safe across a restart of the server.

On disk a file is named by its number only. What its owner called it stands in the database,
cleaned of everything that could lead out of a folder.
"""

import fcntl
import os
import re
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from neuroscope.errors import ConflictError, NotFoundError, TooLargeError
from neuroscope.settings import Limits
from neuroscope.store.blobs import as_storage_error, sync_folder
from neuroscope.store.database import Store
from neuroscope.store.jobs import ACTIVE
from neuroscope.store.tables import JobRow, StudyRow, UploadFileRow, UploadRow, now

FORGOTTEN_AFTER = timedelta(days=7)
LONGEST_NAME = 120
DEEPEST_FOLDER = 32


class WrongOffsetError(ConflictError):
    """A chunk does not start where the file ends; `received` says where it does."""

    def __init__(self, received: int) -> None:
        super().__init__(
            f"The server holds {received} bytes of this file.",
            fix=f"Send the next chunk with offset={received}.",
        )
        self.received = received


@dataclass(frozen=True, slots=True)
class UploadFile:
    """One file and how many of its bytes are safe on disk."""

    index: int
    name: str
    size: int
    received: int


@dataclass(frozen=True, slots=True)
class Upload:
    """The files of one study on their way in; `complete` once its job is queued."""

    id: str
    created: datetime
    state: Literal["open", "complete"]
    job_id: str | None
    files: tuple[UploadFile, ...]

    @property
    def is_received(self) -> bool:
        """Whether every byte of every file is here."""
        return all(file.received == file.size for file in self.files)


def clean_name(name: str) -> str:
    r"""Return a relative name that is safe as a name anywhere: no roots, no `..`, no odd letters.

    Examples
    --------
    >>> clean_name("../../etc/pass wd")
    'etc/pass_wd'
    >>> clean_name("C:\\scans\\t1c.nii.gz")
    'C_/scans/t1c.nii.gz'
    """
    parts = [
        re.sub(r"[^\w.+-]", "_", part, flags=re.ASCII).lstrip(".")
        for part in PurePosixPath(name.replace("\\", "/")).parts
        if part not in ("/", "..", ".")
    ]
    kept = [_shorten(part) for part in parts if part][-DEEPEST_FOLDER:]
    return "/".join(kept) or "file"


def create_upload(store: Store, files: list[tuple[str, int]], limits: Limits) -> Upload:
    """Announce the files (name, size in bytes) of one study.

    Raises
    ------
    TooLargeError
        If they are more, or larger together, than the limits allow.
    """
    total = sum(size for _, size in files)
    if len(files) > limits.files or total > limits.upload_bytes:
        raise TooLargeError(
            f"The upload has {len(files)} files of {total} bytes together; "
            f"{limits.files} files and {limits.upload_bytes} bytes are allowed.",
            fix="Upload one study at a time, or run `neuroscope analyze` on the folder.",
        )
    upload_id = secrets.token_hex(8)
    names = _unique([clean_name(name) for name, _ in files])
    with as_storage_error("The upload cannot be stored."):
        folder = store.uploads / upload_id
        folder.mkdir(mode=0o700)
        for index in range(len(files)):
            (folder / f"{index}.part").touch(mode=0o600)
        sync_folder(folder)
    with store.transaction() as session:
        session.add(UploadRow(id=upload_id))
        session.flush()
        for index, ((_, size), name) in enumerate(zip(files, names, strict=True)):
            session.add(
                UploadFileRow(upload_id=upload_id, index=index, name=name, size=size, received=0)
            )
    return read_upload(store, upload_id)


def read_upload(store: Store, upload_id: str) -> Upload:
    """Tell what has arrived."""
    with store.reading() as session:
        return _upload(session, upload_id)


def append(store: Store, upload_id: str, index: int, *, offset: int, chunk: bytes) -> UploadFile:
    """Add bytes at the end of a file; they are on the disk before this returns.

    Raises
    ------
    WrongOffsetError
        If `offset` is not where the file ends.
    TooLargeError
        If the file would grow beyond its announced size.
    StorageError
        If the disk is full; what was received before stays.
    """
    path = store.uploads / upload_id / f"{index}.part"
    with store.reading() as session:
        file = _open_file(session, upload_id, index)
    if offset + len(chunk) > file.size and offset <= file.received:
        raise TooLargeError(
            f"The chunk ends at byte {offset + len(chunk)}; {file.size} were announced.",
            fix="Start a new upload with the true size.",
        )
    with as_storage_error("The chunk could not be written."), path.open("r+b") as part:
        # One chunk at a time; the kernel lets go of the lock even if this process is killed.
        fcntl.flock(part, fcntl.LOCK_EX)
        with store.reading() as session:
            file = _open_file(session, upload_id, index)
        if file.received != offset:
            raise WrongOffsetError(file.received)
        part.truncate(offset)  # drops what a server wrote that died before it could say so
        part.seek(offset)
        part.write(chunk)
        part.flush()
        os.fsync(part.fileno())
        with store.transaction() as session:
            session.execute(
                update(UploadFileRow)
                .where(UploadFileRow.upload_id == upload_id, UploadFileRow.index == index)
                .values(received=offset + len(chunk))
            )
    return UploadFile(index, file.name, file.size, offset + len(chunk))


def lock_upload(session: Session, upload_id: str) -> Upload:
    """Return an upload that nobody else can close until the transaction ends."""
    return _upload(session, upload_id, lock=True)


def close_upload(session: Session, upload_id: str, job_id: str) -> Upload:
    """Mark an upload as complete and name its job.

    Raises
    ------
    ConflictError
        If bytes are missing.
    """
    upload = _upload(session, upload_id, lock=True)
    missing = [file.index for file in upload.files if file.received != file.size]
    if missing:
        raise ConflictError(
            f"{len(missing)} of {len(upload.files)} files are not complete.",
            fix="Send the missing bytes; GET the upload to see where to go on.",
        )
    session.execute(update(UploadRow).where(UploadRow.id == upload_id).values(job_id=job_id))
    return upload


def stage_upload(store: Store, upload_id: str) -> Path:
    """Lay out the files of an upload under their cleaned names, for a reader of folders.

    Returns the single file if there is only one, else the folder. Names are links to the received
    files: nothing is copied. Safe to call again.
    """
    upload = read_upload(store, upload_id)
    folder = store.uploads / upload_id
    stage = folder / "files"
    with as_storage_error("The upload cannot be laid out."):
        if stage.exists():
            shutil.rmtree(stage)
        stage.mkdir(mode=0o700)
        for file in upload.files:
            name = stage / file.name
            name.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.link(folder / f"{file.index}.part", name)
    return stage / upload.files[0].name if len(upload.files) == 1 else stage


def delete_upload(store: Store, upload_id: str) -> None:
    """Forget an upload and its files.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    with store.reading() as session:
        _upload(session, upload_id)
    # The files go first: should this process die in between, the row still says whose they were.
    shutil.rmtree(store.uploads / upload_id, ignore_errors=True)
    with store.transaction() as session:
        session.execute(delete(UploadRow).where(UploadRow.id == upload_id))


def forget_files(store: Store, upload_id: str) -> None:
    """Delete the files of an upload and what they were called, once their study is stored."""
    shutil.rmtree(store.uploads / upload_id, ignore_errors=True)
    with store.transaction() as session:
        session.execute(delete(UploadFileRow).where(UploadFileRow.upload_id == upload_id))


def forget_old_uploads(store: Store) -> int:
    """Delete the files that serve nobody any more; count the uploads.

    These are the files of a study that is stored (of a worker that died before it deleted them);
    uploads older than a week, unless their job waits or runs; and folders that this database does
    not know, untouched for a week (until then they may be another database's).
    """
    with store.reading() as session:
        rows = session.execute(
            select(
                UploadRow.id,
                UploadRow.created,
                JobRow.state,
                func.coalesce(JobRow.study_id, StudyRow.id).label("study_id"),
            )
            .outerjoin(JobRow, JobRow.id == UploadRow.job_id)
            .outerjoin(StudyRow, StudyRow.brought_by == UploadRow.job_id)
        ).all()
    folders = {path.name: path for path in store.uploads.iterdir() if path.is_dir()}
    served = [row.id for row in rows if row.study_id is not None and row.id in folders]
    for upload_id in served:
        forget_files(store, upload_id)
    oldest = now() - FORGOTTEN_AFTER
    old = [row.id for row in rows if row.created < oldest and row.state not in ACTIVE]
    for upload_id in old:
        with suppress(NotFoundError):  # its owner was faster
            delete_upload(store, upload_id)
    unknown = folders.keys() - {row.id for row in rows}
    abandoned = [name for name in unknown if _last_touched(folders[name]) < oldest]
    for name in abandoned:
        shutil.rmtree(folders[name], ignore_errors=True)
    return len({*served, *old, *abandoned})


def _last_touched(folder: Path) -> datetime:
    """Return when a folder or anything in it last changed; now if it goes in this moment."""
    try:
        newest = max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except FileNotFoundError:
        return now()
    return datetime.fromtimestamp(newest, UTC)


def _upload(session: Session, upload_id: str, *, lock: bool = False) -> Upload:
    row = session.get(UploadRow, upload_id, with_for_update=True if lock else None)
    if row is None:
        raise _unknown()
    files = session.scalars(
        select(UploadFileRow)
        .where(UploadFileRow.upload_id == upload_id)
        .order_by(UploadFileRow.index)
    )
    return Upload(
        id=row.id,
        created=row.created,
        state="complete" if row.job_id else "open",
        job_id=row.job_id,
        files=tuple(UploadFile(f.index, f.name, f.size, f.received) for f in files),
    )


def _open_file(session: Session, upload_id: str, index: int) -> UploadFileRow:
    upload = session.get(UploadRow, upload_id)
    file = session.get(UploadFileRow, (upload_id, index))
    if upload is None or file is None:
        raise _unknown()
    if upload.job_id is not None:
        raise ConflictError("The upload is complete.", fix="Start a new one for more files.")
    return file


def _shorten(part: str) -> str:
    if len(part) <= LONGEST_NAME:
        return part
    keep = "".join(PurePosixPath(part).suffixes[-2:])[-16:]
    return part[: LONGEST_NAME - len(keep)] + keep


def _unique(names: list[str]) -> list[str]:
    """Tell names apart that have become equal; a name may also not be a folder of another."""
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    taken: set[str] = set()
    for index, name in enumerate(names):
        folder, _, last = name.rpartition("/")
        candidate = name
        while candidate in taken or candidate in folders:
            last = f"{index}_{last}"
            candidate = f"{folder}/{last}" if folder else last
        taken.add(candidate)
        names[index] = candidate
    return names


def _unknown() -> NotFoundError:
    return NotFoundError("There is no such upload or file.", fix="Start a new upload.")
