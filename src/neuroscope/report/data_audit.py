"""Lay an audit of pictures out: a page to read in the browser, and tables for programs."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from PIL import Image

from neuroscope.records.arrays import Array
from neuroscope.records.dataaudit import DataAudit, Duplicate
from neuroscope.reliability.dataset.split import is_training
from neuroscope.report.figures import display_window, gray_picture, png_url
from neuroscope.report.wording import software_version
from neuroscope.settings import RESEARCH_USE
from neuroscope.statistics import Interval

PAIRS_DRAWN = 12
DOUBTS_DRAWN = 12
FLAGS_DRAWN = 12
SIDE = 160  # pixels of a drawn picture
RELATIONS = ("exact", "re-encoded", "resized", "shifted", "flipped", "near", "alike")
MEANING = {
    "exact": "the same gray values, pixel by pixel",
    "re-encoded": "the same picture, saved again",
    "resized": "the same picture at another size",
    "shifted": "the same picture, moved",
    "flipped": "the same picture, mirrored or turned",
    "near": "the same picture with other brightness or contrast",
    "alike": "no copy: a neighboring slice of one head, or a copy altered beyond recognition",
}
DUPLICATE_COLUMNS = (
    "first", "second", "relation", "turn", "shift_down_percent", "shift_right_percent", "overall",
    "local", "first_split", "second_split", "crosses_splits", "first_label", "second_label",
    "labels_differ", "group",
)  # fmt: skip
SPLIT_COLUMNS = ("file", "label", "split", "proposed_split", "group", "leaked", "source_cluster")
DOUBT_COLUMNS = ("file", "label", "suggested", "doubt", "split", "group")
FLAG_COLUMNS = ("file", "kind", "value", "label", "split", "note")

PictureOf = Callable[[int], Array]


@dataclass(frozen=True, slots=True)
class DrawnPair:
    """A pair as the page shows it."""

    first: str
    second: str
    words: str
    left: str  # data URL
    right: str


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A picture as the page shows it."""

    file: str
    words: str
    picture: str  # data URL


def tables(audit: DataAudit) -> dict[str, str]:
    """Write the tables of an audit: name of the file to its content (CSV, UTF-8)."""
    return {
        "duplicates.csv": _csv(DUPLICATE_COLUMNS, (_pair_row(audit, d) for d in audit.duplicates)),
        "split.csv": _csv(SPLIT_COLUMNS, _split_rows(audit)),
        "label_doubts.csv": _csv(DOUBT_COLUMNS, _doubt_rows(audit)),
        "flags.csv": _csv(FLAG_COLUMNS, _flag_rows(audit)),
    }


def data_audit_html(audit: DataAudit, picture_of: PictureOf) -> str:
    """Fill the page; it needs no other file, and every text of the set is escaped.

    Parameters
    ----------
    picture_of
        Gives the pixels of a readable picture; called only for what is drawn.
    """
    environment = Environment(
        loader=PackageLoader("neuroscope.report", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    counts = audit.counts()
    return environment.get_template("data_audit.html").render(
        audit=audit,
        headlines=headlines(audit),
        counts=[(name, MEANING[name], counts[name]) for name in RELATIONS if name in counts],
        groups=len(set(audit.groups)),
        pairs=[_drawn_pair(audit, pair, picture_of) for pair in _telling(audit)],
        doubts=[
            DrawnPicture(
                audit.pictures[doubt.picture].file,
                f"labeled {audit.pictures[doubt.picture].label}, looks like {doubt.suggested} "
                f"({percent(doubt.doubt)} of the votes doubt it)",
                _drawn(picture_of(doubt.picture)),
            )
            for doubt in audit.doubts[:DOUBTS_DRAWN]
        ],
        flags=_drawn_flags(audit, picture_of),
        flag_counts=audit.as_dict()["flags"],
        version=software_version(),
        research_use=RESEARCH_USE,
    )


def headlines(audit: DataAudit) -> list[str]:
    """Say what matters most in a few sentences, worst first."""
    found = []
    leaks, asked = sum(audit.leaked), sum(_is_asked(audit, n) for n in range(len(audit.pictures)))
    if leaks:
        found.append(
            f"{leaks} of {asked} pictures outside training ({percent(leaks / asked)}) have a copy "
            "or an alike picture in training."
        )
    conflicts = sum(audit.contradicts(pair) for pair in audit.duplicates)
    if conflicts:
        found.append(f"{conflicts} pairs of copies bear different labels.")
    answered = audit.answered
    if answered is not None and answered.clean is not None:
        found.append(
            f"Accuracy of {answered.by}: {interval_text(answered.whole)}; without leaked pictures "
            f"{interval_text(answered.clean)}."
        )
    if audit.border is not None:
        border = audit.border
        found.append(
            f"The border and background alone tell the label with a balanced accuracy of "
            f"{interval_text(border.accuracy)}; chance is {percent(border.chance)}."
        )
    if audit.sources is not None and np.isfinite(audit.sources.cramers_v):
        found.append(
            f"Label and source cluster go together: Cramér's V {audit.sources.cramers_v:.2f} "
            f"(0 not at all, 1 fully), p {audit.sources.p:.3f}."
        )
    copies = sum(pair.relation != "alike" for pair in audit.duplicates)
    found.append(
        f"{copies} pairs of copies; {len(set(audit.groups))} groups among "
        f"{len(audit.pictures)} pictures."
    )
    return found


def percent(share: float) -> str:
    """Print a share as a percentage."""
    return f"{100 * share:.1f} %"


def interval_text(interval: Interval) -> str:
    """Print a share with its interval and what it rests on; says where units are too few."""
    text = (
        f"{percent(interval.value)} ({100 * interval.low:.1f} to {100 * interval.high:.1f}, "
        f"{interval.n} pictures, {interval.units} groups)"
    )
    return text if interval.is_sufficient else f"{text} - insufficient: too few groups"


def _telling(audit: DataAudit) -> list[Duplicate]:
    """Choose the pairs to draw: contradicting labels first, then one of each kind, then more."""
    copies = [pair for pair in audit.duplicates if pair.relation != "alike"]
    seen: dict[tuple[bool, bool, str], int] = {}
    ranked = []
    for pair in copies or audit.duplicates:
        kind = (not audit.contradicts(pair), not audit.crosses(pair), pair.relation)
        seen[kind] = seen.get(kind, 0) + 1
        ranked.append((kind[0], seen[kind], kind[1], pair.first, pair.second, pair))
    return [row[-1] for row in sorted(ranked, key=lambda row: row[:-1])[:PAIRS_DRAWN]]


def _drawn_pair(audit: DataAudit, pair: Duplicate, picture_of: PictureOf) -> DrawnPair:
    first, second = audit.pictures[pair.first], audit.pictures[pair.second]
    words = [pair.relation] + ([pair.turn] if pair.turn != "none" else [])
    if audit.crosses(pair):
        words.append(f"{first.split} and {second.split}")
    if None not in (first.label, second.label):
        same = first.label == second.label
        words.append(f"{first.label}" if same else f"{first.label} against {second.label}")
    return DrawnPair(
        first.file,
        second.file,
        ", ".join(words),
        _drawn(picture_of(pair.first)),
        _drawn(picture_of(pair.second)),
    )


def _drawn_flags(audit: DataAudit, picture_of: PictureOf) -> list[DrawnPicture]:
    kinds = sorted({flag.kind for flag in audit.flags})
    each = max(1, FLAGS_DRAWN // max(1, len(kinds)))
    chosen = [flag for kind in kinds for flag in [f for f in audit.flags if f.kind == kind][:each]]
    return [
        DrawnPicture(
            audit.pictures[flag.picture].file,
            f"{flag.kind} ({flag.value:.3g}){': ' if flag.note else ''}{flag.note}",
            _drawn(picture_of(flag.picture)),
        )
        for flag in chosen
    ]


def _drawn(pixels: Array) -> str:
    picture = Image.fromarray(gray_picture(pixels, display_window(pixels)))
    picture.thumbnail((SIDE, SIDE))
    return png_url(np.asarray(picture))


def _is_asked(audit: DataAudit, number: int) -> bool:
    split = audit.pictures[number].split
    return split is not None and not is_training(split)


def _pair_row(audit: DataAudit, pair: Duplicate) -> tuple[object, ...]:
    first, second = audit.pictures[pair.first], audit.pictures[pair.second]
    differ = None not in (first.label, second.label) and first.label != second.label
    return (
        first.file,
        second.file,
        pair.relation,
        pair.turn,
        *(f"{100 * share:.2f}" for share in pair.shift),
        f"{pair.overall:.4f}",
        f"{pair.local:.4f}",
        first.split or "",
        second.split or "",
        _yes(audit.crosses(pair)),
        first.label or "",
        second.label or "",
        _yes(differ),
        audit.groups[pair.first],
    )


def _split_rows(audit: DataAudit) -> Iterable[tuple[object, ...]]:
    proposed: Sequence[str] = audit.proposed.split_of if audit.proposed else ()
    clusters: Sequence[int] = audit.sources.cluster_of if audit.sources else ()
    for number, picture in enumerate(audit.pictures):
        yield (
            picture.file,
            picture.label or "",
            picture.split or "",
            proposed[number] if proposed else "",
            audit.groups[number],
            _yes(audit.leaked[number]),
            clusters[number] if clusters else "",
        )


def _doubt_rows(audit: DataAudit) -> Iterable[tuple[object, ...]]:
    for doubt in audit.doubts:
        picture = audit.pictures[doubt.picture]
        yield (
            picture.file,
            picture.label or "",
            doubt.suggested,
            f"{doubt.doubt:.3f}",
            picture.split or "",
            audit.groups[doubt.picture],
        )


def _flag_rows(audit: DataAudit) -> Iterable[tuple[object, ...]]:
    for flag in audit.flags:
        picture = audit.pictures[flag.picture]
        value = f"{flag.value:.4g}"
        yield picture.file, flag.kind, value, picture.label or "", picture.split or "", flag.note
    for one in audit.unreadable:
        yield one.name, f"unreadable: {one.problem}", "", "", "", ""


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def _csv(columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()
