"""Render the report as PDF/A-3b: sections of the `Report` record, pictures, the attached result."""

import importlib.util
import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from PIL import ImageFile

from neuroscope.errors import MissingExtraError
from neuroscope.records.analysis import Analysis
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.modelcard import ModelCard
from neuroscope.records.prediction import CLASS_NAMES, TUMOR_CLASSES
from neuroscope.records.report import Report, Section
from neuroscope.report.pages import (
    VOLUMES_DRAWN,
    Bar,
    EvidenceOf,
    SliceBlock,
    SliceTable,
    VolumeBlock,
    bars_of,
    image_rows,
    slice_blocks,
    slice_table,
    volume_block,
)
from neuroscope.report.result import SCHEMA, result_json
from neuroscope.report.similar_page import NOT_FOR_DIAGNOSIS, similar_block
from neuroscope.report.space import InSpace
from neuroscope.report.space_page import space_block
from neuroscope.report.space_wording import FOUND_IN_SPACE, space_section
from neuroscope.report.volumetry import SCHEMA as VOLUMETRY_SCHEMA
from neuroscope.report.volumetry import volumetry_summary
from neuroscope.report.wording import FINDING_OF_STUDY, compose, value_text

FONT_FILES = {
    ("normal", "normal"): "DejaVuSans.ttf",
    ("bold", "normal"): "DejaVuSans-Bold.ttf",
    ("normal", "italic"): "DejaVuSans-Oblique.ttf",
}
READ_FIRST = ("How sure the network is", "Cautions", "Files that could not be read")


@dataclass(frozen=True, slots=True)
class Body:
    """What is drawn between the first page and the closing sections."""

    volumes: tuple[VolumeBlock, ...]
    slices: tuple[SliceBlock, ...]
    tables: tuple[SliceTable, ...]
    notes: tuple[str, ...]


def pdf_bytes(
    analysis: Analysis,
    imported: ImportedStudy,
    *,
    evidence_of: EvidenceOf,
    written: datetime,
    card: ModelCard | None = None,
    space: InSpace | None = None,
    similar: dict[str, Any] | None = None,
) -> bytes:
    """Render the report of an analysis.

    Parameters
    ----------
    evidence_of
        Gives the heatmap of the predicted class; called only for what is drawn.
    written
        The time that is printed on the report; nothing here reads the clock.
    card
        The card of the model, for the numbers quoted beside the probabilities.
    space
        What was found in space; None for plain slices.
    similar
        Similar past cases as `similar_json` writes them, or why there are none (`problem`).

    Returns
    -------
    bytes
        A PDF/A-3b file with `result.json` attached, and `measurements.json` of a study in space.
        Equal inputs give equal bytes.
    """
    weasyprint = load_weasyprint()
    moment = written.astimezone(UTC).replace(microsecond=0)
    attached = {"result.json": (_result(analysis, imported, space, similar), SCHEMA)}
    if space is not None:
        attached["measurements.json"] = (space.content, VOLUMETRY_SCHEMA)
    attachments = [
        weasyprint.Attachment(
            string=json.dumps(content, indent=1),
            name=name,
            description=f"The same for programs, schema {schema}",
            created=moment,
            modified=moment,
            relationship="Data",
        )
        for name, (content, schema) in attached.items()
    ]
    html = report_html(
        analysis,
        imported,
        evidence_of=evidence_of,
        written=moment,
        card=card,
        space=space,
        similar=similar,
    )
    document = weasyprint.HTML(string=html, base_url=font_folder().as_uri() + "/")
    rendered: bytes = document.write_pdf(
        pdf_variant="pdf/a-3b", attachments=attachments, pdf_tags=True
    )
    return rendered


def write_pdf(
    analysis: Analysis,
    imported: ImportedStudy,
    path: Path,
    *,
    evidence_of: EvidenceOf,
    written: datetime,
    card: ModelCard | None = None,
    space: InSpace | None = None,
    similar: dict[str, Any] | None = None,
) -> None:
    """Render the report into a file (see `pdf_bytes`)."""
    path.write_bytes(
        pdf_bytes(
            analysis,
            imported,
            evidence_of=evidence_of,
            written=written,
            card=card,
            space=space,
            similar=similar,
        )
    )


def report_html(
    analysis: Analysis,
    imported: ImportedStudy,
    *,
    evidence_of: EvidenceOf,
    written: datetime,
    card: ModelCard | None = None,
    space: InSpace | None = None,
    similar: dict[str, Any] | None = None,
) -> str:
    """Fill the template; every text that a file could have brought in is escaped."""
    environment = Environment(
        loader=PackageLoader("neuroscope.report", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["value_text"] = value_text
    report = compose(
        analysis, imported, card=card, in_space=space_section(space) if space else None
    )
    findings = _findings(report, analysis)
    return environment.get_template("report.html").render(
        report=report,
        findings=findings,
        others=report.sections[len(findings) :],
        model=analysis.model,
        images=image_rows(imported),
        body=_body(analysis, imported, evidence_of),
        space=space_block(space) if space else None,
        similar=similar_block(similar),
        not_for_diagnosis=NOT_FOR_DIAGNOSIS,
        first=(FOUND_IN_SPACE, *READ_FIRST),
        classes=[CLASS_NAMES[c] for c in TUMOR_CLASSES],
        fonts=FONT_FILES,
        written=written,
        content_hash=imported.content_hash,
    )


def _result(
    analysis: Analysis,
    imported: ImportedStudy,
    space: InSpace | None,
    similar: dict[str, Any] | None,
) -> dict[str, Any]:
    found = None if space is None else volumetry_summary(space.content, files={})
    return result_json(analysis, imported, volumetry=found, similar=similar)


def _findings(report: Report, analysis: Analysis) -> list[tuple[Section, tuple[Bar, ...]]]:
    """Return the sections that stand first, with the bars of a volume's decision beside its own."""
    lead = [section for section in report.sections if section.title == FINDING_OF_STUDY]
    return [(section, ()) for section in lead] + [
        (section, bars_of(found.decision) if found.decision else ())
        for section, found in zip(report.sections[len(lead) :], analysis.series, strict=False)
    ]


def load_weasyprint() -> ModuleType:
    """Import WeasyPrint, which needs a library of the system.

    Raises
    ------
    MissingExtraError
        If that library is not installed.
    """
    with _pillow_stays_strict(), redirect_stdout(StringIO()):  # it prints when it fails
        try:
            import weasyprint
        except OSError as error:
            raise MissingExtraError(
                "The report needs the system library Pango, which is not installed.",
                fix="Debian, Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0 "
                "libharfbuzz-subset0; "
                "macOS: brew install pango",
            ) from error
    module: ModuleType = weasyprint
    return module


@contextmanager
def _pillow_stays_strict() -> Iterator[None]:
    """Undo what importing WeasyPrint does to Pillow in the whole process.

    It makes Pillow fill up truncated pictures, so that the next torn PNG somebody imports would be
    analyzed as if it were whole.
    """
    strict = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = strict


def font_folder() -> Path:
    """Find the fonts that come with matplotlib, so that every machine prints the same page."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise MissingExtraError(
            "The fonts of the report come with matplotlib, which is not installed.",
            fix="Run: pip install matplotlib",
        )
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


def _body(analysis: Analysis, imported: ImportedStudy, evidence_of: EvidenceOf) -> Body:
    series_of = {series.id: series for series in imported.study.series}
    volumes: list[VolumeBlock] = []
    slices: list[SliceBlock] = []
    tables: list[SliceTable] = []
    notes: list[str] = []
    drawn_volumes = _volumes_to_draw(analysis, imported)
    for found in analysis.series:
        series = series_of[found.series_id]
        volume = imported.volumes.get(found.series_id)
        if not found.slices:
            continue
        if volume is None:
            drawn = slice_blocks(found, imported.slices[found.series_id], evidence_of)
            slices += drawn
            tables.append(slice_table(found, series.title))
            if len(drawn) < len(found.slices):
                notes.append(
                    f"{len(drawn)} of {len(found.slices)} slices are drawn: the surest of each "
                    "class that was found, then the least sure. All are in the table."
                )
        elif found.series_id in drawn_volumes:
            heatmap = evidence_of(found.series_id, None)
            volumes.append(volume_block(found, series, volume, heatmap))
        else:
            notes.append(f"{series.title} is not drawn: {VOLUMES_DRAWN} series are.")
    return Body(tuple(volumes), tuple(slices), tuple(tables), tuple(notes))


def _volumes_to_draw(analysis: Analysis, imported: ImportedStudy) -> set[str]:
    """Choose the first few volumes, and for certain the one that speaks for the study."""
    run = [f.series_id for f in analysis.series if f.slices and f.series_id in imported.volumes]
    run.sort(key=lambda series_id: series_id != analysis.headline_series)
    return set(run[:VOLUMES_DRAWN])
