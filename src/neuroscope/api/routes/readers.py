"""Which slice to annotate next, and how the readers agree."""

from dataclasses import asdict, dataclass
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response

from neuroscope.api.bodies import computed_array
from neuroscope.api.deps import HIDDEN, Id, ReaderDep, StoreDep
from neuroscope.api.reading_schema import (
    ConsensusOut,
    DisputesOut,
    MarkKind,
    QueueOut,
    ReadersAgreementOut,
    SeriesAgreementOut,
)
from neuroscope.api.reading_views import (
    consensus_out,
    dispute_out,
    queue_out,
    readers_agreement_out,
    series_agreement_out,
)
from neuroscope.api.routes.studies import BINARY
from neuroscope.learn.reasons.candidates import QueueConfig
from neuroscope.workflow import next_slices, readings
from neuroscope.workflow.label_agreement import agree_on_labels

router = APIRouter(tags=["readers"])
SERIES = "/studies/{study_id}/series/{series_id}"
Kind = Annotated[MarkKind, Query(description="Which marks are compared.")]
SliceIndex = Annotated[
    int | None, Query(ge=0, le=10_000_000, description="Of a series of pictures, which one.")
]


@dataclass(frozen=True, slots=True)
class JointReading:
    """Whose readings are joined: those of a series, or of one of its pictures; who asks."""

    study_id: Id
    series_id: Id
    reader: ReaderDep
    kind: Kind = "tumor"
    slice_index: SliceIndex = None


AskedDep = Annotated[JointReading, Depends()]


@router.get("/queue")
def list_next_slices(
    store: StoreDep,
    reader: ReaderDep,
    number: Annotated[int, Query(ge=1, le=200, description="How many slices.")] = 20,
    per_patient: Annotated[
        int, Query(ge=1, le=200, description="Slices of one patient, at most.")
    ] = 2,
    seed: Annotated[
        int, Query(ge=0, le=2**31 - 1, description="The same seed, the same queue.")
    ] = 0,
) -> QueueOut:
    """List the slices to annotate next, each with its reason; every tenth is drawn at random."""
    config = QueueConfig(number=number, per_patient=per_patient, seed=seed)
    return queue_out(next_slices.next_slices(store, reader=reader, config=config), config)


@router.get("/readers/agreement")
def get_readers_agreement(
    store: StoreDep, reader: ReaderDep, kind: Kind = "tumor"
) -> ReadersAgreementOut:
    """Tell how readers agree over all series that two or more have read."""
    found = readings.store_agreement(store, kind=kind, reader=reader)
    return readers_agreement_out(found, agree_on_labels(store, reader=reader), kind)


@router.get("/readers/disagreements")
def list_disagreements(
    store: StoreDep,
    reader: ReaderDep,
    kind: Kind = "tumor",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> DisputesOut:
    """List what readers should discuss, lowest agreement first."""
    cases, hidden = readings.disputes(store, kind=kind, reader=reader)
    return DisputesOut(
        kind=kind, hidden=hidden, disputes=[dispute_out(case) for case in cases[:limit]]
    )


@router.get(SERIES + "/agreement", responses=HIDDEN)
def get_series_agreement(
    study_id: Id, series_id: Id, store: StoreDep, reader: ReaderDep, kind: Kind = "tumor"
) -> SeriesAgreementOut:
    """Tell how the readers of a series agree; 409 while you read it blind."""
    found = readings.series_agreement(store, study_id, series_id, kind=kind, reader=reader)
    return series_agreement_out(found, kind)


@router.get(SERIES + "/consensus", responses=HIDDEN)
def get_consensus(asked: AskedDep, store: StoreDep) -> ConsensusOut:
    """Join the readers of a series by STAPLE: how good each is, and how much they mark together."""
    joined, reading = readings.consensus(store, **asdict(asked))
    return consensus_out(joined, reading, asked.kind, asked.slice_index)


@router.get(SERIES + "/consensus/array", response_class=Response, responses={**BINARY, **HIDDEN})
def get_consensus_array(asked: AskedDep, request: Request, store: StoreDep) -> Response:
    """Send the probability that a voxel belongs to the consensus: uint8, 255 is 1.

    Of a volume i fastest; of a picture row after row. Shape and type stand in X-Shape and X-Dtype.
    """
    joined, _ = readings.consensus(store, **asdict(asked))
    return computed_array(request, np.asarray(np.rint(joined.p_inside * 255), np.uint8))


@router.get(SERIES + "/disagreement/array", response_class=Response, responses={**BINARY, **HIDDEN})
def get_disagreement_array(asked: AskedDep, request: Request, store: StoreDep) -> Response:
    """Send the share of the pairs of readers that disagree on a voxel: uint8, 255 is all.

    Laid out as the array of the consensus.
    """
    found = readings.disagreement(store, **asdict(asked))
    return computed_array(request, np.asarray(np.rint(found * 255), np.uint8))
