"""`neuroscope segment`: labels, doubt and measurements by a segmenter of your choice."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroscope.cli.analyze import read_given, say_unread
from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.cli.outputs import check_folder, result_folder
from neuroscope.errors import BadInputError, ModelError
from neuroscope.io.earlier_results import MEASUREMENTS, RESULT
from neuroscope.records.segmenterspec import REGIONS
from neuroscope.settings import RESEARCH_USE, Settings, read_settings

if TYPE_CHECKING:
    from neuroscope.preprocess.prepare import BrainExtractor
    from neuroscope.records.imported import ImportedStudy
    from neuroscope.records.volume import Volume
    from neuroscope.records.volumetry import Volumetry
    from neuroscope.workflow.segment import ChooseSegmenter

BACKENDS = ("unet", "nnunet", "bundle", "manual")
RULES = ("glioma", "metastases", "other")
TEMPLATE_BRAIN = (
    "The brain extractor is not installed: the mask of a template was used, some 5 mm off."
)


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
    mask: Annotated[
        Path | None, typer.Option(help="Segmentation (NIfTI), for the backend manual.")
    ] = None,
    brain: Annotated[
        Path | None, typer.Option(help="Mask of the brain (NIfTI); found if absent.")
    ] = None,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="Trust that the sequences lie on each other.")
    ] = False,
    tumor: Annotated[
        str, typer.Option(help="glioma, metastases or other: what small parts may be dropped.")
    ] = "other",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace earlier results in the folder.")
    ] = False,
) -> None:
    """Segment one study and measure it, without classifier, report or evidence.

    Writes segmentation.nii.gz (BraTS 2023 labels), uncertainty.nii.gz (if the backend knows it),
    measurements.json and measurements.csv.
    """
    from neuroscope.cli.examined import write_segmentation_only
    from neuroscope.workflow.segment import segment_study

    _check(path, backend, weights, mask, tumor)
    check_folder(out, overwrite=overwrite)
    settings = read_settings()
    choose = _chooser(backend, weights, mask, settings)
    brain_mask = _volume(brain, settings) if brain is not None else None
    with bars() as progress:
        imported = read_given(path, progress=bar(progress, "Reading"))
        if not overwrite:
            _check_same(out, set(imported.volumes))
        volumetry = segment_study(
            imported,
            choose,
            extract_brain=None if brain_mask is not None else _extractor(settings, as_is=as_is),
            brain=brain_mask,
            as_is=as_is,
            rule=tumor,  # type: ignore[arg-type]
            progress=bar(progress, "Segmenting"),
        )
        with result_folder(out) as folder:
            write_segmentation_only(volumetry, folder)
    _summarize(volumetry, out)
    _say_doubts(imported)
    say(RESEARCH_USE)


def _check(path: Path, backend: str, weights: Path | None, mask: Path | None, tumor: str) -> None:
    if not path.exists():
        raise BadInputError(f"There is nothing at '{path}'.", fix="Check the path.")
    for value, allowed, what in ((backend, BACKENDS, "backend"), (tumor, RULES, "kind of tumor")):
        if value not in allowed:
            raise BadInputError(
                f"There is no {what} '{value}'.", fix=f"Use one of {', '.join(allowed)}."
            )
    if backend == "manual" and (mask is None or weights is not None):
        raise BadInputError(
            "The backend manual takes a mask and no weights.", fix="Name the mask with --mask."
        )
    if backend != "manual" and mask is not None:
        raise BadInputError(
            f"The backend {backend} takes no mask.", fix="Add --backend manual, or leave it out."
        )
    if backend in ("nnunet", "bundle") and weights is None:
        raise BadInputError(
            f"The backend {backend} needs a trained model.", fix="Name its folder with --weights."
        )
    for given in (weights, mask):
        if given is not None and not given.exists():
            raise BadInputError(f"There is nothing at '{given}'.", fix="Check the path.")


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


def _chooser(
    backend: str, weights: Path | None, mask: Path | None, settings: Settings
) -> "ChooseSegmenter":
    """Load the segmenter before the study is read: a bad folder is told at once."""
    from neuroscope.workflow.segment import given_mask

    if mask is not None:
        labels = _volume(mask, settings)
        return lambda prepared: given_mask(prepared, labels)
    if backend == "nnunet" and weights is not None:
        from neuroscope.models.nnunet import load_nnunet

        nnunet = load_nnunet(weights, threads=settings.threads)
        return lambda _: nnunet
    if backend == "bundle" and weights is not None:
        from neuroscope.models.bundle import load_bundle

        bundle = load_bundle(weights, threads=settings.threads)
        return lambda _: bundle
    from neuroscope.models.inference import SHIPPED_WEIGHTS
    from neuroscope.models.unet_segmenter import load_segmenter

    unet = load_segmenter(threads=settings.threads, weights=weights or SHIPPED_WEIGHTS)
    return lambda _: unet


def _extractor(settings: Settings, *, as_is: bool) -> "BrainExtractor | None":
    from neuroscope.workflow.volumes import load_extractor

    try:
        return load_extractor(settings)
    except ModelError:
        if not as_is:
            say(f"Caution: {TEMPLATE_BRAIN}", style="yellow")
        return None


def _volume(path: Path, settings: Settings) -> "Volume":
    from neuroscope.io.nifti import read_nifti_image

    if not path.is_file():
        raise BadInputError(f"There is no file at '{path}'.", fix="Name a NIfTI file.")
    read = read_nifti_image(path, limits=settings.limits)
    for caution in read.cautions:
        say(f"Caution: {path.name}: {caution}", style="yellow")
    return read.volume


def _say_doubts(imported: "ImportedStudy") -> None:
    """Print what was said while the files were read: left out, not read, guessed."""
    for caution in imported.study.cautions:
        say(f"Caution: {caution}", style="yellow")
    for series in imported.study.series:
        for caution in series.cautions:
            say(f"Caution: {series.title}: {caution}", style="yellow")
    say_unread(imported.unreadable, rest="like these")


def _volumes(
    volumetry: "Volumetry",
) -> Iterator[tuple[str, float, tuple[float, float] | None]]:
    """Give the volumes whose error was measured; else those that were counted."""
    for name in REGIONS:
        found = volumetry.segmented.volume_ml.get(name)
        if found is not None:
            yield name, found.value, (found.low, found.high)
        else:
            counted = volumetry.measurements.named(f"{name} volume")
            yield name, counted.value, counted.interval


def _summarize(volumetry: "Volumetry", out_folder: Path) -> None:
    """Print the volumes of the regions with their intervals, and every caution."""
    model = volumetry.segmented.model
    tell(f"Segmented by {f'{model.name} {model.version}' if model else 'a given mask'}")
    for name, ml, interval in _volumes(volumetry):
        bounds = f" ({interval[0]:.1f} to {interval[1]:.1f})" if interval else ""
        expected = volumetry.segmented.expected_dice.get(name)
        overlap = f", expected overlap {expected.value:.2f}" if expected else ""
        tell(f"  {name}: {ml:.1f} ml{bounds}{overlap}")
    tell(f"Results in {out_folder}")
    for caution in volumetry.cautions:
        say(f"Caution: {caution}", style="yellow")
