"""Arrange what was found in space for print: pictures, calipers, tables."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.preprocess.resample import resample
from neuroscope.records.geometry import Point
from neuroscope.records.measurement import Line
from neuroscope.records.volume import Volume
from neuroscope.report.figures import RGB, display_window, gray_picture, overlay, png_url
from neuroscope.report.pages import Picture, with_dark_air
from neuroscope.report.planes import EDGE_LETTERS, PLANES, plane_axes, plane_cut_along
from neuroscope.report.plots import legend_svg
from neuroscope.report.space import InSpace
from neuroscope.report.space_figures import (
    WHITE,
    Place,
    color_labels,
    color_of,
    edge_of,
    lines_svg,
    midline_svg,
    on_square,
    values_on_square,
)
from neuroscope.report.space_wording import (
    Table,
    evidence_text,
    is_trusted,
    largest_lesion,
    lesion_table,
    model_text,
    shift_text,
    size_table,
    value_table,
    vasari_table,
    volume_table,
)
from neuroscope.report.wording import number_text

STRONG = 1.0  # evidence at which its color is strongest
MEASURED_FIRST = ("ET", "TC", "WT")  # RANO measures the enhancing part; else what there is
TITLES = {"t2": "T2", "flair": "FLAIR"}


@dataclass(frozen=True, slots=True)
class SpaceBlock:
    """The pages on a study in space."""

    reference: str
    where: str
    plain: tuple[Picture, ...]
    regions: tuple[Picture, ...]
    swatches: tuple[tuple[str, str], ...]
    evidence: tuple[Picture, ...]
    evidence_text: str
    legend: str
    calipers: tuple[Picture, ...]
    mismatch: tuple[Picture, ...]
    mismatch_text: str
    tables: tuple[Table, ...]
    vasari: Table
    steps: tuple[str, ...]
    cautions: tuple[str, ...]
    model: str


def space_block(space: InSpace) -> SpaceBlock:
    """Draw a study in space, on the image that its segmentation lies on."""
    shown = with_dark_air(space.grid)
    window = display_window(shown.voxels)
    center = center_of_pictures(space)
    places = [_place(space.grid, index, center) for index in range(len(PLANES))]
    grays = [_gray(shown, place, window) for place in places]
    evidence = _evidence_pictures(space, places, grays)
    lesion = largest_lesion(space)
    makers = (volume_table, lesion_table, size_table, value_table)
    tables = tuple(maker(space) for maker in makers)
    return SpaceBlock(
        reference=space.reference_title,
        where=f"through lesion {lesion.id}" if lesion else "through the middle of the image",
        plain=tuple(_picture(gray, place) for gray, place in zip(grays, places, strict=True)),
        regions=tuple(
            _picture(_colored(space, gray, place), place)
            for gray, place in zip(grays, places, strict=True)
        ),
        swatches=_swatches(space),
        evidence=evidence,
        evidence_text=evidence_text(space) if evidence else "",
        legend=legend_svg(STRONG, space.content["evidence"]["threshold"]) if evidence else "",
        calipers=(
            *_crossed_picture(space, shown, window),
            *_midline_picture(space, shown, window),
        ),
        mismatch=_mismatch_pictures(space),
        mismatch_text=_mismatch_text(space),
        tables=tuple(table for table in tables if table.rows),
        vasari=vasari_table(space),
        steps=tuple(space.content["steps"]),
        cautions=tuple(space.content["cautions"]),
        model=model_text(space),
    )


def center_of_pictures(space: InSpace) -> Point:
    """Choose where the planes cross: the labeled voxel nearest to the middle of the largest lesion.

    The middle of the image if nothing is labeled.
    """
    labels = space.labels
    lesion = largest_lesion(space)
    if lesion is None:
        return _point(labels.to_mm(np.array(labels.shape) // 2))
    places = labels.to_mm(np.argwhere(np.asarray(labels.voxels) > 0))
    if not len(places):
        return lesion.center_mm
    gaps = np.linalg.norm(places - np.array(lesion.center_mm), axis=1)
    return _point(places[int(np.argmin(gaps))])


def _point(point: NDArray[np.float64]) -> Point:
    return float(point[0]), float(point[1]), float(point[2])


def _place(grid: Volume, number: int, center: Point) -> Place:
    plane = PLANES[number]
    axis = plane_axes(grid.affine, plane).cut
    index = int(
        np.clip(round(float(grid.to_voxel(np.array(center))[axis])), 0, grid.shape[axis] - 1)
    )
    return Place(grid, plane, index)


def _gray(volume: Volume, place: Place, window: tuple[float, float]) -> RGB:
    return on_square(gray_picture(place.cut(volume.voxels), window), place)


def _colored(space: InSpace, gray: RGB, place: Place) -> RGB:
    return color_labels(gray, place.cut(space.labels.voxels), place, space.codes)


def _picture(drawn: RGB, place: Place, *, words: str = "", marks: str = "") -> Picture:
    caption = f"{place.plane.capitalize()}, slice {place.index + 1}"
    caption += f": {words}" if words else ""
    return Picture(png_url(drawn), caption, EDGE_LETTERS[place.plane], marks)


def _swatches(space: InSpace) -> tuple[tuple[str, str], ...]:
    there = set(np.unique(space.labels.voxels).tolist())
    return tuple(
        (label["name"], "rgb({}, {}, {})".format(*color_of(label["code"])))
        for label in space.content["labels"]
        if label["value"] in there
    )


def _evidence_pictures(
    space: InSpace, places: list[Place], grays: list[RGB]
) -> tuple[Picture, ...]:
    if space.evidence is None:
        return ()
    found = space.content["evidence"]
    drawn = []
    for place, gray in zip(places, grays, strict=True):
        values = values_on_square(place.cut(space.evidence.voxels), place)
        picture = overlay(gray, values, scale=STRONG, is_trusted=is_trusted(space))
        whole = values_on_square(place.cut(space.labels.voxels) > 0, place) >= 0.5
        picture[edge_of(whole)] = color_of("ED")
        picture[edge_of(values >= found["threshold"])] = WHITE
        drawn.append(_picture(picture, place))
    return tuple(drawn)


def _crossed_picture(
    space: InSpace, shown: Volume, window: tuple[float, float]
) -> tuple[Picture, ...]:
    """Draw the crossed diameters of the enhancing tumor, or of what there is, on their slice."""
    crossed = space.measurements.crossed
    code = next((code for code in MEASURED_FIRST if code in crossed), None)
    if code is None:
        return ()
    pair = crossed[code]
    place = Place(space.grid, plane_cut_along(space.grid.affine, pair.axis), pair.index)
    marks = lines_svg(place, [(line, _length(line)) for line in (pair.longest, pair.across)])
    words = (
        f"crossed diameters of {code}, {_length(pair.longest)} × {_length(pair.across)}, "
        f"product {number_text(pair.product_mm2)} mm²"
    )
    return (_picture(_gray(shown, place, window), place, words=words, marks=marks),)


def _midline_picture(
    space: InSpace, shown: Volume, window: tuple[float, float]
) -> tuple[Picture, ...]:
    midline = space.measurements.midline
    if midline is None or midline.shift is None or midline.drawn is None:
        return ()
    place = _place(space.grid, PLANES.index("axial"), midline.drawn.end_mm)
    text = f"{number_text(abs(midline.shift.value))} mm"
    marks = midline_svg(place, midline, text)
    words = f"midline shift {shift_text(midline.shift)}"
    return (_picture(_gray(shown, place, window), place, words=words, marks=marks),)


def _length(line: Line) -> str:
    return f"{number_text(line.length_mm)} mm"


def _mismatch_pictures(space: InSpace) -> tuple[Picture, ...]:
    """Draw T2 and FLAIR on the slice that shows the mismatch best, with the tumor outlined."""
    mismatch = space.measurements.mismatch
    if mismatch is None or not set(TITLES) <= set(space.images):
        return ()
    grid = space.grid
    at = np.zeros(3)
    at[mismatch.axis] = mismatch.index
    affine = np.array(grid.affine)
    affine[:3, 3] = grid.to_mm(at)
    shape = tuple(1 if axis == mismatch.axis else n for axis, n in enumerate(grid.shape))
    thin = Volume(np.zeros(shape, np.uint8), affine)
    place = Place(grid, plane_cut_along(grid.affine, mismatch.axis), mismatch.index)
    whole = values_on_square(place.cut(space.labels.voxels) > 0, place) >= 0.5
    drawn = []
    for role, title in TITLES.items():
        image = with_dark_air(space.images[role])
        window = display_window(image.voxels)
        sampled = resample(image, thin, outside=float(window[0]))
        picture = _gray(sampled, Place(thin, place.plane, 0), window)
        picture[edge_of(whole)] = color_of("ED")
        drawn.append(_picture(picture, place, words=title))
    return tuple(drawn)


def _mismatch_text(space: InSpace) -> str:
    mismatch = space.measurements.mismatch
    if mismatch is None:
        return ""
    sign = "present" if mismatch.has_sign else "not present"
    said = [f"T2-FLAIR mismatch: sign {sign}, score {number_text(mismatch.score.value)} of 1."]
    return " ".join([*said, *mismatch.cautions])
