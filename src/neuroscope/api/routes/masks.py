"""A segmentation that a reader gives for a study, in the place of the network's."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from neuroscope.api.deps import Id, QueueDep, ReaderDep, SettingsDep, StoreDep
from neuroscope.api.schemas import JobOut
from neuroscope.api.sent_file import FILE, SentFile
from neuroscope.workflow.given_masks import keep_mask

router = APIRouter(prefix="/studies/{study_id}/mask", tags=["analyses"])
SchemeQuery = Annotated[
    Literal["2023", "2018", "post", "2013", "msd", "ped"] | None,
    Query(
        alias="labels",
        description="What the numbers mean: the year of BraTS, `post` (BraTS 2024 after "
        "treatment), `ped` (BraTS-PED) or `msd`. Without it that is found.",
    ),
]


@router.put("", status_code=202, openapi_extra=FILE)
def give_mask(
    study_id: Id,
    store: StoreDep,
    queue: QueueDep,
    reader: ReaderDep,
    settings: SettingsDep,
    sent: SentFile,
    labels: SchemeQuery = None,
) -> JobOut:
    """Take a segmentation (NIfTI) for a study, and queue its analysis with it.

    It is laid on the reference, measured, drawn and explained as one of the network would be, and
    holds for later analyses until it is taken back. If it turns out to lie outside the brain or to
    be mirrored, what held before is measured, and the first caution says why.
    """
    mask = keep_mask(store, study_id, sent, limits=settings.limits, scheme=labels or "")
    return JobOut.model_validate(queue.put_analysis(study_id, mask=mask, actor=reader))


@router.delete("", status_code=202)
def take_mask_back(study_id: Id, queue: QueueDep, reader: ReaderDep) -> JobOut:
    """Let the network segment a study again, and queue its analysis."""
    return JobOut.model_validate(queue.put_analysis(study_id, mask="none", actor=reader))
