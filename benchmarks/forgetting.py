"""Measure whether maps of every method change when the network forgets all it learned.

Adebayo et al. 2018 (arXiv:1810.03292): a method whose map stays shows the picture, not the model.
On validation slices of both sets, with the shipped network, its own answer and each method's usual
budget; the network that forgot draws every weight anew (`reliability/passport/cascade.py`).
"""

import os
import sys
from collections import deque
from pathlib import Path

import numpy as np
import torch
from torch import nn

from measuring import Answer, Row, write
from neuroscope.explain.attribution.question import Question
from neuroscope.learn.dataset import SliceSet, load_slices
from neuroscope.learn.randomized_maps import UNLIKE, alike
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.models.weights import load_network
from neuroscope.records.explanationmethod import METHODS
from neuroscope.reliability.passport.cascade import cascade
from neuroscope.workflow.attribute import explain_slice

MOST = 2  # slices of each set and class
TARGET = f"< {UNLIKE}"


def main() -> None:
    """Measure, and write `results/forgetting.json`."""
    data = os.environ.get("NEUROSCOPE_DATA")
    if not data:
        sys.exit("needs the private development data: set NEUROSCOPE_DATA")
    load = os.getloadavg()[0]
    network = load_network(SHIPPED_WEIGHTS).eval()
    size = network.shape.input_size
    slices = load_slices(Path(data), splits=["val"], size=size, most=MOST)
    ((_, forgot),) = deque(cascade(network), maxlen=1)
    rows = []
    for method in METHODS:  # the slow ones take minutes: each is told as it is found
        part = _rows(network, forgot, slices, method.name)
        print(f"{part[0].name}: {part[0].value:.2f}", flush=True)
        rows += part
    notes = [
        f"{len(slices)} validation slices of {len(set(slices.units))} groups; intervals by group.",
        "Edges and the blob in the middle know no network: they must fail.",
    ]
    write(Answer("Do maps change when the network forgets all?", rows, notes), "forgetting", load)


def _rows(network: nn.Module, forgot: nn.Module, slices: SliceSet, method: str) -> list[Row]:
    pairs = []
    for image, head in zip(slices.images, slices.heads, strict=True):
        with torch.inference_mode():
            logits = network(torch.from_numpy(image)[None, None].float() / 255).logits
        asked = Question(
            image=image.astype(np.float32) / 255, target=int(logits.argmax()), head=head
        )
        pairs.append(
            [explain_slice(of, asked, method).attribution.values for of in (network, forgot)]
        )
    maps = np.array(pairs, np.float32)
    found = []
    for where, heads in (("", None), (", inside the head", slices.heads)):
        one = alike(maps[:, 0], maps[:, 1], slices.units, heads)
        name = f"{method}: rank correlation{where}"
        target = "" if heads is not None else TARGET
        found.append(Row(name, one.value, "", len(maps), one.low, one.high, target))
    return found


if __name__ == "__main__":
    main()
