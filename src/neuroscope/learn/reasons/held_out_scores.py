"""What a network does on held-out slices: where it looks, what it follows, how often it is right.

Everything is read from the class-centered contributions, which no change of the class weights that
leaves the answers alone can move.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.interventions import Interventions, narrowed
from neuroscope.models.calibration import probabilities
from neuroscope.models.classes import NO_TUMOR
from neuroscope.models.evidence import Answer
from neuroscope.records.certificate import Better

Numbers = NDArray[np.float64]
Metric = Literal[
    "evidence_energy",
    "relevance_mass",
    "pointing",
    "coverage",
    "wrong_reason_rate",
    "ignored_share",
    "flip_rate",
    "flip_rate_erased",
    "flip_rate_swapped",
    "answer_drop",
    "balanced_accuracy",
    "ece",
]

BATCH = 64
WRONG_REASON = 0.5  # a right answer with less of its evidence on the mark has another reason
NOTHING = 1e-9  # of a logit


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a metric is called, and which way is better."""

    name: str
    better: Better


METRICS: Mapping[Metric, Meaning] = MappingProxyType(
    {
        "evidence_energy": Meaning("evidence for the true class on the mark", "higher"),
        "relevance_mass": Meaning("evidence for the answer on the mark, not widened", "higher"),
        "pointing": Meaning("strongest evidence lies on the mark", "higher"),
        "coverage": Meaning("share of the mark that the evidence fills", "higher"),
        "wrong_reason_rate": Meaning("right answers with most evidence off the mark", "lower"),
        "ignored_share": Meaning("contributions on what shall be ignored", "lower"),
        "flip_rate": Meaning("answers that follow what shall not matter", "lower"),
        "flip_rate_erased": Meaning("answers that change when it is erased", "lower"),
        "flip_rate_swapped": Meaning("answers that change when it is swapped", "lower"),
        "answer_drop": Meaning("fall of the true class when the mark is erased", "higher"),
        "balanced_accuracy": Meaning("balanced accuracy", "higher"),
        "ece": Meaning("expected calibration error", "lower"),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """A network on all held-out slices.

    Attributes
    ----------
    by_slice
        One number per annotated slice, shape ``(n,)``; nan where a metric says nothing of it.
    p_class
        Probabilities on the labeled slices, shape ``(m, classes)``.
    """

    by_slice: Mapping[Metric, Numbers]
    p_class: Numbers

    @property
    def predicted(self) -> NDArray[np.int64]:
        """Answers to the labeled slices, shape ``(m,)``."""
        return np.asarray(self.p_class.argmax(1), np.int64)


def held_out_scores(
    network: nn.Module,
    held_out: Annotated,
    changed: Interventions,
    answers: Cases,
    *,
    temperature: float = 1.0,
) -> Scores:
    """Score a network; the same `changed` for all networks that are compared."""
    labels = torch.from_numpy(held_out.cases.labels)
    answer = answered(network, held_out.cases.images)
    found = map_scores(answer, held_out, labels)
    predicted = answer.logits.argmax(1)
    flips: tuple[tuple[Metric, NDArray[np.uint8], NDArray[np.bool_]], ...] = (
        ("flip_rate_erased", changed.erased, changed.can_erase),
        ("flip_rate_swapped", changed.swapped, changed.can_swap),
    )
    for metric, images, possible in flips:
        turned = _logits_where(network, images, possible).argmax(1) != predicted.numpy()
        found[metric] = np.where(possible, turned.astype(np.float64), np.nan)
    found["flip_rate"] = _mean_of(found["flip_rate_erased"], found["flip_rate_swapped"])
    whole = _p_true(answer.logits.numpy(), held_out.cases.labels, temperature)
    without = _logits_where(network, changed.without_mark, changed.has_mark)
    rest = _p_true(without, held_out.cases.labels, temperature)
    found["answer_drop"] = np.where(changed.has_mark, whole - rest, np.nan)
    logits = answered(network, answers.images).logits.numpy()
    return Scores(MappingProxyType(found), probabilities(logits, temperature=temperature))


def map_scores(answer: Answer, held_out: Annotated, labels: Tensor) -> dict[Metric, Numbers]:
    """Compare contributions with marks."""
    rows = torch.arange(len(labels))
    predicted = answer.logits.argmax(1)
    wanted, refused = held_out.masks.evidence, held_out.masks.not_evidence
    shows = (wanted.amax((1, 2)) > 0) & (labels != NO_TUMOR)
    for_truth = answer.evidence[rows, labels].relu()
    for_answer = answer.evidence[rows, predicted].relu()
    magnitude = answer.evidence[rows, labels].abs()
    energy = _share(for_truth, wanted)
    peak = for_answer.flatten(1).argmax(1)
    hit = wanted.flatten(1)[rows, peak] > 0
    right = predicted == labels
    return {
        "evidence_energy": _where(shows, energy),
        "relevance_mass": _where(shows, _share(for_answer, narrowed(wanted))),
        "pointing": _where(shows, hit.float()),
        "coverage": _where(shows, _filled_share(for_truth, narrowed(wanted))),
        "wrong_reason_rate": _where(shows & right, (energy < WRONG_REASON).float()),
        "ignored_share": _where(refused.amax((1, 2)) > 0, _share(magnitude, refused)),
    }


@torch.inference_mode()
def answered(network: nn.Module, images: NDArray[np.uint8]) -> Answer:
    """Run a network over prepared slices, shape ``(n, size, size)``, in single precision."""
    network.eval()
    given = images if len(images) else np.zeros((1, *images.shape[1:]), np.uint8)
    parts = []
    for start in range(0, len(given), BATCH):
        pixels = torch.from_numpy(given[start : start + BATCH])[:, None].float() / 255
        parts.append(network(pixels))
    return Answer(*(torch.cat(column)[: len(images)] for column in zip(*parts, strict=True)))


def _logits_where(
    network: nn.Module, images: NDArray[np.uint8], possible: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Run the network on some rows only; the others are 0."""
    some = answered(network, images[possible]).logits.numpy()
    logits = np.zeros((len(images), some.shape[1]), np.float32)
    logits[possible] = some
    return logits


def _p_true(logits: NDArray[np.float32], labels: NDArray[np.int64], temperature: float) -> Numbers:
    return probabilities(logits, temperature=temperature)[np.arange(len(labels)), labels]


def _share(maps: Tensor, region: Tensor) -> Tensor:
    return (maps * region).sum((1, 2)) / (maps.sum((1, 2)) + NOTHING)


def _filled_share(maps: Tensor, region: Tensor) -> Tensor:
    """Give the share of a region over which its evidence is spread: 1 evenly, 1/n on one place."""
    squared = (region.sum((1, 2)) * (maps.square() * region).sum((1, 2))).clamp_min(NOTHING**2)
    return (maps * region).sum((1, 2)).square() / squared


def _where(rows: Tensor, values: Tensor) -> Numbers:
    return torch.where(rows, values.double(), torch.nan).numpy()


def _mean_of(first: Numbers, second: Numbers) -> Numbers:
    """Average two numbers per slice where either is known."""
    both = np.stack([first, second])
    known = np.isfinite(both)
    total = np.where(known, both, 0.0).sum(0)
    return np.where(known.any(0), total / np.maximum(known.sum(0), 1), np.nan)
