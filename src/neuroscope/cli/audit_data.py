"""`neuroscope audit data`: whether a set of pictures is fit to train and to test on."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.cli.outputs import check_folder, result_folder, write_json
from neuroscope.errors import BadInputError
from neuroscope.settings import RESEARCH_USE, Settings, read_settings

if TYPE_CHECKING:
    from neuroscope.models.inference import EvidenceEngine
    from neuroscope.models.plane import PlaneNetwork
    from neuroscope.records.dataaudit import DataAudit
    from neuroscope.workflow.data_audit import Listed


def audit_data(
    out: Annotated[Path, typer.Option("--out", "-o", help="New or empty folder to write into.")],
    given: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Folder of pictures, or a CSV file that lists them."),
    ] = None,
    store: Annotated[
        bool, typer.Option("--store", help="Audit what this installation has stored.")
    ] = False,
    predictions: Annotated[
        Path | None,
        typer.Option(help="predictions.csv of `neuroscope analyze` for the same files."),
    ] = None,
    network: Annotated[
        bool, typer.Option("--network/--no-network", help="Let the shipped network answer.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Look for copies, leaks, contradicting labels and shortcuts in a set of labeled pictures.

    Writes report.html, duplicates.csv (every pair), split.csv (groups and a split without leaks),
    label_doubts.csv, flags.csv and audit.json.
    """
    from neuroscope.report.data_audit import data_audit_html, tables
    from neuroscope.workflow.data_audit import audit_set

    if (given is None) == (not store):
        raise BadInputError(
            "Nothing to audit was named, or two things were.",
            fix="Name a folder or a CSV file, or add --store.",
        )
    check_folder(out, overwrite=False)
    settings = read_settings()
    with bars() as progress:
        listed = _listed(given, settings)
        engine = _engine(settings) if network and predictions is None else None
        found = audit_set(
            listed,
            answers=predictions,
            engine=engine,
            planes=_planes(),
            threads=settings.threads or 2,
            progress=bar(progress, "Auditing"),
        )
        number_of = {picture.file: n for n, picture in enumerate(listed.pictures)}
        page = data_audit_html(
            found, lambda number: listed.read(number_of[found.pictures[number].file])
        )
        with result_folder(out) as folder:
            (folder / "report.html").write_text(page, encoding="utf-8")
            for name, content in tables(found).items():
                (folder / name).write_text(content, encoding="utf-8")
            write_json(found.as_dict(), folder / "audit.json")
    if as_json:
        tell(json.dumps(found.as_dict(), indent=2, ensure_ascii=False))
    else:
        _summarize(found, out)
        say(RESEARCH_USE)


def _listed(given: Path | None, settings: Settings) -> "Listed":
    if given is not None:
        from neuroscope.workflow.data_audit import list_given

        return list_given(given, limits=settings.limits)
    from neuroscope.store.database import open_store
    from neuroscope.workflow.stored_pictures import list_stored

    return list_stored(open_store(settings))


def _engine(settings: Settings) -> "EvidenceEngine":
    from neuroscope.models.inference import load_engine

    return load_engine(threads=settings.threads)


def _planes() -> "PlaneNetwork | None":
    from neuroscope.errors import MissingExtraError
    from neuroscope.models.cards import SHIPPED
    from neuroscope.models.plane import load_plane

    try:
        return load_plane(SHIPPED)
    except MissingExtraError:  # the audit says that planes were not told apart
        return None


def _summarize(found: "DataAudit", out: Path) -> None:
    from neuroscope.report.data_audit import headlines

    for line in headlines(found):
        tell(line)
    tell(f"Report in {out / 'report.html'}")
    for caution in found.cautions:
        say(f"Caution: {caution}", style="yellow")
    for one in found.not_done:
        say(f"Not done: {one.part}: {one.why}", style="yellow")
