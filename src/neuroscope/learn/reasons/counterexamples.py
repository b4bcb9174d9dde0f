"""Show annotated slices again, with other content where readers said "ignore this".

A map can move to where readers looked while the network goes on reading what it shall ignore: every
place sees far around itself, and may carry there what it saw elsewhere. A slice whose ignored part
comes from a slice of another class, and whose class stays what it was, cannot be answered that way
(Teso and Kersting 2019, arXiv:1805.08578).
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.cells import CellMasks

AGREED = 0.5  # share of the slices with "ignore this" that must refuse a place


def counterexamples(annotated: Annotated, donors: Cases, count: int, *, seed: int) -> Annotated:
    """Make ``count`` counterexamples of every slice that has an ignored part.

    Parameters
    ----------
    donors
        Slices that give their pixels; for each slice, one of another class is drawn.

    Returns
    -------
    Annotated
        Same classes, units and marks as the slices they were made of; empty where nothing is
        ignored or all donors are of one class.
    """
    ignored = annotated.masks.not_evidence.amax((1, 2)).numpy() > 0
    labels = annotated.cases.labels
    usable = [n for n in np.flatnonzero(ignored) if (donors.labels != labels[n]).any()]
    rows = np.repeat(np.array(usable, np.int64), count)
    chosen = annotated.select(rows)
    cover = _pixels(chosen.masks, annotated.cases.images.shape[-1])
    images = np.empty_like(chosen.cases.images)
    for number, row in enumerate(rows):
        rng = np.random.default_rng([seed, int(row), number % count])
        donor = donors.images[rng.choice(np.flatnonzero(donors.labels != labels[row]))]
        own, share = chosen.cases.images[number], cover[number]
        images[number] = np.round(own * (1 - share) + donor * share)
    return Annotated(Cases(images, chosen.cases.labels, chosen.cases.units), chosen.masks)


def with_counterexamples(
    annotated: Annotated, donors: Cases, count: int, *, seed: int
) -> tuple[Annotated, Tensor]:
    """Append counterexamples, and mark them, shape ``(n,)``: they also teach the class."""
    made = counterexamples(annotated, donors, count, seed=seed)
    marked = torch.cat([torch.zeros(len(annotated)), torch.ones(len(made))])
    return annotated.followed_by(made), marked


def without_ignored(replay: Cases, annotated: Annotated, *, seed: int) -> Cases:
    """Give every replayed slice another one's pixels where marks agree on "ignore this".

    A promise that is measured on slices with a shortcut protects the shortcut: its loss is low
    because of what readers refuse. Where most slices with such marks refuse the same place, that
    place is taken to mean nothing on any slice; donors are drawn without regard to their class.
    Marks that lie in a different place on every slice agree on none, and nothing is changed.
    """
    refused = annotated.masks.not_evidence[annotated.masks.not_evidence.amax((1, 2)) > 0]
    if len(refused) == 0 or not (common := (refused > 0).float().mean(0) > AGREED).any():
        return replay
    size = replay.images.shape[-1]
    place = functional.interpolate(common[None, None].float(), size, mode="nearest")[0, 0] > 0
    donors = np.random.default_rng([seed, len(replay)]).permutation(len(replay))
    images = replay.images.copy()
    images[:, place.numpy()] = replay.images[donors][:, place.numpy()]
    return Cases(images, replay.labels, replay.units)


def _pixels(masks: CellMasks, size: int) -> NDArray[np.float32]:
    if len(masks) == 0:
        return np.zeros((0, size, size), np.float32)
    finer = functional.interpolate(masks.not_evidence[:, None], size, mode="nearest")
    return finer[:, 0].numpy()
