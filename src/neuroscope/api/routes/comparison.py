"""Two analyses of one study side by side."""

from typing import Annotated

from fastapi import APIRouter, Query

from neuroscope.api.comparison_schema import ComparisonOut
from neuroscope.api.comparison_views import comparison_out
from neuroscope.api.deps import Id, StoreDep
from neuroscope.store import analysis_rows
from neuroscope.workflow.compare_versions import compare_versions

router = APIRouter(tags=["analyses"])
AnalysisId = Annotated[
    str, Query(pattern=r"^[0-9A-Za-z_-]{1,64}$", description="An analysis of this study.")
]


@router.get("/studies/{study_id}/comparison")
def compare_analyses(
    study_id: Id, first: AnalysisId, second: AnalysisId, store: StoreDep
) -> ComparisonOut:
    """Compare what two versions of the model say of a study; fetch the maps from each analysis."""
    compared = compare_versions(store, study_id, first, second)
    one, other = (analysis_rows.read_summary(store, name) for name in (first, second))
    return comparison_out(one, other, compared)
