"""Write what was found in space as JSON and as a table (`docs/reference/volumetry-json.md`)."""

import csv
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from neuroscope.preprocess.foreground import head_center_mm
from neuroscope.records.measured import Lesion, Measurements
from neuroscope.records.measurement import CrossedDiameters, Line, Measurement
from neuroscope.records.passport import Passport
from neuroscope.records.prepared import Prepared
from neuroscope.records.segmented import Estimate, Segmented
from neuroscope.records.segmenterspec import REGIONS
from neuroscope.records.volumeevidence import VolumeEvidence
from neuroscope.records.volumetry import Volumetry
from neuroscope.report.result import passport_json

SCHEMA = "neuroscope/volumetry/1"
COLUMNS = ("lesion", "name", "value", "unit", "low", "high", "how", "source")

Json = dict[str, Any]


def volumetry_json(volumetry: Volumetry) -> Json:
    """Describe a volumetry by plain dicts, lists, strings and numbers; arrays are left out."""
    prepared, segmented = volumetry.prepared, volumetry.segmented
    measured, grid = volumetry.measurements, prepared.grid
    model = segmented.model
    return {
        "schema": SCHEMA,
        "reference": {
            "series_id": prepared.series[prepared.reference],
            "role": prepared.reference,
            "shape": list(grid.shape),
            "affine_ras_mm": grid.affine.tolist(),
            "spacing_mm": list(grid.spacing_mm),
        },
        "sequences": _sequences(prepared),
        "steps": list(prepared.steps),
        "cautions": list(volumetry.cautions),
        "model": model and {"name": model.name, "version": model.version, "sha256": model.sha256},
        "small_parts": {"kind": segmented.rule, "is_told": volumetry.is_kind_told}
        if segmented.rule
        else None,
        "labels": [
            {"value": value, "code": tissue.code, "name": tissue.name}
            for value, tissue in sorted(segmented.segmentation.tissues.items())
        ],
        "regions": [_region(name, segmented) for name in REGIONS],
        **measurements_json(measured),
        "evidence": evidence_json(volumetry.evidence),
        "surfaces": [mesh.name for mesh in volumetry.meshes],
    }


def volumetry_summary(described: Json, *, files: Mapping[str, str]) -> Json:
    """Give what `result.json` says of a volumetry: the files, and what a program asks first.

    Parameters
    ----------
    described
        What `volumetry_json` wrote.
    files
        What each file holds, and its name relative to the result; empty in the report.
    """
    kept = ("reference", "model", "regions", "cautions")
    return {"files": dict(files), **{name: described[name] for name in kept}}


def measurements_json(measured: Measurements) -> Json:
    """Describe every number, and where it was taken."""
    midline, mismatch = measured.midline, measured.mismatch
    return {
        "values": [_value(value) for value in measured.values],
        "lesions": [_lesion(lesion) for lesion in measured.lesions],
        "drawn": {
            "longest": {name: _line(line) for name, line in measured.longest.items()},
            "crossed": {name: _crossed(pair) for name, pair in measured.crossed.items()},
        },
        "midline": midline
        and {
            "point_mm": list(midline.point_mm),
            "normal": list(midline.normal),
            "shift": midline.shift and _value(midline.shift),
            "drawn": midline.drawn and _line(midline.drawn),
        },
        "mismatch": mismatch
        and {
            "score": _value(mismatch.score),
            "has_sign": mismatch.has_sign,
            "axis": mismatch.axis,
            "index": mismatch.index,
            "position_mm": list(mismatch.position_mm),
            "cautions": list(mismatch.cautions),
        },
        "vasari": [
            {"number": f.number, "name": f.name, "value": f.value, "how": f.how}
            for f in measured.vasari
        ],
    }


def evidence_json(evidence: VolumeEvidence | None) -> Json | None:
    """Describe the fused evidence, without its voxels."""
    if evidence is None:
        return None
    agreed = evidence.consistency
    return {
        "target": evidence.heatmap.target,
        "threshold": evidence.heatmap.threshold,
        "consistency": agreed and agreed.score,
        "p_value": agreed and agreed.p_value,
        "removed_share": evidence.removed_share,
        "dropped_ml": evidence.dropped_ml,
        "cautions": list(evidence.heatmap.cautions),
        "overlap": _overlap(evidence.heatmap.passport),
        "passport": passport_json(evidence.heatmap.passport),
    }


def _overlap(passport: Passport | None) -> Json | None:
    """Tell how the map lies on the segmented tumor; None if there was nothing to compare."""
    for test in passport.assessed if passport else ():
        if test.name == "localization":
            return {
                "region": "WT",
                "peak_on_tumor": bool(test.details["pointing"]),
                "share_on_tumor": test.details["mass"],
                "tumor_share": test.details["area"],
                "iou": test.details["iou"],
            }
    return None


def write_measurements(measured: Measurements, path: Path) -> None:
    """Write every number as a row of CSV, UTF-8: those of the study, then those of each lesion."""
    path.write_text(measurements_csv(measurements_json(measured)), encoding="utf-8", newline="")


def measurements_csv(described: Mapping[str, Any]) -> str:
    """Give the table of a volumetry that was described (`volumetry_json`, `measurements_json`)."""
    table = StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    for value in described["values"]:
        writer.writerow(_cells("", value))
    for lesion in described["lesions"]:
        for value in lesion["values"]:
            writer.writerow(_cells(lesion["id"], value))
    return table.getvalue()


def _sequences(prepared: Prepared) -> list[Json]:
    """Tell how far the middle of the head was moved, as the steps of the preparation do.

    The origin of the scanner lies anywhere: a turn about the head moves it by centimeters.
    """
    is_moved = not all(moved.is_identity for moved in prepared.to_reference.values())
    center_mm = head_center_mm(prepared.grid) if is_moved else np.zeros(3)
    return [
        {
            "role": role,
            "series_id": prepared.series[role],
            "moved_mm": moved.inverse().shift_mm(center_mm),
            "turned_deg": moved.rotation_deg,
            "to_reference": moved.matrix.tolist(),
        }
        for role, moved in prepared.to_reference.items()
    ]


def _cells(lesion: str, value: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = value["interval"] or ("", "")
    numbers = (value["value"], low, high)
    shown = [n if isinstance(n, str) else f"{n:.6g}" for n in numbers]
    named = (lesion, value["name"], shown[0], value["unit"], shown[1], shown[2])
    return (*named, value["how"], value["source"])


def _region(name: str, segmented: Segmented) -> Json:
    volume, dice = segmented.volume_ml.get(name), segmented.expected_dice.get(name)
    return {
        "code": name,
        "volume_ml": volume and volume.value,
        "interval_ml": _interval(volume),
        "expected_dice": dice and dice.value,
        "expected_dice_interval": _interval(dice),
    }


def _interval(estimate: Estimate | None) -> list[float] | None:
    return None if estimate is None else [estimate.low, estimate.high]


def _value(value: Measurement) -> Json:
    return {
        "name": value.name,
        "value": value.value,
        "unit": value.unit,
        "interval": value.interval and list(value.interval),
        "how": value.how,
        "source": value.source,
    }


def _lesion(lesion: Lesion) -> Json:
    return {
        "id": lesion.id,
        "focus": lesion.focus,
        "center_mm": list(lesion.center_mm),
        "side": lesion.side,
        "place": lesion.place,
        "is_measurable": lesion.is_measurable,
        "volume_ml": lesion.volume_ml,
        "values": [_value(value) for value in lesion.measurements],
        "longest": lesion.longest and _line(lesion.longest),
        "crossed": lesion.crossed and _crossed(lesion.crossed),
    }


def _line(line: Line) -> Json:
    return {
        "start_mm": list(line.start_mm),
        "end_mm": list(line.end_mm),
        "length_mm": line.length_mm,
    }


def _crossed(pair: CrossedDiameters) -> Mapping[str, Any]:
    return {
        "longest": _line(pair.longest),
        "across": _line(pair.across),
        "plane": pair.plane,
        "axis": pair.axis,
        "index": pair.index,
        "product_mm2": pair.product_mm2,
    }
