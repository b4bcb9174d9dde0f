"""What is audited: pictures with what is known of them, and a model that can be asked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from neuroscope.records.focus import TumorFrom
from neuroscope.records.modelaudit import Table
from neuroscope.reliability.focus.anatomy import Anatomy, anatomy_of

Gray = NDArray[np.float32]
Mask = NDArray[np.bool_]
BATCH = 16


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One picture of an audit.

    Attributes
    ----------
    pixels
        Gray values 0..255, shape ``(rows, columns)``.
    tumor
        Outline of the tumor on the same pixels; empty where there is none, None where not known.
    tumor_from
        Who outlined it.
    label
        None for a picture without one.
    patient
        Unit of all intervals.
    anatomy
        Head, brain and text.
    mask_problem
        Why an outline that was given is not used.
    """

    file: str
    pixels: Gray
    tumor: Mask | None
    tumor_from: TumorFrom
    label: str | None
    split: str
    patient: str
    anatomy: Anatomy
    mask_problem: str = ""

    @property
    def has_tumor(self) -> bool:
        """Whether a tumor is outlined."""
        return self.tumor is not None and bool(self.tumor.any())

    def with_pixels(self, pixels: Gray) -> "Case":
        """Give the same case with other gray values of the same shape."""
        return replace(self, pixels=pixels)


def case_of(
    file: str,
    pixels: NDArray[np.number],
    *,
    label: str | None,
    patient: str,
    split: str = "",
    tumor: Mask | None = None,
    tumor_from: TumorFrom = "not known",
    no_tumor: str = "notumor",
) -> Case:
    """Look at a picture, and drop an outline that does not fit it.

    A picture whose label says that there is no tumor has a known, empty outline.
    """
    gray = gray_255(pixels)
    problem = ""
    if tumor is not None and tumor.shape != gray.shape:
        problem = f"The mask has shape {tumor.shape}, the picture {gray.shape}."
        tumor = None
    if tumor is None:
        tumor_from = "none" if label == no_tumor and not problem else "not known"
        tumor = np.zeros(gray.shape, np.bool_) if tumor_from == "none" else None
    return Case(file, gray, tumor, tumor_from, label, split, patient, anatomy_of(gray), problem)


def gray_255(pixels: NDArray[np.number]) -> Gray:
    """Bring gray values to 0..255; those of 8 bits stay."""
    gray = np.asarray(pixels, np.float32)
    if pixels.dtype == np.uint8 or (gray.min() >= 0 and 64 < gray.max() <= 255):
        return gray
    low, high = float(gray.min()), float(gray.max())
    return (gray - low) * np.float32(255 / (high - low)) if high > low else np.zeros_like(gray)


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a model says of n pictures.

    Attributes
    ----------
    logits
        Shape ``(n, classes)``.
    embedding
        Shape ``(n, d)``; None for a model without one.
    maps
        Signed evidence for the predicted class on the pixels of every picture; None where not
        asked for.
    """

    logits: NDArray[np.float32]
    embedding: NDArray[np.float32] | None = None
    maps: tuple[Gray, ...] | None = None

    @property
    def predicted(self) -> NDArray[np.int64]:
        """Class with the largest logit, shape ``(n,)``."""
        return np.asarray(self.logits.argmax(1), np.int64)


Ask = Callable[[Sequence[Gray], bool], Said]  # pictures as in their files; maps too, or not


@dataclass(frozen=True, slots=True)
class MethodScore:
    """How the map of one method of explanation does on one outlined picture.

    Attributes
    ----------
    pointing, mass
        As `reliability.passport.localization.Localized`.
    gain
        Of `reliability.passport.faithfulness.Faithfulness`, in class-centered logits; random
        places gain 0 on average.
    agreement
        Rank correlation with the evidence map inside the head; None where there is none.
    ms
        Time to draw the map.
    """

    method: str
    pointing: bool
    mass: float
    gain: float
    agreement: float | None
    ms: float


Explain = Callable[[Case, int, str], MethodScore]  # outlined picture, class, name of a method
Through = Callable[[Gray, NDArray[np.bool_]], Gray]  # picture, outline of its tumor


@dataclass(frozen=True, slots=True, eq=False)
class AuditedModel:
    """A model that can be asked, and what identifies it.

    Attributes
    ----------
    no_maps
        Why the model gives no evidence maps; empty if it does.
    parameters, megabytes
        Size of the network and of its file; None where not known.
    known
        Tables that were measured before and stand beside the weights.
    through
        Shows the outline of a tumor in a picture as coarsely as the model's maps; None if unknown.
    explain
        Runs a method of explanation; raises `ModelError` or `MissingExtraError` where the model
        cannot have it. None where nobody can look inside the model.
    """

    name: str
    model_id: str
    kind: str
    classes: tuple[str, ...]
    input_size: int
    temperature: float
    ask: Ask
    no_maps: str = ""
    parameters: int | None = None
    megabytes: float | None = None
    notes: tuple[str, ...] = ()
    known: tuple[Table, ...] = ()
    through: Through | None = None
    explain: Explain | None = None


def asked(
    model: AuditedModel,
    pictures: Iterable[Gray],
    *,
    maps: bool = False,
    told: Callable[[int], None] = lambda _: None,
) -> Said:
    """Ask about any number of pictures, a few at a time.

    Parameters
    ----------
    told
        Called with the number of pictures done since it was called last.
    """
    parts = []
    left = iter(pictures)
    while some := list(islice(left, BATCH)):
        parts.append(model.ask(some, maps))
        told(len(some))
    if not parts:
        return Said(np.zeros((0, len(model.classes)), np.float32))
    embeddings = [part.embedding for part in parts if part.embedding is not None]
    shown = [part.maps for part in parts if part.maps is not None]
    return Said(
        np.concatenate([part.logits for part in parts]),
        np.concatenate(embeddings) if len(embeddings) == len(parts) else None,
        tuple(one for part in shown for one in part) if len(shown) == len(parts) else None,
    )


def probabilities_of(said: Said, temperature: float) -> NDArray[np.float64]:
    """Turn logits into calibrated probabilities, shape ``(n, classes)``."""
    return np.asarray(softmax(said.logits.astype(np.float64) / temperature, axis=1), np.float64)
