"""By how much the rule for volumes finds a tumor likelier than none, series by series."""

import math
from collections.abc import Mapping
from typing import cast

from neuroscope.models.inference import EvidenceEngine
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.records.study import Role, Series, Study
from neuroscope.records.volume import Volume
from neuroscope.workflow.analyze import analyze


def volume_margins(volumes: Mapping[str, Volume], engine: EvidenceEngine) -> dict[str, float]:
    """Give the margin of the likeliest tumor over `notumor`, in logits, before any allowance.

    Parameters
    ----------
    volumes
        Role -> volume, of one head.
    """
    study = Study(
        "margins", "NS-MARGINS", tuple(Series(role, cast("Role", role)) for role in volumes)
    )
    found = analyze(ImportedStudy(study, dict(volumes), {}, "margins"), engine)
    margins = {}
    for series in found.series:
        if series.decision is None:
            continue
        logs = {name: math.log(max(p, 1e-12)) for name, p in series.decision.p_class.items()}
        best = max(logs[name] for name in TUMOR_CLASSES if name != "notumor")
        margin = (best - logs["notumor"]) * engine.spec.temperature
        margins[series.series_id] = margin + engine.spec.allowance_for(series.series_id)
    return margins
