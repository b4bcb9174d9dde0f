"""`neuroscope analyze`: from files to a result, a report and evidence maps."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.cli.outputs import check_folder, check_same_study, result_folder
from neuroscope.errors import BadInputError, StorageError
from neuroscope.records.progress import Progress
from neuroscope.settings import RESEARCH_USE, read_settings

if TYPE_CHECKING:
    from neuroscope.models.inference import EvidenceEngine
    from neuroscope.records.analysis import Analysis
    from neuroscope.records.imported import ImportedStudy

NAMED = 20  # unreadable files named on the terminal; result.json names all


def analyze(
    path: Annotated[
        Path, typer.Argument(help="A PNG, JPEG, NIfTI or DICOM file, a folder of them, or a zip.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace earlier results in the folder.")
    ] = False,
    backend: Annotated[
        str, typer.Option(help="auto, openvino, onnxruntime, or torch (GPU).")
    ] = "auto",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on standard output.")
    ] = False,
) -> None:
    """Analyze one study and write the result, the report and the evidence maps.

    Writes result.json and report.pdf; for slices predictions.csv and a map for each slice in
    evidence/; for volumes evidence.nii.gz on the grid of the input.
    """
    from neuroscope.cli.results import write_results

    if not path.exists():
        raise BadInputError(f"There is nothing at '{path}'.", fix="Check the path.")
    check_folder(out, overwrite=overwrite)
    settings = read_settings()
    with bars() as progress:
        imported = _read(path, progress=bar(progress, "Reading"))
        check_same_study(out, imported.content_hash, overwrite=overwrite)
        engine = _engine(backend, settings.threads)
        analysis = _analyzed(imported, engine, progress=bar(progress, "Analyzing"))
        with result_folder(out) as folder:
            result = write_results(
                analysis,
                imported,
                engine.spec,
                folder,
                written=datetime.now(UTC),
                progress=bar(progress, "Writing"),
            )
    if as_json:
        tell(json.dumps(result, indent=2, ensure_ascii=False))
    else:
        _summarize(analysis, imported, out)


def _read(path: Path, *, progress: Progress) -> "ImportedStudy":
    from neuroscope.io.reader import read_study
    from neuroscope.store.key import read_or_make_key

    settings = read_settings()
    try:
        key = read_or_make_key(settings.home)
    except OSError as error:
        raise StorageError(
            f"The folder of the store cannot be written ({error.strerror}).",
            fix="Set NEUROSCOPE_HOME to a folder that you may write to.",
        ) from error
    imported = read_study(path, key=key, limits=settings.limits, progress=progress)
    progress(1.0)
    return imported


def _engine(backend: str, threads: int) -> "EvidenceEngine":
    from neuroscope.models.inference import Backend, load_engine

    if backend not in get_args(Backend):
        raise BadInputError(
            f"There is no backend '{backend}'.", fix=f"Use one of {', '.join(get_args(Backend))}."
        )
    return load_engine(backend=cast("Backend", backend), threads=threads)


def _analyzed(
    imported: "ImportedStudy", engine: "EvidenceEngine", *, progress: Progress
) -> "Analysis":
    from neuroscope.workflow import analyze as workflow

    analysis = workflow.analyze(imported, engine, progress=progress)
    if not any(found.slices for found in analysis.series):
        first = analysis.unreadable[0] if analysis.unreadable else None
        raise BadInputError(
            f"Nothing could be analyzed. {first.problem if first else _why_nothing(analysis)}",
            fix=first.fix if first else "Give MR images that show a head.",
        )
    progress(1.0)
    return analysis


def _why_nothing(analysis: "Analysis") -> str:
    return " ".join(dict.fromkeys(c for found in analysis.series for c in found.cautions))


def _summarize(analysis: "Analysis", imported: "ImportedStudy", out_folder: Path) -> None:
    from neuroscope.report.wording import answer_text

    titles = {series.id: series.title for series in imported.study.series}
    tell(f"Study {analysis.pseudonym}, model {analysis.model.name} {analysis.model.version}")
    for found in analysis.series:
        headline = found.headline
        if headline is None:
            tell(f"  {titles[found.series_id]}: not analyzed. {' '.join(found.cautions)}")
            continue
        kind = "volume" if found.decision else "surest of"
        slices = f"{kind}, {len(found.slices)} slices"
        tell(f"  {titles[found.series_id]}: {answer_text(headline)} ({slices})")
        for caution in dict.fromkeys((*found.cautions, *headline.cautions)):
            say(f"    Caution: {caution}", style="yellow")
    spoken = analysis.headline
    if spoken is not None and spoken.headline is not None and len(analysis.series) > 1:
        tell(f"  The study: {answer_text(spoken.headline)}, from {titles[spoken.series_id]}")
    tell(f"Results in {out_folder}")
    for caution in dict.fromkeys(analysis.cautions):
        say(f"Caution: {caution}", style="yellow")
    for one in analysis.unreadable[:NAMED]:
        say(f"Not read: {one.name}: {one.problem} {one.fix}", style="yellow")
    if len(analysis.unreadable) > NAMED:
        say(f"and {len(analysis.unreadable) - NAMED} more, named in result.json", style="yellow")
    say(RESEARCH_USE)
