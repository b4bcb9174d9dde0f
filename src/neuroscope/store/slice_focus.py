"""Analyzed slices as the grid of the validation page shows them; every write may be repeated."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from sqlalchemy import select, update

from neuroscope.records.analysis import SliceFinding
from neuroscope.records.focus import FocusRow
from neuroscope.records.sliceview import SliceView
from neuroscope.store.blobs import sync_folder, write_array
from neuroscope.store.database import Store
from neuroscope.store.studies import study_folder
from neuroscope.store.tables import AnalysisRow
from neuroscope.store.validation_tables import SliceFocusRow

Outcome = Literal["passed", "failed", "not assessed"]
NUMBERS = ("fractions", "enrichment", "areas")
OFF_THE_BRAIN = "evidence off the brain"
OFF_BRAIN_FROM = 0.5  # share of the evidence beyond the brain that is said aloud


def focus_rows(
    analysis_id: str, series_id: str, findings: Sequence[SliceFinding]
) -> list[dict[str, Any]]:
    """Give the rows of some findings, before anybody looked closer."""
    return [
        {
            "analysis_id": analysis_id,
            "series_id": series_id,
            "index": finding.index,
            "predicted": finding.prediction.label,
            "p_predicted": finding.prediction.p_label,
            "outlier": finding.prediction.outlier_score,
            "abstained": bool(getattr(finding.prediction, "abstained", False)),
        }
        for finding in findings
    ]


def unseen(store: Store, analysis_id: str, series_id: str) -> frozenset[int]:
    """Return the indices of the slices that have no picture yet."""
    row = SliceFocusRow
    with store.reading() as session:
        return frozenset(
            session.scalars(
                select(row.index).where(
                    row.analysis_id == analysis_id,
                    row.series_id == series_id,
                    row.picture.is_(None),
                )
            )
        )


def save_views(store: Store, analysis_id: str, series_id: str, views: Sequence[SliceView]) -> None:
    """Store pictures of some analyzed slices, and where their evidence lies."""
    if not views:
        return
    with store.reading() as session:
        study_id = session.get_one(AnalysisRow, analysis_id).study_id
    folder = study_folder(store, study_id)
    picture = write_array(folder, np.stack([view.picture for view in views])).to_json()
    sync_folder(folder)
    _change(
        store,
        analysis_id,
        series_id,
        (
            (
                view.index,
                {"picture": picture, "picture_position": position, **_focus_values(view)},
            )
            for position, view in enumerate(views)
        ),
    )


def note_passports(
    store: Store, analysis_id: str, series_id: str, outcomes: Mapping[int, Outcome]
) -> None:
    """Note how the maps of some slices did in their tests."""
    changes = ((index, {"passport": outcome}) for index, outcome in outcomes.items())
    _change(store, analysis_id, series_id, changes)


def focus_of_row(
    row: SliceFocusRow, *, pseudonym: str, model_sha256: str, true: str | None
) -> FocusRow | None:
    """Give the row of the focus table; None where nobody looked closer (yet)."""
    if row.focus is None:
        return None
    stored, at = row.focus, row.focus["peak_at"]
    return FocusRow(
        image_id=f"{row.series_id}/{row.index}",
        patient_id=pseudonym,
        split="",
        model_id=model_sha256[:12],
        true=true,
        predicted=row.predicted,
        p=row.p_predicted,
        tumor_from=stored["tumor_from"],
        fractions=tuple(stored["fractions"]),
        enrichment=tuple(stored["enrichment"]),
        areas=tuple(stored["areas"]),
        dominant=row.dominant or "",
        peak=stored["peak"],
        peak_at=None if at is None else (at[0], at[1]),
        mass_removed=stored["mass_removed"],
    ).flagged(mask_problem=False, off_brain=OFF_BRAIN_FROM)


def looks_elsewhere(focus: FocusRow) -> bool | None:
    """Tell whether the evidence lies off the tumor; without an outline, whether off the brain."""
    if focus.reasonable is not None:
        return not focus.reasonable
    return True if OFF_THE_BRAIN in focus.flags else None


def _focus_values(view: SliceView) -> dict[str, Any]:
    focus = view.focus
    if focus is None:
        return {}
    tumor_share = {"not known": None, "none": 0.0}.get(focus.tumor_from, focus.areas[0])
    return {
        "focus": {
            **{name: list(getattr(focus, name)) for name in NUMBERS},
            "tumor_from": focus.tumor_from,
            "peak": focus.peak,
            "peak_at": None if focus.peak_at is None else list(focus.peak_at),
            "mass_removed": focus.mass_removed,
        },
        "dominant": focus.dominant,
        "looks_elsewhere": looks_elsewhere(focus),
        "tumor_share": tumor_share,
    }


def _change(
    store: Store,
    analysis_id: str,
    series_id: str,
    changes: Iterable[tuple[int, dict[str, Any]]],
) -> None:
    row = SliceFocusRow
    with store.transaction() as session:
        for index, values in changes:
            session.execute(
                update(row)
                .where(
                    row.analysis_id == analysis_id, row.series_id == series_id, row.index == index
                )
                .values(**values)
            )
