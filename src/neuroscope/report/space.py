"""What the report shows of a study in space: numbers as they were stored, and images to draw on."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from neuroscope.errors import GeometryMismatchError
from neuroscope.records.arrays import Array
from neuroscope.records.geometry import Point
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.measured import Feature, Lesion, Measurements, Midline, Mismatch
from neuroscope.records.measurement import CrossedDiameters, Line, Measurement
from neuroscope.records.study import Series
from neuroscope.records.volume import Volume
from neuroscope.records.volumetry import Volumetry
from neuroscope.report.volumetry import volumetry_json

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class InSpace:
    """A study in space, as the report shows it.

    Attributes
    ----------
    content
        What `volumetry_json` wrote.
    images
        By role: the voxels as they were given, laid into the frame of the reference.
    labels
        On the grid of the reference.
    evidence
        On the grid of the reference, 1 is strong evidence; None if it was not drawn.
    measurements
        The numbers of `content`.
    reference_title
        What the series of the reference is called.
    """

    content: Json
    images: Mapping[str, Volume]
    labels: Volume
    evidence: Volume | None
    measurements: Measurements
    reference_title: str

    @property
    def grid(self) -> Volume:
        """The image that labels and evidence lie on."""
        return self.images[self.content["reference"]["role"]]

    @property
    def codes(self) -> Mapping[int, str]:
        """The code of every label value, for example 3: `ET`."""
        return {label["value"]: label["code"] for label in self.content["labels"]}


def in_space(
    content: Json, imported: ImportedStudy, *, labels: Array, evidence: Array | None
) -> InSpace:
    """Put together what is shown, from what is stored of a study.

    Parameters
    ----------
    content
        What `volumetry_json` wrote.
    labels, evidence
        On the grid of the reference, shape `(i, j, k)`.

    Raises
    ------
    GeometryMismatchError
        If labels and images have different grids.
    """
    images = {
        moved["role"]: _moved(imported.volumes[moved["series_id"]], moved["to_reference"])
        for moved in content["sequences"]
    }
    reference = content["reference"]
    grid = images[reference["role"]]
    if not grid.shape == tuple(reference["shape"]) == labels.shape:
        raise GeometryMismatchError(
            f"The reference has shape {grid.shape}, the labels {labels.shape}.",
            fix="Analyze the study again.",
        )
    return InSpace(
        content=content,
        images=MappingProxyType(images),
        labels=Volume(labels, grid.affine),
        evidence=None if evidence is None else Volume(evidence, grid.affine),
        measurements=measurements_of(content),
        reference_title=_series(imported, reference["series_id"]).title,
    )


def space_of(volumetry: Volumetry, imported: ImportedStudy) -> InSpace:
    """Put together what is shown of a study that was just examined."""
    evidence = volumetry.evidence
    return in_space(
        volumetry_json(volumetry),
        imported,
        labels=np.asarray(volumetry.segmented.segmentation.labels),
        evidence=None if evidence is None else np.asarray(evidence.heatmap.values),
    )


def measurements_of(content: Json) -> Measurements:
    """Read back what `measurements_json` wrote."""
    values = tuple(_value(value) for value in content["values"])
    drawn = content["drawn"]
    return Measurements(
        source=values[0].source if values else "",
        values=values,
        lesions=tuple(_lesion(lesion) for lesion in content["lesions"]),
        longest={code: _line(line) for code, line in drawn["longest"].items()},
        crossed={code: _crossed(pair) for code, pair in drawn["crossed"].items()},
        midline=content["midline"] and _midline(content["midline"]),
        mismatch=content["mismatch"] and _mismatch(content["mismatch"]),
        vasari=tuple(Feature(**feature) for feature in content["vasari"]),
    )


def _moved(volume: Volume, to_reference: list[list[float]]) -> Volume:
    return Volume(volume.voxels, np.array(to_reference, np.float64) @ volume.affine)


def _series(imported: ImportedStudy, series_id: str) -> Series:
    return next(series for series in imported.study.series if series.id == series_id)


def _value(value: Json) -> Measurement:
    interval = value["interval"]
    return Measurement(**{**value, "interval": interval and (interval[0], interval[1])})


def _point(point: list[float]) -> Point:
    return point[0], point[1], point[2]


def _line(line: Json) -> Line:
    return Line(_point(line["start_mm"]), _point(line["end_mm"]))


def _crossed(pair: Json) -> CrossedDiameters:
    lines = _line(pair["longest"]), _line(pair["across"])
    return CrossedDiameters(*lines, pair["plane"], pair["axis"], pair["index"])


def _lesion(lesion: Json) -> Lesion:
    return Lesion(
        id=lesion["id"],
        focus=lesion["focus"],
        center_mm=_point(lesion["center_mm"]),
        side=lesion["side"],
        measurements=tuple(_value(value) for value in lesion["values"]),
        longest=lesion["longest"] and _line(lesion["longest"]),
        crossed=lesion["crossed"] and _crossed(lesion["crossed"]),
        place=lesion["place"],
        is_measurable=lesion["is_measurable"],
    )


def _midline(midline: Json) -> Midline:
    return Midline(
        point_mm=_point(midline["point_mm"]),
        normal=_point(midline["normal"]),
        shift=midline["shift"] and _value(midline["shift"]),
        drawn=midline["drawn"] and _line(midline["drawn"]),
    )


def _mismatch(mismatch: Json) -> Mismatch:
    return Mismatch(
        score=_value(mismatch["score"]),
        has_sign=mismatch["has_sign"],
        axis=mismatch["axis"],
        index=mismatch["index"],
        position_mm=_point(mismatch["position_mm"]),
        cautions=tuple(mismatch["cautions"]),
    )
