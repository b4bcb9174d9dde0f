"""Several analyses of one study, as they travel."""

from collections.abc import Sequence

from neuroscope.api.comparison_schema import (
    AnalysisRowOut,
    ComparedSeriesOut,
    ComparedSliceOut,
    ComparisonOut,
    SliceAnswerOut,
)
from neuroscope.api.schemas import ModelOut
from neuroscope.api.views import prediction_out
from neuroscope.records.prediction import Prediction
from neuroscope.store.analysis_rows import AnalysisSummary
from neuroscope.workflow.compare_versions import ComparedSeries


def analysis_row_out(found: AnalysisSummary) -> AnalysisRowOut:
    """Answer with an analysis in short."""
    return AnalysisRowOut(
        id=found.id,
        created=found.created,
        finished=found.finished,
        model=ModelOut.model_validate(found.model),
        model_id=found.model_id,
        is_stale=found.is_stale,
        is_trial=found.is_trial,
        headline=None if found.headline is None else prediction_out(found.headline),
    )


def comparison_out(
    first: AnalysisSummary, second: AnalysisSummary, compared: Sequence[ComparedSeries]
) -> ComparisonOut:
    """Answer with two analyses side by side."""
    return ComparisonOut(
        first=analysis_row_out(first),
        second=analysis_row_out(second),
        series=[_series(one) for one in compared],
        changed=sum(cut.changed for one in compared for cut in one.slices),
    )


def _series(one: ComparedSeries) -> ComparedSeriesOut:
    first, second = one.first.decision, one.second.decision
    return ComparedSeriesOut(
        series_id=one.first.series_id,
        axis=one.first.axis,
        plane=one.first.plane,
        first=None if first is None else prediction_out(first),
        second=None if second is None else prediction_out(second),
        slices=[
            ComparedSliceOut(
                index=cut.first.index,
                name=cut.first.name,
                first=_answer(cut.first.prediction),
                second=_answer(cut.second.prediction),
                changed=cut.changed,
                evidence_cosine=cut.evidence_cosine,
            )
            for cut in one.slices
        ],
        only_one=one.only_one,
    )


def _answer(said: Prediction) -> SliceAnswerOut:
    return SliceAnswerOut(
        label=said.label, p_class=dict(said.p_class), outlier_score=said.outlier_score
    )
