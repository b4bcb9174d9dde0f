"""Bring a study in: announce its files, send them in chunks, complete."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from neuroscope.api.deps import Id, Index, QueueDep, SettingsDep, StoreDep
from neuroscope.api.schemas import JobOut, ReceivedOut, UploadIn, UploadOut
from neuroscope.errors import BadInputError, ConflictError, TooLargeError
from neuroscope.store import uploads

router = APIRouter(prefix="/uploads", tags=["uploads"])
CHUNK_BYTES = 8 * 1024 * 1024
BODY = {
    "requestBody": {
        "required": True,
        "description": "Raw bytes of the file, at most 8 MiB.",
        "content": {
            "application/octet-stream": {
                "schema": {"type": "string", "format": "binary", "maxLength": CHUNK_BYTES}
            }
        },
    }
}


@router.post("", status_code=201)
def create_upload(body: UploadIn, store: StoreDep, settings: SettingsDep) -> UploadOut:
    """Announce the files of one study."""
    files = [(file.name, file.size) for file in body.files]
    return UploadOut.model_validate(uploads.create_upload(store, files, settings.limits))


@router.get("/{upload_id}")
def get_upload(upload_id: Id, store: StoreDep) -> UploadOut:
    """Tell how much of each file has arrived, to go on from there."""
    return UploadOut.model_validate(uploads.read_upload(store, upload_id))


@router.put("/{upload_id}/files/{index}", openapi_extra=BODY)
async def send_chunk(
    upload_id: Id,
    index: Index,
    request: Request,
    store: StoreDep,
    offset: Annotated[int, Query(ge=0, le=2**50, description="Where in the file they go.")] = 0,
) -> ReceivedOut:
    """Add bytes to a file. They are on the disk when this answers."""
    chunk = await _body(request)
    file = await run_in_threadpool(
        uploads.append, store, upload_id, index, offset=offset, chunk=chunk
    )
    return ReceivedOut.model_validate(file)


@router.post("/{upload_id}/complete", status_code=202)
def complete_upload(upload_id: Id, queue: QueueDep) -> JobOut:
    """Queue the import and analysis of the files and name the job to watch."""
    return JobOut.model_validate(queue.put_upload(upload_id))


@router.delete("/{upload_id}", status_code=204)
def delete_upload(upload_id: Id, store: StoreDep) -> None:
    """Forget an upload that is not complete, and its files."""
    if uploads.read_upload(store, upload_id).state == "complete":
        raise ConflictError(
            "The upload is complete and belongs to its job.", fix="Cancel the job instead."
        )
    uploads.delete_upload(store, upload_id)


async def _body(request: Request) -> bytes:
    """Read the body, but never more than a chunk may hold."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > CHUNK_BYTES:
            raise TooLargeError(
                f"The chunk is larger than {CHUNK_BYTES} bytes.", fix="Send smaller chunks."
            )
    if not body:
        raise BadInputError("The chunk is empty.", fix="Send at least one byte.")
    return bytes(body)
