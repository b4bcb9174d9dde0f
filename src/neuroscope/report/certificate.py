"""Render a certificate as PDF/A-3b: verdict first, then what it rests on, then every lost slice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from neuroscope.records.certificate import (
    RIVAL_NAMES,
    RIVALS,
    SCHEMA,
    STATUSES,
    Certificate,
    FlipPicture,
    MetricRow,
    Score,
    Verdict,
)
from neuroscope.records.passport import Passport
from neuroscope.records.prediction import CLASS_NAMES
from neuroscope.report.figures import display_window, draw_pair, png_url
from neuroscope.report.plots import legend_svg
from neuroscope.report.render import FONT_FILES, font_folder, load_weasyprint
from neuroscope.report.wording import software_version
from neuroscope.settings import RESEARCH_USE

VERDICTS: dict[Verdict, str] = {
    "promote": "Promote: it looks where readers looked, and is no worse",
    "refuse": "Refuse: not everything was shown",
    "insufficient": "Insufficient: too little was held out to tell",
}
HASHES = {
    "before": "weights before",
    "after": "weights now",
    "control_classification": "control: classification only",
    "control_other_masks": "control: another patient's marks",
    "held_out": "marked slices held out",
    "answers": "labeled slices held out",
    "manifest": "all that decided the run",
}
FLIPS_LISTED = 200


@dataclass(frozen=True, slots=True)
class FlipBlock:
    """A slice that was right before: with the evidence for what was said before, and now."""

    title: str
    was: str
    now: str
    before: str  # data: URL
    after: str
    failed: tuple[str, ...]


def certificate_pdf(
    certificate: Certificate,
    pictures: Sequence[FlipPicture] = (),
    *,
    written: datetime,
    name: str = "",
) -> bytes:
    """Render a certificate.

    Parameters
    ----------
    pictures
        Of negative flips; those without one are listed.
    written
        The time that is printed; nothing here reads the clock.
    name
        Of the model and its version.

    Returns
    -------
    bytes
        A PDF/A-3b file with `certificate.json` attached. Equal inputs give equal bytes.
    """
    weasyprint = load_weasyprint()
    moment = written.astimezone(UTC).replace(microsecond=0)
    attached = weasyprint.Attachment(
        string=json.dumps(certificate.as_dict(), indent=1, allow_nan=False),
        name="certificate.json",
        description=f"The same for programs, schema {SCHEMA}",
        created=moment,
        modified=moment,
        relationship="Data",
    )
    html = certificate_html(certificate, pictures, written=moment, name=name)
    document = weasyprint.HTML(string=html, base_url=font_folder().as_uri() + "/")
    rendered: bytes = document.write_pdf(
        pdf_variant="pdf/a-3b", attachments=[attached], pdf_tags=True
    )
    return rendered


def certificate_html(
    certificate: Certificate,
    pictures: Sequence[FlipPicture] = (),
    *,
    written: datetime,
    name: str = "",
) -> str:
    """Fill the template; every text is escaped."""
    environment = Environment(
        loader=PackageLoader("neuroscope.report", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"score": score_text, "apart": difference_text, "p": p_text}
    scale = _scale(pictures)
    return environment.get_template("certificate.html").render(
        certificate=certificate,
        verdict=VERDICTS[certificate.verdict],
        training=STATUSES.get(certificate.status, certificate.status),
        columns=[
            f"{RIVAL_NAMES[rival]}{' (= before)' if rival in certificate.unmoved else ''}"
            for rival in RIVALS
        ],
        rows=[_ordered(row) for row in certificate.rows],
        tests=[(test, certificate.row(test.metric).name) for test in certificate.tests],
        rivals=RIVAL_NAMES,
        classes=CLASS_NAMES,
        hashes=[(HASHES.get(key, key), value) for key, value in certificate.hashes.items()],
        settings=json.dumps(dict(certificate.settings), sort_keys=True),
        blocks=[_block(picture, scale) for picture in pictures],
        listed=certificate.negative_flips[:FLIPS_LISTED],
        legend=legend_svg(scale, scale),
        name=name,
        version=software_version(),
        research_use=RESEARCH_USE,
        fonts=FONT_FILES,
        written=written,
    )


def score_text(score: Score) -> str:
    """Write a value with its interval."""
    if score.value is None:
        return "not measured"
    interval = "" if score.low is None else f" ({score.low:.3f} to {score.high:.3f})"
    return f"{score.value:.3f}{interval}"


def difference_text(score: Score) -> str:
    """Write a signed value with its interval."""
    if score.value is None:
        return "not measured"
    interval = "" if score.low is None else f" ({score.low:+.3f} to {score.high:+.3f})"
    return f"{score.value:+.3f}{interval}"


def p_text(p: float | None) -> str:
    """Write a p value."""
    if p is None:
        return "–"
    return "< .001" if p < 0.001 else f"{p:.3f}"


def _ordered(row: MetricRow) -> tuple[str, str, tuple[Score, ...]]:
    """Put the retrained network beside what it was."""
    better = "higher is better" if row.better == "higher" else "lower is better"
    scores = (row.before, row.after, row.control_classification, row.control_other_masks)
    return row.name, better, scores


def _scale(pictures: Sequence[FlipPicture]) -> float:
    """Choose one scale for all maps, so that they can be compared."""
    strongest = [float(np.abs(m).max()) for p in pictures for m in (p.before, p.after) if m.size]
    return max([*strongest, 1e-3])


def _block(picture: FlipPicture, scale: float) -> FlipBlock:
    window = display_window(picture.pixels)
    drawn = [
        png_url(
            draw_pair(
                picture.pixels,
                values,
                window=window,
                scale=scale,
                threshold=np.inf,
                long_side=260,
                is_trusted=not _failed(tests),
            ).explained
        )
        for values, tests in (
            (picture.before, picture.tests_before),
            (picture.after, picture.tests_after),
        )
    ]
    flip = picture.flip
    return FlipBlock(
        title=f"Slice {flip.index} of {flip.unit}: {CLASS_NAMES[flip.label]}",
        was=CLASS_NAMES[flip.before],
        now=CLASS_NAMES[flip.after],
        before=drawn[0],
        after=drawn[1],
        failed=tuple(
            f"The map {when} is gray. {tests.sentence}"
            for when, tests in (("before", picture.tests_before), ("now", picture.tests_after))
            if tests is not None and _failed(tests)
        ),
    )


def _failed(tests: Passport | None) -> bool:
    return tests is not None and tests.outcome == "failed"
