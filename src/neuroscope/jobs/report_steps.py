"""Write the report of an analysis from what is stored of it: a resumed job says the same."""

from pathlib import Path
from tempfile import TemporaryDirectory

from neuroscope.models.cards import shipped_card
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.imported import ImportedStudy
from neuroscope.report.render import write_pdf
from neuroscope.report.space import InSpace, in_space
from neuroscope.store import evidence, results
from neuroscope.store.database import Store
from neuroscope.store.similar_answers import read_answer
from neuroscope.store.tables import now
from neuroscope.store.volumetry import has_volumetry, read_maps, read_volumetry
from neuroscope.workflow.analyze import predicted_evidence


def save_report_of(
    store: Store, analysis_id: str, imported: ImportedStudy, spec: EvidenceSpec
) -> None:
    """Write the report of an analysis and store it."""
    analysis = evidence.load_analysis(store, analysis_id)
    with TemporaryDirectory(prefix="neuroscope-") as folder:
        pdf = Path(folder) / "report.pdf"
        write_pdf(
            analysis,
            imported,
            pdf,
            evidence_of=predicted_evidence(analysis, imported, spec),
            written=now(),
            card=shipped_card(analysis.model),
            space=_space(store, analysis_id, imported),
            similar=read_answer(store, analysis_id),
        )
        results.save_report(store, analysis_id, pdf)


def _space(store: Store, analysis_id: str, imported: ImportedStudy) -> InSpace | None:
    if not has_volumetry(store, analysis_id):
        return None
    content = read_volumetry(store, analysis_id).content
    labels, drawn = read_maps(store, analysis_id)
    return in_space(content, imported, labels=labels, evidence=drawn)
