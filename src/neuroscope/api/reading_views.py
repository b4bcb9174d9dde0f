"""The queue and the agreement of readers, as they travel."""

import math

from neuroscope.api.reading_schema import (
    AgreementOut,
    ConsensusOut,
    DisputeOut,
    IntervalOut,
    LabelAgreementOut,
    LabelPairOut,
    MarkKind,
    NextSliceOut,
    PairAgreementOut,
    PairScoreOut,
    QueueOut,
    ReaderRatesOut,
    ReadersAgreementOut,
    SeriesAgreementOut,
)
from neuroscope.api.schemas import ModelOut
from neuroscope.learn.reasons.candidates import QueueConfig
from neuroscope.measure.readers import PairScore, ReaderAgreement, Reading
from neuroscope.measure.staple import Consensus
from neuroscope.statistics import FEW_UNITS, Interval
from neuroscope.workflow.label_agreement import LabelAgreement
from neuroscope.workflow.next_slices import NextSlice, NextSlices
from neuroscope.workflow.readings import (
    CaseScores,
    SeriesAgreement,
    StoreAgreement,
    farthest,
    mean_dice,
)


def queue_out(found: NextSlices, config: QueueConfig) -> QueueOut:
    """Answer with a queue."""
    return QueueOut(
        slices=[_next(one) for one in found.slices],
        model=None if found.model is None else ModelOut.model_validate(found.model),
        every_random=config.every_random,
        candidates=found.candidates,
        annotated=found.annotated,
        unlike=found.unlike,
        to_analyze_again=list(found.to_analyze_again),
    )


def series_agreement_out(found: SeriesAgreement, kind: MarkKind) -> SeriesAgreementOut:
    """Answer with the agreement on one series."""
    return SeriesAgreementOut(
        kind=kind,
        readers=list(found.readers),
        waiting=found.waiting,
        unit="pixel" if found.in_pixels else "mm",
        pairs=[_score(pair, case.slice_index) for case in found.cases for pair in case.pairs],
        kappa={
            "volume" if case.slice_index is None else str(case.slice_index): _number(case.kappa)
            for case in found.cases
        },
    )


def readers_agreement_out(
    found: StoreAgreement, labels: LabelAgreement | None, kind: MarkKind
) -> ReadersAgreementOut:
    """Answer with the agreement over all series."""
    return ReadersAgreementOut(
        kind=kind,
        series=found.series,
        hidden=found.hidden,
        all_readers=None if found.whole is None else _agreement(found.whole),
        kappa=None if found.kappa is None else _interval(found.kappa),
        pairs=[
            PairAgreementOut(readers=two, **_agreement(summary).model_dump())
            for two, summary in found.by_pair.items()
        ],
        weights=dict(found.weights),
        labels=None if labels is None else _labels(labels),
    )


def consensus_out(
    joined: Consensus, reading: Reading, kind: MarkKind, slice_index: int | None
) -> ConsensusOut:
    """Answer with a consensus, without its array."""
    marked = int(joined.mask.sum())
    is_volume = len(reading.spacing_mm) == 3
    return ConsensusOut(
        kind=kind,
        slice_index=slice_index,
        readers=[
            ReaderRatesOut(
                reader=reader,
                sensitivity=_number(joined.sensitivity[reader]),
                specificity=_number(joined.specificity[reader]),
            )
            for reader in reading.masks
        ],
        settled=joined.settled,
        marked=marked,
        volume_ml=marked * math.prod(reading.spacing_mm) / 1000 if is_volume else None,
    )


def dispute_out(case: CaseScores) -> DisputeOut:
    """Answer with a case for discussion."""
    return DisputeOut(
        study_id=case.study_id,
        pseudonym=case.pseudonym,
        series_id=case.series_id,
        slice_index=case.slice_index,
        dice=mean_dice(case),
        farthest=farthest(case),
    )


def _labels(found: LabelAgreement) -> LabelAgreementOut:
    return LabelAgreementOut(
        alpha=_interval(found.alpha),
        pairs=[
            LabelPairOut(readers=two, kappa=_interval(kappa), same=found.same[two])
            for two, kappa in found.kappa.items()
        ],
    )


def _next(one: NextSlice) -> NextSliceOut:
    found = one.slice
    return NextSliceOut(
        study_id=found.study_id,
        pseudonym=found.pseudonym,
        series_id=found.series_id,
        index=found.index,
        name=found.name,
        axis=one.series.axis,
        plane=one.series.plane,
        position_mm=one.position_mm,
        analysis_id=found.analysis_id,
        rule=one.rule,
        reason=one.reason,
        label=max(found.p_class, key=found.p_class.__getitem__),
        p_class=dict(found.p_class),
    )


def _score(pair: PairScore, slice_index: int | None) -> PairScoreOut:
    return PairScoreOut(
        slice_index=slice_index,
        readers=pair.readers,
        dice=pair.dice,
        iou=pair.iou,
        hd95_mm=_number(pair.hd95_mm),
        one_sided=pair.one_sided,
    )


def _agreement(summary: ReaderAgreement) -> AgreementOut:
    return AgreementOut(
        dice=_interval(summary.dice),
        iou=_interval(summary.iou),
        hd95_mm=None if summary.hd95_mm is None else _interval(summary.hd95_mm),
        one_sided=summary.one_sided,
    )


def _interval(found: Interval) -> IntervalOut:
    """Answer with an interval; of one patient there is none, however many slices."""
    is_one = found.units < 2
    return IntervalOut(
        value=_number(found.value),
        low=None if is_one else _number(found.low),
        high=None if is_one else _number(found.high),
        n=found.n,
        patients=found.units,
        few_patients=found.units < FEW_UNITS,
    )


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
