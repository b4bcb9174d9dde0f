"""Slices of the grid, their verdicts and their table, as they travel."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from neuroscope.api.validation_schema import (
    CrossOut,
    FocusOut,
    MapVerdictOut,
    SlicesOut,
    ValidationSliceOut,
    VerdictsOut,
)
from neuroscope.records.focus import COLUMNS, READER_COLUMNS, REGIONS, FocusRow
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.store.map_verdicts import MapKey, MapVerdict
from neuroscope.store.validation import Found, ValidationSlice

TABLE_COLUMNS = (*COLUMNS, "reader", "verdict_version", "verdict_utc", "passport", "abstained")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


def slices_out(found: Found) -> SlicesOut:
    """Answer with the slices that match, and counts."""
    return SlicesOut(
        ids=list(found.ids),
        total=found.total,
        all_slices=found.all_slices,
        facets={facet: dict(counts) for facet, counts in found.facets.items()},
        matrix=[
            CrossOut(truth=truth, predicted=predicted, count=count)  # type: ignore[arg-type]
            for (truth, predicted), count in sorted(found.matrix.items())
        ],
    )


def slice_out(one: ValidationSlice) -> ValidationSliceOut:
    """Answer with one slice."""
    return ValidationSliceOut.model_validate(
        {
            name: getattr(one, name)
            for name in ValidationSliceOut.model_fields
            if name not in ("focus", "p_class")
        }
        | {"p_class": dict(one.p_class), "focus": _focus(one.focus)}
    )


def verdicts_out(versions: Sequence[MapVerdict], *, reader: str, sees_others: bool) -> VerdictsOut:
    """Answer with what readers said; what others said only after one's own."""
    mine = [one for one in versions if one.reader == reader]
    has_said = bool(mine) and mine[-1].verdict is not None
    others = {one.reader for one in versions} - {reader}
    shown = versions if has_said and sees_others else mine
    return VerdictsOut(
        yours=MapVerdictOut.model_validate(mine[-1]) if mine else None,
        versions=[MapVerdictOut.model_validate(one) for one in shown],
        others=len(others),
    )


def map_key(one: ValidationSlice) -> MapKey:
    """Name the map of a slice."""
    return MapKey(one.study_id, one.series_id, one.index, one.model_sha256)


def table(
    slices: Sequence[ValidationSlice], said: Mapping[MapKey, Sequence[MapVerdict]]
) -> Iterator[str]:
    """Write CSV, a line for every slice and reader; a slice nobody judged has one line."""
    yield _line(TABLE_COLUMNS)
    for one in slices:
        cells = _cells(one)
        for verdict in said.get(map_key(one), ()) or (None,):
            row = cells | _verdict_cells(verdict)
            yield _line([_plain(row.get(name, "")) for name in TABLE_COLUMNS])


def _cells(one: ValidationSlice) -> dict[str, str]:
    image_id = f"{one.study_id}/{one.series_id}/{one.index}"
    more = {
        "passport": "" if one.passport == "unknown" else one.passport,
        "abstained": "yes" if one.abstained else "no",
    }
    if one.focus is not None:
        return replace(one.focus, image_id=image_id).as_cells() | more
    true = one.truth if one.truth in TUMOR_CLASSES else ""
    return {
        "image_id": image_id,
        "patient_id": one.pseudonym,
        "model_id": one.model_sha256[:12],
        "true": true,
        "predicted": one.predicted,
        "p": f"{one.p_predicted:.4f}",
        "correct": "" if not true else ("yes" if true == one.predicted else "no"),
        **more,
    }


def _verdict_cells(said: MapVerdict | None) -> dict[str, str]:
    verdict, notes = READER_COLUMNS
    if said is None:
        return {verdict: "", notes: ""}
    return {
        verdict: said.verdict or "",
        notes: said.note,
        "reader": said.reader,
        "verdict_version": str(said.version),
        "verdict_utc": said.created.isoformat(timespec="seconds"),
    }


def _plain(cell: str) -> str:
    is_number = cell.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{cell}" if cell.startswith(FORMULA) and not is_number else cell


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _focus(focus: FocusRow | None) -> FocusOut | None:
    if focus is None:
        return None
    return FocusOut(
        tumor_from=focus.tumor_from,
        fractions=dict(zip(REGIONS, focus.fractions, strict=True)),
        enrichment=dict(zip(REGIONS, focus.enrichment, strict=True)),
        areas=dict(zip(REGIONS, focus.areas, strict=True)),
        peak=focus.peak,
        off_brain=focus.mass_removed,
        flags=list(focus.flags),
    )
