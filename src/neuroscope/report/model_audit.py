"""Lay an audit of models out: a page to read in the browser, and the focus table."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from neuroscope.records.focus import COLUMNS
from neuroscope.records.modelaudit import Measure, ModelAudit, ModelSheet, Section
from neuroscope.report.plots import Line, lines_svg
from neuroscope.report.wording import software_version
from neuroscope.settings import RESEARCH_USE
from neuroscope.statistics import Interval

TITLES: dict[Section, str] = {
    "accuracy": "How often is it right?",
    "calibration": "Are its probabilities honest?",
    "localization": "Does its evidence lie on the tumor?",
    "reasons": "Is it right for the right reason?",
    "counterfactual": "What if one thing is changed?",
    "robustness": "How much worse may a picture be?",
    "shortcuts": "What else could it answer from?",
    "methods": "Do other explanations agree?",
    "passport": "Do its maps pass their tests?",
    "doubt": "Does it know what it does not know?",
    "speed": "Time and size",
    "ablation": "What its training added",
}
SHORT = {"higher": "more is better", "lower": "less is better"}
STATES = {"flagged": "flagged", "clear": "not flagged", "insufficient": "cannot be told"}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A number of all models, as the page shows it."""

    name: str
    how: str
    better: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table of one model, with the model's name in its title if there are several."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A part of the page."""

    title: str
    rows: tuple[ShownRow, ...]
    plots: tuple[tuple[str, Markup], ...]
    tables: tuple[ShownTable, ...]


def focus_csv(audit: ModelAudit) -> str:
    """Write the focus table of all models (CSV, UTF-8); columns as `records.focus.COLUMNS`."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for sheet in audit.models:
        writer.writerows(row.as_cells() for row in sheet.rows)
    return stream.getvalue()


def model_audit_html(audit: ModelAudit) -> str:
    """Fill the page; it needs no other file, and every text of the set is escaped."""
    environment = Environment(
        loader=PackageLoader("neuroscope.report", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("model_audit.html").render(
        audit=audit,
        sections=[one for name in TITLES if (one := _section(audit, name)) is not None],
        findings=[
            (sheet.name, finding, STATES[finding.state])
            for sheet in audit.models
            for finding in sheet.findings
        ],
        comparisons=[
            (
                one,
                interval_text(one.difference, one_unit(audit, one.measure)),
                p_text(one.p_adjusted),
            )
            for one in audit.comparisons
        ],
        version=software_version(),
        research_use=RESEARCH_USE,
    )


def interval_text(interval: Interval, unit: str) -> str:
    """Print a number with its interval; says where patients are too few."""
    if not math.isfinite(interval.value):
        return "not known"
    scale, digits = (100, 1) if unit == "share" else (1, 3)
    shown = [f"{scale * v:.{digits}f}" for v in (interval.value, interval.low, interval.high)]
    text = f"{shown[0]}{' %' if unit == 'share' else ''}"
    if interval.units > 1:
        text += f" ({shown[1]} to {shown[2]}; n {interval.n}, {interval.units} patients)"
        if not interval.is_sufficient:
            text += " insufficient"
    return f"{text} {unit}".strip() if unit not in ("share", "") else text


def one_unit(audit: ModelAudit, measure: str) -> str:
    """Find the unit of a number by its name; differences of shares are shares."""
    found = (sheet.measure(measure) for sheet in audit.models)
    return next((one.unit for one in found if one is not None), "share")


def p_text(p: float) -> str:
    """Print p."""
    if not math.isfinite(p):
        return "not tested"
    return "below 0.001" if p < 0.001 else f"{p:.3f}"


def _section(audit: ModelAudit, section: Section) -> ShownSection | None:
    names = dict.fromkeys(
        measure.name for sheet in audit.models for measure in sheet.measures
        if measure.section == section
    )  # fmt: skip
    rows = tuple(_row(audit.models, name) for name in names)
    plots = tuple(_plots(audit.models, section))
    tables = tuple(_tables(audit.models, section))
    if not rows and not plots and not tables:
        return None
    return ShownSection(TITLES[section], rows, plots, tables)


def _row(sheets: Sequence[ModelSheet], name: str) -> ShownRow:
    found = [sheet.measure(name) for sheet in sheets]
    first = next(one for one in found if one is not None)
    return ShownRow(
        name,
        first.how,
        SHORT.get(first.better or "", ""),
        tuple(_cell(one, section_is_speed=first.section == "speed") for one in found),
    )


def _cell(measure: Measure | None, *, section_is_speed: bool) -> str:
    if measure is None:
        return "not done"
    if section_is_speed:
        return f"{measure.interval.value:,.1f} {measure.unit}".removesuffix(" ").replace(".0 ", " ")
    return interval_text(measure.interval, measure.unit)


def _plots(sheets: Sequence[ModelSheet], section: Section) -> list[tuple[str, Markup]]:
    names = dict.fromkeys(
        curve.name for sheet in sheets for curve in sheet.curves if curve.section == section
    )
    found = []
    for name in names:
        pairs = [(s, c) for s in sheets for c in s.curves if (c.section, c.name) == (section, name)]
        lines = [Line(sheet.name, c.x, c.y, c.low, c.high) for sheet, c in pairs]
        curve = pairs[0][1]
        svg = lines_svg(lines, x_name=curve.x_name, y_name=curve.y_name)
        found.append((name, Markup(svg)))  # noqa: S704 - made above, with every name escaped
    return found


def _tables(sheets: Sequence[ModelSheet], section: Section) -> list[ShownTable]:
    several = len(sheets) > 1
    return [
        ShownTable(
            f"{table.title} {sheet.name}" if several else table.title,
            table.note,
            table.columns,
            table.rows,
        )
        for sheet in sheets
        for table in sheet.tables
        if table.section == section
    ]
