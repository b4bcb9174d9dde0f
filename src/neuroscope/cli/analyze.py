"""`neuroscope analyze`: from files to a result, a report and evidence maps."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.cli.outputs import check_folder, check_same_study, result_folder
from neuroscope.cli.segmenter_choice import (
    AsIs,
    BrainMask,
    MaskLabels,
    Native,
    SegmenterChoice,
    SegmenterMask,
    chosen_segmenter,
    given_brain_mask,
    prepared_for,
)
from neuroscope.errors import BadInputError, NeuroscopeError, StorageError
from neuroscope.records.progress import Progress
from neuroscope.settings import RESEARCH_USE, read_settings

if TYPE_CHECKING:
    from neuroscope.models.inference import EvidenceEngine
    from neuroscope.records.analysis import Analysis
    from neuroscope.records.imported import ImportedStudy, Unreadable
    from neuroscope.settings import Settings
    from neuroscope.workflow.volumes import Explainer

SIMILAR_CASES = 5  # in the report
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
    segmenter: Annotated[
        str, typer.Option(help="unet (ours), nnunet, bundle (MONAI), or manual (a given mask).")
    ] = "unet",
    weights: Annotated[
        Path | None,
        typer.Option(help="Of the segmenter: nnU-Net v2 folder, MONAI bundle, or own weights."),
    ] = None,
    mask: SegmenterMask = None,
    labels: MaskLabels = "",
    brain: BrainMask = None,
    as_is: AsIs = False,
    tumor: Annotated[
        str | None,
        typer.Option(
            help="glioma, metastases or other, if known: what small parts may be dropped."
        ),
    ] = None,
    native: Native = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on standard output.")
    ] = False,
) -> None:
    """Analyze one study and write the result, the report and the evidence maps.

    Writes result.json and report.pdf; for slices predictions.csv and a map for each slice in
    evidence/; for volumes evidence.nii.gz on the grid of the input, and, if there is T1, contrast
    T1, T2 or FLAIR, segmentation.nii.gz, uncertainty.nii.gz, measurements.json, measurements.csv
    and surfaces.glb; with --native segmentation_ROLE.nii.gz for every sequence.
    """
    from neuroscope.cli.examined import tell_volumes
    from neuroscope.cli.results import write_results
    from neuroscope.workflow.volumes import (
        can_be_examined,
        contradicted,
        examine_prepared,
        not_examined,
        require_examinable,
    )

    if not path.exists():
        raise BadInputError(f"There is nothing at '{path}'.", fix="Check the path.")
    choice = SegmenterChoice(
        option="--segmenter", name=segmenter, weights=weights, mask=mask, brain=brain, as_is=as_is,
        tumor=tumor, labels=labels,
    )  # fmt: skip
    check_folder(out, overwrite=overwrite)
    settings = read_settings()
    choose, brain_mask = chosen_segmenter(choice, settings), given_brain_mask(choice, settings)
    with bars() as progress:
        imported = read_given(path, progress=bar(progress, "Reading"))
        if choice.is_own:
            require_examinable(imported)
        check_same_study(out, imported.content_hash, overwrite=overwrite)
        engine = _engine(backend, settings.threads)
        analysis = _analyzed(imported, engine, progress=bar(progress, "Analyzing"))
        volumetry = None
        if can_be_examined(imported):
            try:
                prepared = prepared_for(
                    imported, choice, brain_mask, settings, progress=bar(progress, "Preparing")
                )
                volumetry = examine_prepared(
                    imported,
                    prepared,
                    choose(prepared),
                    explainer=_explainer(analysis, engine),
                    rule=choice.rule,
                    progress=bar(progress, "Measuring"),
                )
            except BadInputError as error:
                if choice.is_own:
                    raise
                # the findings on the slices stand all the same
                cautions = (*analysis.cautions, not_examined(error))
            else:
                cautions = (*contradicted(imported, analysis, volumetry), *analysis.cautions)
            analysis = replace(analysis, cautions=cautions)
        with result_folder(out) as folder:
            result = write_results(
                analysis,
                imported,
                engine.spec,
                folder,
                written=datetime.now(UTC),
                volumetry=volumetry,
                native=native,
                similar=_similar(imported, analysis, engine, settings),
                progress=bar(progress, "Writing"),
            )
    if as_json:
        tell(json.dumps(result, indent=2, ensure_ascii=False))
    else:
        _summarize(analysis, imported, out)
        if volumetry is not None:
            tell_volumes(volumetry)
        say(RESEARCH_USE)


def read_given(path: Path, *, progress: Progress) -> "ImportedStudy":
    """Read what was named on the command line under the key of this installation."""
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


def _explainer(analysis: "Analysis", engine: "EvidenceEngine") -> "Explainer":
    from neuroscope.models.volume_constants import load_volume_constants
    from neuroscope.workflow.volumes import Explainer

    return Explainer(
        engine,
        load_volume_constants(engine.model, engine.spec),
        {found.series_id: found for found in analysis.series},
    )


def _similar(
    imported: "ImportedStudy",
    analysis: "Analysis",
    engine: "EvidenceEngine",
    settings: "Settings",
) -> dict[str, Any] | None:
    """Find similar past cases if the store keeps an index in its folder, or say why not."""
    home = settings.home / "similar"
    if not (home / "vectors").exists():
        return None
    from neuroscope.report.similar import similar_json
    from neuroscope.retrieve.embed import make_embedder
    from neuroscope.workflow.index_home import open_index, read_calibration, read_metric
    from neuroscope.workflow.similar import Question, find_similar

    try:
        index = open_index(home, None, None)
        found = find_similar(
            imported,
            index,
            make_embedder(engine, threads=settings.threads),
            Question(most=SIMILAR_CASES),
            load=lambda _: None,
            calibration=read_calibration(home),
            predicted=analysis.headline.headline if analysis.headline else None,
            metric=read_metric(home, index.space),
        )
    except NeuroscopeError as error:  # the analysis stands all the same
        return {"problem": error.problem}
    return similar_json(found)


def _why_nothing(analysis: "Analysis") -> str:
    return " ".join(dict.fromkeys(c for found in analysis.series for c in found.cautions))


def _summarize(analysis: "Analysis", imported: "ImportedStudy", out_folder: Path) -> None:
    from neuroscope.report.doubt import doubt_lines
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
        for line in doubt_lines(headline.doubt):
            tell(f"    {line}")
        for caution in dict.fromkeys((*found.cautions, *headline.cautions)):
            say(f"    Caution: {caution}", style="yellow")
    spoken = analysis.headline
    if spoken is not None and spoken.headline is not None and len(analysis.series) > 1:
        tell(f"  The study: {answer_text(spoken.headline)}, from {titles[spoken.series_id]}")
    tell(f"Results in {out_folder}")
    for caution in dict.fromkeys(analysis.cautions):
        say(f"Caution: {caution}", style="yellow")
    say_unread(analysis.unreadable, rest="named in result.json")


def say_unread(unreadable: "Sequence[Unreadable]", *, rest: str) -> None:
    """Name the files that were not read, up to `NAMED`; `rest` says where the others stand."""
    for one in unreadable[:NAMED]:
        say(f"Not read: {one.name}: {one.problem} {one.fix}", style="yellow")
    if len(unreadable) > NAMED:
        say(f"and {len(unreadable) - NAMED} more, {rest}", style="yellow")
