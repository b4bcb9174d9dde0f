"""Compare our tests of maps with those of Quantus where both define the same thing.

Quantus is no dependency: put it, and what it needs, into a folder of its own and name that folder.

    pip install --no-deps --target DIR quantus opencv-python-headless scikit-image pandas \
        matplotlib cachetools tqdm ...
    python benchmarks/quantus_agreement.py DIR

What is compared is the number for every map, not a mean. Where the definitions differ (the ties of
the pointing game, signed mass, what fills a hole, how weights are drawn anew) one of the two is set
to the definition of the other first; docs/explanation/passport.md says how they differ otherwise.
"""

import os
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from measuring import Answer, Row, write
from neuroscope.reliability.passport.cascade import cascade, draw_anew
from neuroscope.reliability.passport.faithfulness import (
    FaithfulnessConfig,
    blurred_head,
    faithfulness,
    ranked,
)
from neuroscope.reliability.passport.localization import localize_map
from neuroscope.reliability.passport.similarity import spearman

MAPS, SIDE, CLASSES = 200, 24, 3
PICTURES = 24
QUARTERS = (0.25, 0.5, 0.75, 1.0)
EXACT = "<= 1e-6"

Floats = NDArray[np.float32]
_draw = torch.Generator()


def main(folder: str) -> None:
    """Compare, and write `results/quantus_agreement.json`."""
    load = os.getloadavg()[0]
    sys.path.append(folder)
    import quantus  # type: ignore[import-not-found]

    rng = np.random.default_rng(0)
    rows = [*localization(quantus, rng), *flipping(quantus, rng), *randomization(quantus, rng)]
    notes = [
        f"Quantus {quantus.__version__}. Values are the largest difference over all maps.",
        "The pointing game is compared with tolerance 0; the passport allows a cell beside it.",
        "Mass is compared on maps without negative values: Quantus adds signed values, we clip.",
        "Flipping fills holes from the blurred head, in quarters of the picture.",
        "Quantus leaves the unchanged picture out of the curve of flipping: it is added.",
        "Insertion is the flipping of Quantus with picture and blurred picture exchanged.",
        "For randomization Quantus resets layers by our rule (same mean and spread), top down.",
    ]
    write(Answer("Do tests of maps agree with Quantus?", rows, notes), "quantus_agreement", load)
    for one in rows:
        print(f"{one.name}: {one.value:.2e} {one.unit} (n {one.n}, target {one.target})")


def localization(quantus: Any, rng: np.random.Generator) -> list[Row]:
    """Compare pointing, mass and rank on maps without negative values and with odd masks."""
    maps = rng.random((MAPS, 1, SIDE, SIDE)).astype(np.float32) ** 3
    masks = rng.random((MAPS, 1, SIDE, SIDE)) < rng.uniform(0.02, 0.4, (MAPS, 1, 1, 1))
    masks[:, :, 3, 4] = True
    labels = np.zeros(MAPS, np.int64)
    ours = [
        localize_map(one[0], mask[0], threshold=0.5, tolerance=0.0)
        for one, mask in zip(maps, masks, strict=True)
    ]
    found = []
    for name, metric, of in (
        ("pointing game", quantus.PointingGame, lambda o: float(o.pointing)),
        ("relevance mass", quantus.RelevanceMassAccuracy, lambda o: o.mass),
        ("relevance rank", quantus.RelevanceRankAccuracy, lambda o: o.rank),
    ):
        theirs = metric(abs=False, normalise=False, disable_warnings=True)(
            model=Plain(), x_batch=maps, y_batch=labels, a_batch=maps, s_batch=masks
        )
        found.append(
            _largest(name, np.asarray(theirs, np.float64), np.array([of(one) for one in ours]))
        )
    return found


def flipping(quantus: Any, rng: np.random.Generator) -> list[Row]:
    """Compare the areas under deletion and insertion."""
    torch.manual_seed(1)
    network = Plain().eval()
    images = rng.random((PICTURES, SIDE, SIDE)).astype(np.float32)
    maps = rng.normal(size=images.shape).astype(np.float32)
    head = np.ones((SIDE, SIDE), np.bool_)
    config = FaithfulnessConfig(fractions=QUARTERS, random_orders=1)
    blurred = np.stack([blurred_head(one, head, config.blur) for one in images])
    labels = rng.integers(0, CLASSES, PICTURES)
    ours = [
        faithfulness(image, head, values, _score(network, int(label)), config=config)
        for image, values, label in zip(images, maps, labels, strict=True)
    ]
    found = []
    for name, start, end, area in (
        ("deletion", images, blurred, [one.deletion for one in ours]),
        ("insertion", blurred, images, [one.insertion for one in ours]),
    ):
        metric = quantus.PixelFlipping(
            features_in_step=SIDE * SIDE // 4, abs=False, normalise=False, disable_warnings=True,
            perturb_func=_exchange(end), perturb_baseline=0.0,
        )  # fmt: skip
        curves = metric(
            model=network, x_batch=start[:, None], y_batch=labels, a_batch=maps[:, None],
            softmax=False, batch_size=PICTURES,
        )  # fmt: skip
        with torch.inference_mode():
            whole = network(torch.from_numpy(start[:, None])).numpy()
        first = whole[np.arange(PICTURES), labels]
        theirs = np.trapezoid(
            np.column_stack([first, np.asarray(curves, np.float64)]), dx=0.25, axis=1
        )
        found.append(_largest(f"area under {name}", theirs, np.asarray(area, np.float64)))
    order = np.stack([ranked(one, head, rng) for one in maps]).reshape(PICTURES, -1)
    same = np.argsort(order, 1) == np.argsort(-maps.reshape(PICTURES, -1), 1)
    found.append(_largest("order of the pixels", same.mean(1), np.ones(PICTURES)))
    return found


def randomization(quantus: Any, rng: np.random.Generator) -> list[Row]:
    """Compare the rank correlations of maps while layers are forgotten from the top."""
    torch.manual_seed(2)
    network = Plain().eval()
    images = rng.random((PICTURES, 1, SIDE, SIDE)).astype(np.float32)
    labels = rng.integers(0, CLASSES, PICTURES)
    before = slopes(network, images, labels)
    ours = []
    for _, forgotten in cascade(network, seed=7):
        after = slopes(forgotten, images, labels)
        ours.append(
            [spearman(abs(a), abs(b)) for a, b in zip(before[:, 0], after[:, 0], strict=True)]
        )
    _draw.manual_seed(7)
    theirs = quantus.MPRT(
        layer_order="top_down", abs=True, normalise=False, disable_warnings=True,
    )(
        model=network, x_batch=images, y_batch=labels, a_batch=before, explain_func=slopes,
        softmax=False, batch_size=PICTURES,
    )  # fmt: skip
    layers = [values for name, values in theirs.items() if name != "original"]
    return [
        _largest(
            "model randomization",
            np.asarray(layers, np.float64).ravel(),
            np.asarray(ours, np.float64).ravel(),
        )
    ]


class Forgetful(nn.Conv2d):
    """A layer that Quantus resets by our rule."""

    def reset_parameters(self) -> None:
        """Draw the weights anew with their own mean and spread; at first, as PyTorch does."""
        if getattr(self, "is_made", False):
            draw_anew(self, _draw)
        else:
            super().reset_parameters()
            self.is_made = True


class Plain(nn.Module):
    """Six layers in a row, then the mean of every class."""

    def __init__(self) -> None:
        super().__init__()
        widths = (1, 6, 8, 8, 8, 6, CLASSES)
        for number, (before, after) in enumerate(pairwise(widths)):
            self.add_module(f"layer{number}", Forgetful(before, after, 3, padding=1))

    def forward(self, image: Tensor) -> Tensor:
        """Give logits `(n, classes)`."""
        for number, layer in enumerate(self.children()):
            image = torch.tanh(layer(image) if number == 0 else layer(image) * 2)
        return image.mean((2, 3)) * 5


def slopes(model: nn.Module, inputs: Any, targets: NDArray[np.int64], **options: object) -> Floats:
    """Give the slope of the target's logit in every pixel, as Quantus asks for explanations."""
    del options
    images = torch.as_tensor(np.asarray(inputs)).clone().requires_grad_()
    score = model(images)[torch.arange(len(images)), torch.as_tensor(targets)].sum()
    return np.asarray(torch.autograd.grad(score, images)[0].numpy(), np.float32)


def _score(network: nn.Module, label: int) -> Callable[[Floats], Floats]:
    def score(pictures: Floats) -> Floats:
        with torch.inference_mode():
            return np.asarray(network(torch.from_numpy(pictures))[:, label].numpy())

    return score


def _exchange(other: Floats) -> Callable[..., Floats]:
    """Fill the chosen pixels from another picture."""
    flat = other.reshape(len(other), -1)

    def exchange(arr: Floats, indices: NDArray[np.int64], **options: object) -> Floats:
        del options
        filled = arr.copy()
        np.put_along_axis(filled, indices, np.take_along_axis(flat, indices, 1), 1)
        return filled

    return exchange


def _largest(name: str, theirs: NDArray[np.floating], ours: NDArray[np.floating]) -> Row:
    away = float(np.abs(theirs - ours).max())
    return Row(f"{name}: largest difference", away, "", len(ours), away, away, EXACT)


if __name__ == "__main__":
    main(sys.argv[1])
