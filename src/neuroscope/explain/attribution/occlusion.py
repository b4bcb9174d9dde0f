"""Blur a window around every place and see how far the answer falls.

References
----------
Zeiler and Fergus 2014 (arXiv:1311.2901), who painted the window gray.
"""

import numpy as np
import torch
from torch import nn

from neuroscope.errors import BadInputError, extra
from neuroscope.explain.attribution.asking import BATCH, as_tensor, scorer
from neuroscope.explain.attribution.question import Question
from neuroscope.records.attribution import Attribution
from neuroscope.records.explanationmethod import method_named

WINDOW = 0.1  # of the side; about the size of a lesion


def occlusion(network: nn.Module, question: Question, *, window: int | None = None) -> Attribution:
    """Average, for every pixel, the fall of the answer over all windows that cover it.

    Parameters
    ----------
    window
        Side in pixels; None takes a tenth of the slice. The step between windows is the smallest
        that the budget pays for; no pixel is left out, however small the budget.

    Raises
    ------
    BadInputError
        If the window is larger than the slice.
    """
    with extra("explain"):
        from captum.attr import Occlusion

    rows, columns = question.image.shape
    side = window or max(1, round(WINDOW * max(rows, columns)))
    if side > min(rows, columns):
        raise BadInputError(f"A window of {side} pixels does not fit.", fix="Choose a smaller one.")
    step = _step(question.image.shape, side, question.asks(method_named("occlusion").budget or 1))
    with torch.no_grad():
        found = Occlusion(scorer(network, question.target)).attribute(
            as_tensor(question.image, network),
            sliding_window_shapes=(1, side, side),
            strides=(1, step, step),
            baselines=as_tensor(question.absent, network),
            perturbations_per_eval=BATCH,
        )
    return Attribution(
        np.asarray(found[0, 0].cpu().numpy(), np.float32),
        "occlusion",
        question.target,
        notes={"window": float(side), "step": float(step)},
    )


def _step(shape: tuple[int, ...], side: int, budget: int) -> int:
    """Find the smallest step, at most the side of the window, that keeps within the budget."""
    for step in range(1, side):
        if np.prod([-(-(n - side) // step) + 1 for n in shape]) <= budget:
            return step
    return side
