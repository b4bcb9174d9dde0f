"""Measure for every method of explanation whether its maps change when the network forgets all.

References
----------
Adebayo et al. 2018 (arXiv:1810.03292): a method whose map stays shows the picture, not the model.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from neuroscope.errors import BadInputError
from neuroscope.explain.attribution.question import Question
from neuroscope.explain.methods import attribute
from neuroscope.learn.dataset import SliceSet, load_slices
from neuroscope.learn.randomized_maps import UNLIKE, alike
from neuroscope.models.forgetting import save_forgetting
from neuroscope.models.weights import load_network, read_sidecar
from neuroscope.records.explanationmethod import METHODS
from neuroscope.records.passport import MapTest, judged
from neuroscope.records.progress import Progress, ignore
from neuroscope.reliability.passport.cascade import cascade

ALL = tuple(one.name for one in METHODS)
MOST = 2  # slices of each set and class: RISE alone asks the network 2,000 times about each
WHAT = "Spearman's correlation with the map of a network that forgot all, for the method."


def evaluate_forgetting(
    weights: Path,
    data: Path,
    out: Path,
    *,
    most: int = MOST,
    methods: Sequence[str] = ALL,
    progress: Progress = ignore,
) -> Path:
    """Measure every method on validation slices and write ``forgetting.json``.

    Parameters
    ----------
    weights
        Folder with the release files of the evidence network.
    data
        Folder with the split file and both slice sets.
    most
        At most so many validation slices of each set and class.

    Returns
    -------
    Path
        The file that was written.
    """
    network = load_network(weights).eval()
    slices = load_slices(data, splits=["val"], size=network.shape.input_size, most=most)
    found = forgetting_of(network, slices, methods, progress=progress)
    notes: Mapping[str, str | int] = {
        "slices": len(slices),
        "units": len(set(slices.units)),
        "split": "val",
        "forgot": "every weight drawn anew with the mean and spread of its tensor",
    }
    return save_forgetting(str(read_sidecar(weights)["sha256"]), found, out, notes=notes)


def forgetting_of(
    network: nn.Module,
    slices: SliceSet,
    methods: Sequence[str],
    *,
    progress: Progress = ignore,
) -> dict[str, MapTest]:
    """Compare the maps of a network and of its copy that forgot all, for its own answers.

    Raises
    ------
    BadInputError
        If there are no slices.
    """
    if not len(slices):
        raise BadInputError("There are no slices to explain.", fix="Allow more (--most).")
    ((_, forgot),) = deque(cascade(network), maxlen=1)
    found = {}
    for number, method in enumerate(methods, start=1):
        maps = np.array(
            [
                [attribute(of, asked, method).values for of in (network, forgot)]
                for asked in _questions(network, slices)
            ],
            np.float32,
        )
        anywhere = alike(maps[:, 0], maps[:, 1], slices.units)
        inside = alike(maps[:, 0], maps[:, 1], slices.units, slices.heads)
        found[method] = judged(
            "model_randomization",
            anywhere.value,
            UNLIKE,
            rule="at most",
            interval=(anywhere.low, anywhere.high),
            reason=WHAT,
            details={
                "inside the head": inside.value,
                "inside the head, low": inside.low,
                "inside the head, high": inside.high,
                "slices": float(len(slices)),
            },
        )
        progress(number / len(methods))
    return found


def _questions(network: nn.Module, slices: SliceSet) -> list[Question]:
    asked = []
    for image, head in zip(slices.images, slices.heads, strict=True):
        seen = image.astype(np.float32) / 255
        with torch.inference_mode():
            logits = network(torch.from_numpy(seen)[None, None]).logits
        asked.append(Question(image=seen, target=int(logits.argmax()), head=head))
    return asked
