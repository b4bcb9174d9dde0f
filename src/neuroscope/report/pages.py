"""Arrange an analysis for print: which pictures, which rows, in which order."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neuroscope.preprocess.orient import slices_of
from neuroscope.records.analysis import SeriesFinding, SliceFinding
from neuroscope.records.heatmap import Heatmap
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import CLASS_NAMES, TUMOR_CLASSES, Prediction
from neuroscope.records.study import Series
from neuroscope.records.volume import Plane, Slice, Volume
from neuroscope.report.doubt import doubt_lines
from neuroscope.report.figures import (
    display_window,
    draw_pair,
    png_url,
)
from neuroscope.report.planes import (
    EDGE_LETTERS,
    PLANES,
    cut,
    pixel_size_mm,
    plane_axes,
    plane_cut_along,
)
from neuroscope.report.plots import evidence_along_svg, legend_svg
from neuroscope.report.wording import CLASS_PHRASES, passport_text, probability_text

EvidenceOf = Callable[[str, int | None], Heatmap]
"""Gives the evidence for the predicted class: of one slice of a series (by its index), or of the
whole volume (None)."""

SLICES_DRAWN = 6
VOLUMES_DRAWN = 4
STRIP_LENGTH = 6
ROWS_LISTED = 400


@dataclass(frozen=True, slots=True)
class Bar:
    """One class and its probability."""

    name: str
    text: str
    percent: float
    is_answer: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, its caption and the letters at its left, right, top and bottom edge.

    `marks` is SVG to lay over it.
    """

    url: str
    caption: str
    letters: tuple[str, str, str, str] | None = None
    marks: str = ""


@dataclass(frozen=True, slots=True)
class SliceBlock:
    """A slice beside itself with evidence."""

    title: str
    answer: str
    bars: tuple[Bar, ...]
    plain: str
    explained: str
    legend: str
    unit: str
    cautions: tuple[str, ...]
    tests: str = ""
    doubt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VolumeBlock:
    """Three planes through the strongest evidence, the deciding slices, evidence along the cuts."""

    title: str
    answer: str
    plain: tuple[Picture, ...]
    explained: tuple[Picture, ...]
    strip: tuple[Picture, ...]
    strip_note: str
    plot: str
    legend: str
    unit: str
    tests: str = ""


@dataclass(frozen=True, slots=True)
class SliceTable:
    """The answers for the slices of one series, and a note if rows were left out."""

    title: str
    rows: tuple[tuple[str, str, tuple[str, ...], str], ...]
    note: str


def bars_of(prediction: Prediction) -> tuple[Bar, ...]:
    """Arrange the probabilities in the fixed order of the classes."""
    return tuple(
        Bar(
            name=CLASS_NAMES[label],
            text=probability_text(prediction.p_class[label]),
            percent=round(100 * prediction.p_class[label], 1),
            is_answer=label == prediction.label,
        )
        for label in TUMOR_CLASSES
    )


def slices_to_draw(found: SeriesFinding, limit: int = SLICES_DRAWN) -> tuple[SliceFinding, ...]:
    """Choose which slices get pictures, in the order of the series.

    All of them if they fit; else the surest slice of every class that was found, then the least
    sure slices, where a reader should look again.
    """
    if len(found.slices) <= limit:
        return found.slices
    by_doubt = sorted(found.slices, key=lambda s: s.prediction.p_label)
    surest: dict[str, SliceFinding] = {}
    for finding in by_doubt:
        surest[finding.prediction.label] = finding
    chosen = {finding.index for finding in surest.values()}
    for finding in by_doubt:
        if len(chosen) >= limit:
            break
        chosen.add(finding.index)
    return tuple(s for s in found.slices if s.index in chosen)


def slice_blocks(
    found: SeriesFinding, slices: tuple[Slice, ...], evidence_of: EvidenceOf
) -> tuple[SliceBlock, ...]:
    """Draw the chosen slices of a series of plain slices."""
    return tuple(
        _slice_block(finding, slices[finding.index], evidence_of(found.series_id, finding.index))
        for finding in slices_to_draw(found)
    )


def _slice_block(finding: SliceFinding, image: Slice, heatmap: Heatmap) -> SliceBlock:
    heatmap.require_grid_of(image.pixels.shape)
    pair = draw_pair(
        image.pixels,
        heatmap.values,
        window=display_window(image.pixels),
        scale=heatmap.scale,
        threshold=heatmap.threshold,
        is_trusted=heatmap.is_trusted,
    )
    return SliceBlock(
        title=finding.name,
        answer=CLASS_PHRASES[finding.prediction.label],
        bars=bars_of(finding.prediction),
        plain=png_url(pair.plain),
        explained=png_url(pair.explained),
        legend=legend_svg(heatmap.scale, heatmap.threshold),
        unit=heatmap.unit,
        cautions=(*image.cautions, *finding.prediction.cautions),
        tests=passport_text(heatmap),
        doubt=doubt_lines(finding.prediction.doubt),
    )


def volume_block(
    found: SeriesFinding, series: Series, volume: Volume, heatmap: Heatmap
) -> VolumeBlock:
    """Draw a volume with its evidence for the decided class."""
    heatmap.require_grid_of(volume.shape)
    decision = found.decision or found.slices[0].prediction
    volume = with_dark_air(volume)
    window = display_window(volume.voxels)
    peak = np.unravel_index(int(np.argmax(heatmap.values)), volume.shape)
    plain, explained = [], []
    for plane in PLANES:
        index = int(peak[plane_axes(volume.affine, plane).cut])
        before, after = _plane_pictures(volume, heatmap, plane, index, window)
        plain.append(before)
        explained.append(after)
    return VolumeBlock(
        title=series.title,
        answer=CLASS_PHRASES[decision.label],
        plain=tuple(plain),
        explained=tuple(explained),
        strip=_strip(found, volume, heatmap, window),
        strip_note=_strip_note(found),
        plot=_plot(found, decision.label, volume),
        legend=legend_svg(heatmap.scale, heatmap.threshold),
        unit=heatmap.unit,
        tests=passport_text(heatmap),
    )


def with_dark_air(volume: Volume) -> Volume:
    """Show the background of a z-scored volume as black, as the network was shown it."""
    floor = slices_of(volume).floor
    if floor is None:
        return volume
    fill, lowest = floor
    return Volume(np.where(volume.voxels == fill, lowest, volume.voxels), volume.affine)


def _plane_pictures(
    volume: Volume,
    heatmap: Heatmap,
    plane: Plane,
    index: int,
    window: tuple[float, float],
    *,
    long_side: int = 420,
) -> tuple[Picture, Picture]:
    pair = draw_pair(
        cut(volume.voxels, volume.affine, plane, index),
        cut(heatmap.values, volume.affine, plane, index),
        window=window,
        scale=heatmap.scale,
        threshold=heatmap.threshold,
        pixel_size=pixel_size_mm(volume.affine, plane),
        long_side=long_side,
        is_trusted=heatmap.is_trusted,
    )
    caption = f"{plane.capitalize()}, slice {index + 1}"
    letters = EDGE_LETTERS[plane]
    return (
        Picture(png_url(pair.plain), caption, letters),
        Picture(png_url(pair.explained), caption, letters),
    )


def _strip(
    found: SeriesFinding, volume: Volume, heatmap: Heatmap, window: tuple[float, float]
) -> tuple[Picture, ...]:
    if found.axis is None:
        return ()
    plane = plane_cut_along(volume.affine, found.axis)
    shown = sorted(found.decided_by[:STRIP_LENGTH])
    return tuple(
        Picture(
            _plane_pictures(volume, heatmap, plane, index, window, long_side=220)[1].url,
            f"slice {index + 1}",
        )
        for index in shown
    )


def _strip_note(found: SeriesFinding) -> str:
    shown, all_of_them = min(len(found.decided_by), STRIP_LENGTH), len(found.decided_by)
    if shown == all_of_them:
        return "All slices that made the decision."
    return f"The {shown} strongest of the {all_of_them} slices that made the decision."


def _plot(found: SeriesFinding, label: str, volume: Volume) -> str:
    if not found.slices or found.axis is None:
        return ""
    evidence = []
    for finding in found.slices:
        logits = np.asarray(finding.evidence.logits, dtype=np.float64)
        evidence.append(float(logits[finding.evidence.classes.index(label)] - logits.mean()))
    indices = [finding.index for finding in found.slices]
    last = volume.shape[found.axis] - 1
    return evidence_along_svg(indices, evidence, found.decided_by, last=last)


def slice_table(found: SeriesFinding, title: str) -> SliceTable:
    """List the answer for every slice, up to `ROWS_LISTED` rows."""
    rows = tuple(
        (
            finding.name,
            CLASS_NAMES[finding.prediction.label],
            tuple(probability_text(finding.prediction.p_class[c]) for c in TUMOR_CLASSES),
            " ".join(finding.prediction.cautions),
        )
        for finding in found.slices[:ROWS_LISTED]
    )
    left_out = len(found.slices) - len(rows)
    note = f"{left_out} more rows stand in the attached result.json." if left_out > 0 else ""
    return SliceTable(title=title, rows=rows, note=note)


def image_rows(imported: ImportedStudy) -> tuple[tuple[str, str, str], ...]:
    """Describe every series as its files do: name, size, spacing."""
    return tuple(_image_row(series, imported) for series in imported.study.series)


def _image_row(series: Series, imported: ImportedStudy) -> tuple[str, str, str]:
    volume = imported.volumes.get(series.id)
    if volume is not None:
        size = " × ".join(str(n) for n in volume.shape) + " voxels"
        spacing = " × ".join(f"{mm:.2f}" for mm in volume.spacing_mm) + " mm"
        return series.title, size, spacing
    slices = imported.slices[series.id]
    shapes = {image.pixels.shape for image in slices}
    rows, columns = slices[0].pixels.shape
    each = f"{rows} × {columns} pixels" if len(shapes) == 1 else "of different sizes"
    count = f"{len(slices)} slice" + ("s" if len(slices) != 1 else "")
    return series.title, f"{count}, {each}", "spacing unknown"
