"""Learn from earlier weights: start where they ended, and let them outline what no expert drew.

Most tumor slices of the 4-class set carry a class and no outline. Where an earlier network names
the right class with confidence, its evidence serves as an outline that counts half.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from neuroscope.errors import ModelError
from neuroscope.learn.dataset import SliceSet
from neuroscope.learn.predict import BATCH
from neuroscope.models.calibration import probabilities
from neuroscope.models.classes import NO_TUMOR
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.models.weights import load_network, read_sidecar

TRUST = 0.5  # an outline by a network counts this much, one by an expert 1
SURE = 0.9  # least probability of the true class
LIT = 0.1  # of the largest contribution: what validation overlaps ask for
SMALLEST, LARGEST = 0.002, 0.25  # of the picture: an outline outside this range is not believed


def start_from(network: nn.Module, folder: Path) -> None:
    """Copy earlier weights in place; layers that they lack stay as they are, and change nothing.

    Raises
    ------
    ModelError
        If a layer of the earlier network has no counterpart of its shape.
    """
    earlier = load_network(folder).state_dict()
    own = network.state_dict()
    odd = [
        name for name, value in earlier.items() if name not in own or own[name].shape != value.shape
    ]
    if odd:
        raise ModelError(
            f"The earlier weights do not fit: {odd[0]} has another shape or no counterpart.",
            fix="Start from weights of the same widths, or without earlier weights.",
        )
    network.load_state_dict(earlier, strict=False)


def outlined(slices: SliceSet, folder: Path) -> tuple[SliceSet, NDArray[np.float32]]:
    """Add outlines where there are none, and say how far each slice's outline is trusted.

    Returns
    -------
    tuple[SliceSet, NDArray[np.float32]]
        The slices with more masks, and per slice 1 (expert), 0.5 (network) or 0 (unknown).
    """
    trust = slices.has_mask.astype(np.float32)
    teacher = load_network(folder)
    temperature = float(read_sidecar(folder)["temperature"])
    masks = slices.masks.copy()
    rows = np.flatnonzero(~slices.has_mask & (slices.labels != NO_TUMOR))
    for start in range(0, len(rows), BATCH):
        chosen = rows[start : start + BATCH]
        outlines, sure = _outlines(teacher, slices, chosen, temperature)
        share = outlines.mean((1, 2))
        good = sure & (share > SMALLEST) & (share < LARGEST)
        masks[chosen[good]] = np.where(outlines[good], np.uint8(255), np.uint8(0))
        trust[chosen[good]] = TRUST
    return replace(slices, masks=masks, has_mask=trust > 0), trust


@torch.inference_mode()
def _outlines(
    teacher: EvidenceNetwork, slices: SliceSet, rows: NDArray[np.int64], temperature: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Average the answers to the slices and their mirror images; outline the true class."""
    stored, size = slices.images.shape[-1], teacher.shape.input_size
    image = torch.from_numpy(slices.images[rows])[:, None].float() / 255
    image = functional.interpolate(image, (size, size), mode="bilinear", antialias=True)
    plain, turned = teacher(image), teacher(image.flip(-1))
    labels = torch.from_numpy(slices.labels[rows])
    logits = ((plain.logits + turned.logits) / 2).numpy()
    evidence = (plain.evidence + turned.evidence.flip(-1)) / 2
    evidence = evidence[torch.arange(len(rows)), labels][:, None]
    evidence = functional.interpolate(evidence, (stored, stored), mode="bilinear")
    lit = evidence > LIT * evidence.amax((2, 3), keepdim=True)
    p_true = probabilities(logits, temperature=temperature)[np.arange(len(rows)), labels.numpy()]
    return lit[:, 0].numpy() & slices.heads[rows], np.asarray(p_true > SURE)
