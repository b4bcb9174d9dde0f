"""`neuroscope annotations`: what readers drew, out to other programs and back in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroscope.cli.console import say, tell
from neuroscope.errors import BadInputError
from neuroscope.settings import RESEARCH_USE, read_settings

if TYPE_CHECKING:
    from neuroscope.records.annotation import AnnotationKind

app = typer.Typer(no_args_is_help=True, help="Carry annotations to other programs and back.")

StudyId = Annotated[str, typer.Argument(metavar="STUDY", help="Id of the study.")]
SeriesId = Annotated[
    str | None, typer.Option("--series", help="Id of the series; needed if there are several.")
]
Reader = Annotated[str, typer.Option(help="Your name, as in the annotations.")]


@app.callback()
def annotations() -> None:
    """Carry annotations to other programs and back."""


@app.command("export")
def export(
    study_id: StudyId,
    reader: Reader,
    out: Annotated[Path, typer.Option(help="Folder for the files; new or empty.")],
    series_id: SeriesId = None,
    form: Annotated[
        str, typer.Option("--format", help="`dicom-seg`, `nifti` or `coco`.")
    ] = "dicom-seg",
) -> None:
    """Write what counts on a series as DICOM Segmentation, NIfTI masks or COCO JSON.

    In a blind reading, only your own annotations are written.
    """
    from neuroscope.store.database import open_store
    from neuroscope.workflow.exchange import FORMS, export_annotations

    if form not in FORMS:
        raise BadInputError(f"There is no format {form!r}.", fix=f"Use one of {', '.join(FORMS)}.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInputError(f"'{out.name}' is not an empty folder.", fix="Name a new folder.")
    store = open_store(read_settings())
    try:
        out.mkdir(parents=True, exist_ok=True)
        made = export_annotations(store, study_id, series_id, out, form=FORMS[form], reader=reader)
    finally:
        store.close()
    for caution in made.cautions:
        say(caution, style="yellow")
    for name in made.files:
        tell(str(out / name))
    say(RESEARCH_USE)


@app.command("import")
def import_(
    study_id: StudyId,
    file: Annotated[Path, typer.Argument(help="DICOM SEG, NIfTI or COCO JSON.", dir_okay=False)],
    reader: Reader,
    series_id: SeriesId = None,
    kind: Annotated[
        str,
        typer.Option(help="Of NIfTI labels: `tumor`, `evidence`, `not_evidence` or `note`."),
    ] = "tumor",
) -> None:
    """Store the annotations of a file as your own; a file read twice is stored once."""
    from neuroscope.store.database import open_store
    from neuroscope.workflow.exchange import import_annotations

    kinds: dict[str, AnnotationKind] = {
        "tumor": "tumor", "evidence": "evidence", "not_evidence": "not_evidence", "note": "note",
    }  # fmt: skip
    if kind not in kinds:
        raise BadInputError(f"There is no kind {kind!r}.", fix=f"Use one of {', '.join(kinds)}.")
    if not file.is_file():
        raise BadInputError(f"The file '{file.name}' is not there.", fix="Check its name.")
    store = open_store(read_settings())
    try:
        read = import_annotations(store, study_id, series_id, file, reader=reader, kind=kinds[kind])
    finally:
        store.close()
    for caution in read.cautions:
        say(caution, style="yellow")
    tell(f"{len(read.annotations)} annotations are stored.")
