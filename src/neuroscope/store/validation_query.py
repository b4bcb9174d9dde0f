"""Every analyzed slice with its true answer, verdict and flags, as one question to the database."""

from sqlalchemy import (
    ColumnElement,
    FromClause,
    SQLColumnExpression,
    Subquery,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.store.models import EVIDENCE
from neuroscope.store.reader_labels import WHOLE
from neuroscope.store.reading_tables import AssignmentRow, ReaderLabelRow
from neuroscope.store.tables import AnalysisRow, SeriesFindingRow, StudyRow
from neuroscope.store.validation_tables import MapVerdictRow, SliceFocusRow

NO_TUMOR = "notumor"
UNKNOWN, DISPUTED, NONE = "unknown", "disputed", "none"
SMALLEST_TUMOR = 0.0  # of the picture


def analyzed_slices(reader: str) -> Subquery:
    """Select all slices of the newest finished analyses, as a reader may see them."""
    focus, analysis, study, series = SliceFocusRow, AnalysisRow, StudyRow, SeriesFindingRow
    newest, labels = _newest(), _labels(reader)
    own, whole, verdict = labels.alias("own"), labels.alias("whole"), _verdicts(reader)
    truth = _truth(own, whole)
    query = (
        select(
            focus.id,
            study.id.label("study_id"),
            study.pseudonym,
            study.created,
            analysis.model_sha256,
            focus.series_id,
            focus.index,
            focus.predicted,
            focus.p_predicted,
            focus.outlier,
            truth.label("truth"),
            _reason(truth).label("reason"),
            func.coalesce(focus.dominant, UNKNOWN).label("dominant"),
            func.coalesce(focus.passport, UNKNOWN).label("passport"),
            case((focus.abstained, "yes"), else_="no").label("abstained"),
            func.coalesce(verdict.c.verdict, NONE).label("verdict"),
        )
        .join(newest, and_(newest.c.id == focus.analysis_id, newest.c.place == 1))
        .join(analysis, analysis.id == focus.analysis_id)
        .join(study, study.id == analysis.study_id)
        .outerjoin(
            series,
            and_(series.analysis_id == focus.analysis_id, series.series_id == focus.series_id),
        )
        .outerjoin(own, _is_of(own, focus.index))
        .outerjoin(whole, _is_of(whole, literal(WHOLE)))
        .outerjoin(
            verdict,
            and_(
                verdict.c.study_id == study.id,
                verdict.c.series_id == focus.series_id,
                verdict.c.slice_index == focus.index,
                verdict.c.model_sha256 == analysis.model_sha256,
            ),
        )
    )
    return query.subquery("slices")


def _newest() -> Subquery:
    row = AnalysisRow
    place = func.row_number().over(partition_by=row.study_id, order_by=(row.created.desc(), row.id))
    return (
        select(row.id, place.label("place"))
        .where(row.finished.is_not(None), row.is_trial.is_(False), row.model_name == EVIDENCE)
        .subquery("newest")
    )


def _labels(reader: str) -> Subquery:
    """Group the answers that count; those of blind readings count when they are handed in."""
    row = ReaderLabelRow
    is_hidden = or_(_reads_blind(row.reader), _reads_blind(literal(reader)))
    return (
        select(
            row.study_id,
            row.series_id,
            row.slice_index,
            case((func.count(row.label.distinct()) > 1, DISPUTED), else_=func.min(row.label)).label(
                "label"
            ),
        )
        .where(row.label.is_not(None), or_(row.reader == reader, ~is_hidden))
        .group_by(row.study_id, row.series_id, row.slice_index)
        .subquery("labels")
    )


def _reads_blind(reader: SQLColumnExpression[str]) -> ColumnElement[bool]:
    given = aliased(AssignmentRow)
    return (
        select(given.reader)
        .where(
            given.study_id == ReaderLabelRow.study_id,
            given.series_id == ReaderLabelRow.series_id,
            given.reader == reader,
            given.blind.is_(True),
            given.submitted.is_(None),
        )
        .exists()
    )


def _is_of(labels: FromClause, place: SQLColumnExpression[int]) -> ColumnElement[bool]:
    return and_(
        labels.c.study_id == AnalysisRow.study_id,
        labels.c.series_id == SliceFocusRow.series_id,
        labels.c.slice_index == place,
    )


def _truth(own: FromClause, whole: FromClause) -> ColumnElement[str]:
    """Tell what a slice shows: its own answer, else that of its series.

    A volume with a tumor has slices without: its answer holds for those where an outline lies.
    """
    is_beside = and_(
        SeriesFindingRow.axis.is_not(None),
        whole.c.label != NO_TUMOR,
        func.coalesce(SliceFocusRow.tumor_share, 0.0) <= SMALLEST_TUMOR,
    )
    of_series = case((is_beside, null()), else_=whole.c.label)
    return func.coalesce(own.c.label, of_series, UNKNOWN)


def _reason(truth: ColumnElement[str]) -> ColumnElement[str]:
    """Cross right and wrong with where the evidence lies (Gao et al. 2022, arXiv:2202.02838)."""
    focus = SliceFocusRow
    cannot_tell = or_(
        truth.not_in(TUMOR_CLASSES), focus.predicted == NO_TUMOR, focus.looks_elsewhere.is_(None)
    )
    is_right = truth == focus.predicted
    return case(
        (cannot_tell, UNKNOWN),
        (and_(is_right, focus.looks_elsewhere.is_(False)), "right_there"),
        (is_right, "right_elsewhere"),
        (focus.looks_elsewhere.is_(False), "wrong_there"),
        else_="wrong_elsewhere",
    )


def _verdicts(reader: str) -> Subquery:
    row, later = MapVerdictRow, aliased(MapVerdictRow)
    is_superseded = (
        select(later.version)
        .where(
            later.study_id == row.study_id,
            later.series_id == row.series_id,
            later.slice_index == row.slice_index,
            later.model_sha256 == row.model_sha256,
            later.reader == row.reader,
            later.version > row.version,
        )
        .exists()
    )
    return select(row).where(row.reader == reader, ~is_superseded).subquery("verdicts")
