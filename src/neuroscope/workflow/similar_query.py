"""What a search starts from: a slice, or a region that someone drew, as one vector."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.learn.reasons.raster import in_plane
from neuroscope.preprocess.drawn import covered
from neuroscope.preprocess.orient import SliceSource, slices_of
from neuroscope.preprocess.slice_grid import slice_grid
from neuroscope.preprocess.slice_input import PreparedSlice, prepare_slice
from neuroscope.records.annotation import Annotation
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.similar import CaseFacts, Embedded, Entry
from neuroscope.records.slicegrid import SliceGrid, on_slice
from neuroscope.records.study import Series
from neuroscope.records.volume import Volume
from neuroscope.retrieve.embed import Embedder, SeenSlice, region_of, see

Box = tuple[int, int, int, int]
View = Callable[[Entry], SeenSlice]
HALF = 0.5  # of a pixel inside a drawing: it counts
NOT_THERE = "The series has no such slice."


def slice_query(
    imported: ImportedStudy,
    series_id: str,
    index: int,
    embedder: Embedder,
    *,
    patient: str,
    facts: CaseFacts,
) -> tuple[Embedded, View]:
    """Embed one slice.

    Raises
    ------
    NotFoundError
        If there is no such slice.
    """
    series, source = _source(imported, series_id)
    if index >= source.number:
        raise NotFoundError(NOT_THERE, fix="Look at the slices of the series.")
    seen = see([prepare_slice(source.get(index), size=embedder.spec.size)], embedder)[0]
    return _one(imported, series, source, index, seen, embedder, patient=patient, facts=facts)


def box_query(
    imported: ImportedStudy, box: Box, embedder: Embedder, *, patient: str, facts: CaseFacts
) -> tuple[Embedded, View]:
    """Embed what lies in a box on a picture.

    Raises
    ------
    BadInputError
        If the study is not one single picture, or the box does not lie on its head.
    """
    series = imported.study.series[0]
    held = imported.slices.get(series.id, ())
    if len(imported.study.series) != 1 or len(held) != 1:
        raise BadInputError(
            "A region was drawn, but the study is not one single picture.",
            fix="Give the picture it was drawn on.",
        )
    source = slices_of(held)
    prepared = prepare_slice(source.get(0), size=embedder.spec.size)
    region = _on_prepared(box, held[0].pixels.shape, prepared)
    seen = region_of(prepared, see([prepared], embedder)[0], embedder, region)
    return _one(
        imported, series, source, 0, seen, embedder, patient=patient, facts=facts, kind="region"
    )


def drawn_query(
    imported: ImportedStudy,
    drawn: Annotation,
    embedder: Embedder,
    *,
    patient: str,
    facts: CaseFacts,
) -> tuple[Embedded, View]:
    """Embed what a reader drew; of a drawing on several slices, where it covers most.

    Raises
    ------
    BadInputError
        If it lies on no slice, or beside the head.
    NotFoundError
        If the study has no such series.
    """
    series, source = _source(imported, drawn.series_id)
    volume = source.image if isinstance(source.image, Volume) else None
    laid = in_plane(drawn, slice_grid(source, 0), volume)
    areas = [_area(laid, slice_grid(source, index)) for index in range(source.number)]
    best = int(np.argmax(areas)) if areas else 0
    prepared = prepare_slice(source.get(best), size=embedder.spec.size)
    grid = slice_grid(source, best).within(prepared.to_pixels, (embedder.spec.size,) * 2)
    region = covered(laid, grid) >= HALF if areas[best] > 0 else np.zeros(grid.shape, bool)
    if not region.any():
        raise BadInputError(
            "The drawing covers nothing of what the network sees.", fix="Draw it on the head."
        )
    seen = region_of(prepared, see([prepared], embedder)[0], embedder, region)
    return _one(
        imported, series, source, best, seen, embedder, patient=patient, facts=facts, kind="region"
    )


def _area(drawn: Annotation, grid: SliceGrid) -> float:
    return float(covered(drawn, grid).sum()) if on_slice(drawn, grid) else 0.0


def _source(imported: ImportedStudy, series_id: str) -> tuple[Series, SliceSource]:
    held = imported.volumes.get(series_id) or imported.slices.get(series_id)
    series = next((one for one in imported.study.series if one.id == series_id), None)
    if held is None or series is None:
        raise NotFoundError("The study has no such series.", fix="Open the study again.")
    return series, slices_of(held)


def _one(
    imported: ImportedStudy,
    series: Series,
    source: SliceSource,
    index: int,
    seen: SeenSlice,
    embedder: Embedder,
    *,
    patient: str,
    facts: CaseFacts,
    kind: str = "slice",
) -> tuple[Embedded, View]:
    study = imported.study.id
    known = replace(
        facts,
        label=facts.label or seen.label,
        label_source=facts.label_source or "model",
        sequence=facts.sequence or series.role,
        plane=facts.plane or _plane(source, index),
        lesion_share=seen.facts.lesion_share,
        lesion_row=seen.facts.lesion_row,
        lesion_column=seen.facts.lesion_column,
        lesion_brightness=seen.facts.lesion_brightness,
    )
    entry = Entry(
        f"{study}/{series.id}/{index}/{kind}",
        "lesion" if kind == "region" else "slice",
        study,
        patient,
        patient,
        series.id,
        index,
        source.names[index],
        known,
    )
    return Embedded(embedder.space, (entry,), seen.vector[None]), lambda _: seen


def _plane(source: SliceSource, index: int) -> str | None:
    image = source.image
    return source.plane if isinstance(image, Volume) else image[index].plane


def _on_prepared(region: Box, shape: tuple[int, ...], prepared: PreparedSlice) -> NDArray[np.bool_]:
    """Carry a box on the picture onto the pixels of the prepared slice."""
    top, left, bottom, right = region
    rows, columns = shape
    if not (0 <= top < bottom <= rows and 0 <= left < right <= columns):
        raise BadInputError(
            f"The region {region} does not lie on the picture of {rows} x {columns} pixels.",
            fix="Write top,left,bottom,right in pixels, such as 40,60,90,110.",
        )
    size = prepared.image.shape[0]
    step, down, across = (
        float(prepared.to_pixels[0, 0]),
        float(prepared.to_pixels[0, 2]),
        float(prepared.to_pixels[1, 2]),
    )
    line = np.arange(size) * step
    inside_rows = (line + down >= top - 0.5) & (line + down < bottom - 0.5)
    inside_columns = (line + across >= left - 0.5) & (line + across < right - 0.5)
    return np.asarray(inside_rows[:, None] & inside_columns[None])
