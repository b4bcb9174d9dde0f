"""Write an analysis as JSON that other programs can rely on (`docs/reference/result-json.md`)."""

from collections.abc import Mapping
from typing import Any

from neuroscope.io.earlier_results import MARK
from neuroscope.records.analysis import Analysis, SeriesFinding, SliceFinding
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.passport import Passport
from neuroscope.records.prediction import Prediction
from neuroscope.records.study import Series
from neuroscope.report.wording import software_version
from neuroscope.settings import RESEARCH_USE

SCHEMA = f"{MARK}4"

Json = dict[str, Any]


def result_json(
    analysis: Analysis,
    imported: ImportedStudy,
    *,
    files: Mapping[str, str] | None = None,
    evidence: Mapping[str, str] | None = None,
    volumetry: Json | None = None,
    similar: Json | None = None,
) -> Json:
    """Describe an analysis by plain dicts, lists, strings and numbers.

    Parameters
    ----------
    files
        For plain slices: `series id/slice name` -> the input file, relative to what was given.
    evidence
        For volumes: series id -> the NIfTI file of its evidence, relative to the result.
    volumetry
        What `report/volumetry.py` writes of a study that was examined in space.
    similar
        What `report/similar.py` writes of similar past cases; one with a `problem` says nothing.

    Returns
    -------
    dict
        Valid under `docs/reference/result.schema.json`.
    """
    series_of = {series.id: series for series in imported.study.series}
    return {
        "schema": SCHEMA,  # stands first: by it a reader of folders knows our results
        "software": {"name": "neuroscope", "version": software_version()},
        "research_use": RESEARCH_USE,
        "model": {
            "name": analysis.model.name,
            "version": analysis.model.version,
            "sha256": analysis.model.sha256,
        },
        "study": {
            "id": analysis.study_id,
            "pseudonym": analysis.pseudonym,
            "content_sha256": imported.content_hash,
            "headline": _headline_json(analysis),
            "cautions": list(dict.fromkeys([*imported.study.cautions, *analysis.cautions])),
        },
        "series": [
            _series_json(found, series_of[found.series_id], imported, files or {}, evidence or {})
            for found in analysis.series
        ],
        "volumetry": volumetry,
        "similar": None if similar is None or "problem" in similar else similar,
        "unreadable": [
            {"name": u.name, "problem": u.problem, "fix": u.fix} for u in analysis.unreadable
        ],
    }


def _headline_json(analysis: Analysis) -> Json | None:
    found = analysis.headline
    if found is None or found.headline is None:
        return None
    answer = prediction_json(found.headline)
    return {"series_id": found.series_id, "label": answer["label"], "p_class": answer["p_class"]}


def prediction_json(prediction: Prediction) -> Json:
    """Describe one prediction."""
    return {
        "label": prediction.label,
        "p_class": {name: round(p, 6) for name, p in prediction.p_class.items()},
        "temperature": prediction.temperature,
        "outlier_score": prediction.outlier_score,
        "doubt": None if prediction.doubt is None else prediction.doubt.as_dict(),
        "cautions": list(prediction.cautions),
    }


def _series_json(
    found: SeriesFinding,
    series: Series,
    imported: ImportedStudy,
    files: Mapping[str, str],
    evidence: Mapping[str, str],
) -> Json:
    volume = imported.volumes.get(series.id)
    described: Json = {
        "id": series.id,
        "role": series.role,
        "description": series.description,
        "kind": "slices" if volume is None else "volume",
        "cautions": [*series.cautions, *found.cautions],
        "slices": [
            _slice_json(finding, files.get(f"{series.id}/{finding.name}"))
            for finding in found.slices
        ],
        "not_run": list(found.not_run),
    }
    if volume is not None:
        described |= {
            "shape": list(volume.shape),
            "affine_ras_mm": volume.affine.tolist(),
            "spacing_mm": list(volume.spacing_mm),
            "axis": found.axis,
            "plane": found.plane,
            "decision": prediction_json(found.decision) if found.decision else None,
            "decided_by": list(found.decided_by),
            "evidence_file": evidence.get(series.id),
            "passport": passport_json(found.passport),
        }
    return described


def _slice_json(finding: SliceFinding, file: str | None) -> Json:
    return {
        "index": finding.index,
        "name": finding.name,
        "file": file,
        **prediction_json(finding.prediction),
        "logits": {
            name: round(float(value), 6)
            for name, value in zip(finding.evidence.classes, finding.evidence.logits, strict=True)
        },
        "completeness_error": finding.evidence.completeness_error,
        "passport": passport_json(finding.passport),
    }


def passport_json(passport: Passport | None) -> Json | None:
    """Describe how the map of an answer did in its tests; None if it was not tested."""
    if passport is None:
        return None
    return {
        "outcome": passport.outcome,
        "sentence": passport.sentence,
        **passport.as_dict(),
        "tests": [{**test.as_dict(), "claim": test.claim} for test in passport.tests],
    }
