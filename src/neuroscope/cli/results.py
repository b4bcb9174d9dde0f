"""Fill the folder of one analysis: result, report, table, evidence maps."""

import shutil
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from neuroscope.cli.examined import write_volumetry
from neuroscope.cli.outputs import write_json, write_table
from neuroscope.io.earlier_results import EVIDENCE, REPORT, RESULT, TABLE
from neuroscope.io.nifti import write_nifti
from neuroscope.models.cards import shipped_card
from neuroscope.records.analysis import Analysis, SliceFinding
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.heatmap import Heatmap
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.study import Series
from neuroscope.records.volume import Slice
from neuroscope.records.volumetry import Volumetry
from neuroscope.report.figures import evidence_picture, png_bytes
from neuroscope.report.pages import EvidenceOf
from neuroscope.report.render import write_pdf
from neuroscope.report.result import result_json
from neuroscope.report.space import space_of
from neuroscope.workflow.analyze import predicted_evidence

VOLUME_EVIDENCE = "evidence.nii.gz"


def write_results(
    analysis: Analysis,
    imported: ImportedStudy,
    spec: EvidenceSpec,
    folder: Path,
    *,
    written: datetime,
    volumetry: Volumetry | None = None,
    native: bool = False,
    similar: dict[str, Any] | None = None,
    progress: Progress = ignore,
) -> dict[str, Any]:
    """Write all files of an analysis and return the content of `result.json`.

    Parameters
    ----------
    folder
        An empty folder.
    written
        The time that is printed on the report.
    volumetry
        What was found in space; None for plain slices.
    native
        Whether its labels are written on the own grid of every sequence too.
    """
    evidence = predicted_evidence(analysis, imported, spec)
    volumes = _write_volumes(analysis, imported, evidence, folder)
    progress(0.2)
    files = _write_slices(
        analysis, imported, evidence, folder, lambda done: progress(0.2 + 0.6 * done)
    )
    examined = None if volumetry is None else write_volumetry(volumetry, folder, native=native)
    result = result_json(
        analysis, imported, files=files, evidence=volumes, volumetry=examined, similar=similar
    )
    write_pdf(
        analysis,
        imported,
        folder / REPORT,
        evidence_of=evidence,
        written=written,
        card=shipped_card(analysis.model),
        space=None if volumetry is None else space_of(volumetry, imported),
        similar=similar,
    )
    write_json(result, folder / RESULT)
    progress(1.0)
    return result


def _write_volumes(
    analysis: Analysis, imported: ImportedStudy, evidence: EvidenceOf, folder: Path
) -> dict[str, str]:
    """Write a map for every volume; return the file of each series."""
    run = {found.series_id for found in analysis.series if found.slices}
    volumes = [s for s in imported.study.series if s.id in imported.volumes and s.id in run]
    names = volume_names(volumes)
    for series_id, name in names.items():
        heatmap = evidence(series_id, None)
        write_nifti(
            heatmap.values.astype(np.float32), imported.volumes[series_id].affine, folder / name
        )
    if len(names) > 1:
        first = names.get(analysis.headline_series or "", names[volumes[0].id])
        shutil.copyfile(folder / first, folder / VOLUME_EVIDENCE)
    return names


def volume_names(volumes: list[Series]) -> dict[str, str]:
    """Name the map of every volume: `evidence.nii.gz`, or `evidence_ROLE.nii.gz` for several.

    Volumes of the same role are numbered in the order of the study.
    """
    if len(volumes) == 1:
        return {volumes[0].id: VOLUME_EVIDENCE}
    roles = Counter(series.role for series in volumes)
    seen: Counter[str] = Counter()
    names = {}
    for series in volumes:
        seen[series.role] += 1
        number = f"-{seen[series.role]}" if roles[series.role] > 1 else ""
        names[series.id] = f"evidence_{series.role}{number}.nii.gz"
    return names


def _write_slices(
    analysis: Analysis,
    imported: ImportedStudy,
    evidence: EvidenceOf,
    folder: Path,
    progress: Progress,
) -> dict[str, str]:
    """Write table and maps of plain slices; return the input file of each slice."""
    found = [
        (series.series_id, finding, imported.slices[series.series_id][finding.index])
        for series in analysis.series
        if series.series_id in imported.slices
        for finding in series.slices
    ]
    if not found:
        return {}
    (folder / EVIDENCE).mkdir()
    stems = Counter(finding.name for _, finding, _ in found)
    rows = []
    for done, (series_id, finding, image) in enumerate(found, start=1):
        stem = finding.name if stems[finding.name] == 1 else f"{series_id}__{finding.name}"
        _write_map(evidence(series_id, finding.index), image, folder / EVIDENCE / stem)
        rows.append(_row(finding, image))
        progress(done / len(found))
    write_table(rows, folder / TABLE)
    return {f"{series_id}/{finding.name}": _file(image) for series_id, finding, image in found}


def _write_map(heatmap: Heatmap, image: Slice, stem: Path) -> None:
    # The stem may hold dots: add the ending, do not replace what looks like one.
    np.save(stem.with_name(f"{stem.name}.npy"), heatmap.values.astype(np.float32))
    picture = png_bytes(evidence_picture(image.pixels, heatmap))
    stem.with_name(f"{stem.name}.png").write_bytes(picture)


def _row(finding: SliceFinding, image: Slice) -> tuple[str, ...]:
    p_class = finding.prediction.p_class
    return (
        _file(image),
        finding.prediction.label,
        *(f"{p_class[label]:.6f}" for label in TUMOR_CLASSES),
        " ".join(finding.prediction.cautions),
    )


def _file(image: Slice) -> str:
    return image.file or image.name
