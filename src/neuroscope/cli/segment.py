"""`neuroscope segment`: labels, doubt and measurements by a segmenter of your choice."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroscope.cli.analyze import read_given, say_unread
from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.cli.outputs import check_folder, result_folder
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
from neuroscope.errors import BadInputError
from neuroscope.io.earlier_results import MEASUREMENTS, RESULT
from neuroscope.settings import RESEARCH_USE, read_settings

if TYPE_CHECKING:
    from neuroscope.records.imported import ImportedStudy
    from neuroscope.records.volumetry import Volumetry


def segment(
    path: Annotated[
        Path, typer.Argument(help="A NIfTI file, a DICOM series, a folder of them, or a zip.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")],
    backend: Annotated[
        str, typer.Option(help="unet (ours), nnunet, bundle (MONAI), or manual (a given mask).")
    ] = "unet",
    weights: Annotated[
        Path | None,
        typer.Option(help="Trained nnU-Net v2 folder, MONAI bundle, or folder of own weights."),
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
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace earlier results in the folder.")
    ] = False,
) -> None:
    """Segment one study and measure it, without classifier, report or evidence.

    Writes segmentation.nii.gz (BraTS 2023 labels), uncertainty.nii.gz (if the backend knows it),
    measurements.json and measurements.csv; with --native segmentation_ROLE.nii.gz for every
    sequence.
    """
    from neuroscope.cli.examined import write_segmentation_only
    from neuroscope.workflow.segment import segment_prepared

    if not path.exists():
        raise BadInputError(f"There is nothing at '{path}'.", fix="Check the path.")
    choice = SegmenterChoice(
        option="--backend", name=backend, weights=weights, mask=mask, brain=brain, as_is=as_is,
        tumor=tumor, labels=labels,
    )  # fmt: skip
    check_folder(out, overwrite=overwrite)
    settings = read_settings()
    choose = chosen_segmenter(choice, settings)
    brain_mask = given_brain_mask(choice, settings)
    with bars() as progress:
        imported = read_given(path, progress=bar(progress, "Reading"))
        if not overwrite:
            _check_same(out, set(imported.volumes))
        prepared = prepared_for(
            imported, choice, brain_mask, settings, progress=bar(progress, "Preparing")
        )
        volumetry = segment_prepared(
            prepared,
            choose(prepared),
            rule=choice.rule,
            progress=bar(progress, "Segmenting"),
        )
        with result_folder(out) as folder:
            write_segmentation_only(volumetry, folder, native=native)
    _summarize(volumetry, out)
    _say_doubts(imported)
    say(RESEARCH_USE)


def _check_same(out: Path, series: set[str]) -> None:
    """Refuse to replace a whole analysis, or the numbers of other images, unasked."""
    if not (out / MEASUREMENTS).exists():
        return
    try:
        content = json.loads((out / MEASUREMENTS).read_text(encoding="utf-8"))
        same = content["reference"]["series_id"] in series and not (out / RESULT).exists()
    except (OSError, ValueError, KeyError, TypeError):
        same = False
    if not same:
        raise BadInputError(
            f"The folder '{out.name}' holds a whole analysis, or the result of other images.",
            fix="Name a new folder, or add --overwrite to replace the result.",
        )


def _say_doubts(imported: "ImportedStudy") -> None:
    """Print what was said while the files were read: left out, not read, guessed."""
    for caution in imported.study.cautions:
        say(f"Caution: {caution}", style="yellow")
    for series in imported.study.series:
        for caution in series.cautions:
            say(f"Caution: {series.title}: {caution}", style="yellow")
    say_unread(imported.unreadable, rest="like these")


def _summarize(volumetry: "Volumetry", out_folder: Path) -> None:
    """Name who segmented, and print the volumes with every caution."""
    from neuroscope.cli.examined import tell_volumes

    model = volumetry.segmented.model
    tell(f"Segmented by {f'{model.name} {model.version}' if model else 'a given mask'}")
    tell_volumes(volumetry)
    tell(f"Results in {out_folder}")
