"""Which segmenter was asked for on the command line, and what it is given."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from neuroscope.cli.console import say
from neuroscope.errors import BadInputError, ModelError
from neuroscope.settings import Settings

if TYPE_CHECKING:
    from neuroscope.preprocess.prepare import BrainExtractor
    from neuroscope.records.imported import ImportedStudy
    from neuroscope.records.prepared import Prepared
    from neuroscope.records.progress import Progress
    from neuroscope.records.segmented import TumorRule
    from neuroscope.records.volume import Volume
    from neuroscope.workflow.volumes import ChooseSegmenter

LABEL_SCHEMES = "2023, 2018, post, 2013, msd or ped; found if absent"
SEGMENTERS = ("unet", "nnunet", "bundle", "manual")
RULES = ("glioma", "metastases", "other")
SegmenterMask = Annotated[
    Path | None, typer.Option("--mask", help="Segmentation (NIfTI), for manual.")
]
MaskLabels = Annotated[
    str, typer.Option("--labels", help=f"Scheme of the mask's labels: {LABEL_SCHEMES}.")
]
BrainMask = Annotated[
    Path | None, typer.Option("--brain", help="Mask of the brain (NIfTI); found if absent.")
]
AsIs = Annotated[bool, typer.Option("--as-is", help="Trust that the sequences lie on each other.")]
Native = Annotated[
    bool, typer.Option("--native", help="Write the labels on every sequence's own grid too.")
]
TEMPLATE_BRAIN = (
    "The brain extractor is not installed: the mask of a template was used, some 5 mm off."
)


@dataclass(frozen=True, kw_only=True)
class SegmenterChoice:
    """What a command was told of the segmenter.

    Attributes
    ----------
    option
        How the command calls the choice of the segmenter: `--backend` or `--segmenter`.
    name
        One of `SEGMENTERS`.
    weights, mask, brain
        A folder, and NIfTI files.
    as_is
        Trust that the sequences lie on each other.
    tumor
        One of `RULES`; None leaves it to the classifier.
    labels
        Scheme of the labels of the mask; empty finds it.
    """

    option: str
    name: str = "unet"
    weights: Path | None = None
    mask: Path | None = None
    brain: Path | None = None
    as_is: bool = False
    tumor: str | None = None
    labels: str = ""

    def __post_init__(self) -> None:
        for value, allowed, what in (
            (self.name, SEGMENTERS, self.option.removeprefix("--")),
            (self.tumor, (*RULES, None), "kind of tumor"),
        ):
            if value not in allowed:
                names = ", ".join(one for one in allowed if one)
                raise BadInputError(f"There is no {what} '{value}'.", fix=f"Use one of {names}.")
        self._check_files()

    @property
    def is_own(self) -> bool:
        """Whether a model or mask was named: if it does not fit, nothing else may be done."""
        return self.name != "unet" or any((self.weights, self.brain, self.as_is))

    @property
    def rule(self) -> "TumorRule | None":
        """The rule for small parts; None follows the classifier."""
        return cast("TumorRule | None", self.tumor)

    def _check_files(self) -> None:
        named = f"The {self.option.removeprefix('--')}"
        if self.name == "manual" and (self.mask is None or self.weights is not None):
            raise BadInputError(
                f"{named} manual takes a mask and no weights.", fix="Name the mask with --mask."
            )
        if self.name != "manual" and self.mask is not None:
            raise BadInputError(
                f"{named} {self.name} takes no mask.",
                fix=f"Add {self.option} manual, or leave it out.",
            )
        if self.name in ("nnunet", "bundle") and self.weights is None:
            raise BadInputError(
                f"{named} {self.name} needs a trained model.", fix="Name its folder with --weights."
            )
        if self.labels and self.mask is None:
            raise BadInputError(
                "--labels names the scheme of a mask; there is none.", fix="Add --mask."
            )
        for given in (self.weights, self.mask):
            if given is not None and not given.exists():
                raise BadInputError(f"There is nothing at '{given}'.", fix="Check the path.")


def chosen_segmenter(choice: SegmenterChoice, settings: Settings) -> "ChooseSegmenter":
    """Load a model or mask that was named before the study is read: a bad one is told at once."""
    from neuroscope.workflow.segment import given_mask

    weights = choice.weights
    if choice.mask is not None:
        labels = _volume(choice.mask, settings)
        return lambda prepared: given_mask(prepared, labels, scheme=choice.labels)
    if choice.name == "nnunet" and weights is not None:
        from neuroscope.models.nnunet import load_nnunet

        nnunet = load_nnunet(weights, threads=settings.threads)
        return lambda _: nnunet
    if choice.name == "bundle" and weights is not None:
        from neuroscope.models.bundle import load_bundle

        bundle = load_bundle(weights, threads=settings.threads)
        return lambda _: bundle
    from neuroscope.models.unet_segmenter import load_segmenter

    if weights is None:  # of plain slices nothing is segmented: then it is never loaded
        return lambda _: load_segmenter(threads=settings.threads)
    unet = load_segmenter(threads=settings.threads, weights=weights)
    return lambda _: unet


def given_brain_mask(choice: SegmenterChoice, settings: Settings) -> "Volume | None":
    """Read the mask of the brain, if one is given."""
    return None if choice.brain is None else _volume(choice.brain, settings)


def prepared_for(
    imported: "ImportedStudy",
    choice: SegmenterChoice,
    brain: "Volume | None",
    settings: Settings,
    *,
    progress: "Progress",
) -> "Prepared":
    """Prepare a study as the command asks."""
    from neuroscope.workflow.segment import prepared_study

    return prepared_study(
        imported,
        extract_brain=None if brain is not None else _extractor(settings, as_is=choice.as_is),
        brain=brain,
        as_is=choice.as_is,
        progress=progress,
    )


def _extractor(settings: Settings, *, as_is: bool) -> "BrainExtractor | None":
    from neuroscope.workflow.volumes import load_extractor

    try:
        return load_extractor(settings)
    except ModelError:
        if settings.mindgrab is not None:  # it was asked for: nothing else takes its place unsaid
            raise
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
