"""Share the difference between a slice and its reference out to the pixels, along a path.

References
----------
Sundararajan et al. 2017 (arXiv:1703.01365), integrated gradients; Lundberg and Lee 2017
(arXiv:1705.07874), expected gradients over references and noise.
"""

import numpy as np
import torch
from torch import Tensor, nn

from neuroscope.errors import extra
from neuroscope.explain.attribution.asking import BATCH, as_tensor, scorer, scores
from neuroscope.explain.attribution.question import Question
from neuroscope.records.attribution import Attribution
from neuroscope.records.explanationmethod import method_named

FEWEST_STEPS = 32
COMPLETE = 0.01  # of the difference: what the pixels may miss before the steps are doubled
NOISE = 0.02  # standard deviation of the gray values, of GradientSHAP
SMALL = 0.05  # logits: below it a share of the difference says nothing


def integrated_gradients(network: nn.Module, question: Question) -> Attribution:
    """Integrate the slope from the reference to the slice, times the way of every pixel.

    Notes
    -----
    The pixels must sum to the difference of the two answers. The steps are doubled, from 32 up to
    the budget, until they do within 1 %; if they never do, a caution says so.
    """
    with extra("explain"):
        from captum.attr import IntegratedGradients

    budget = question.asks(method_named("integrated_gradients").budget or FEWEST_STEPS)
    steps = min(FEWEST_STEPS, budget)
    ends = np.stack([question.absent, question.image])
    before, after = map(float, scores(network, ends, question.target))
    integrated = IntegratedGradients(scorer(network, question.target))
    while True:
        found: Tensor = integrated.attribute(
            as_tensor(question.image, network),
            baselines=as_tensor(question.absent, network),
            n_steps=steps,
            method="gausslegendre",
            internal_batch_size=min(BATCH, steps),
        )
        values = found[0, 0].detach().double().cpu().numpy()
        missed = abs(float(values.sum()) - (after - before))
        if missed <= COMPLETE * abs(after - before) or 2 * steps > budget:
            break
        steps *= 2
    return Attribution(
        np.asarray(values, np.float32),
        "integrated_gradients",
        question.target,
        notes={
            "steps": float(steps),
            "difference": after - before,
            "completeness_error": missed,
            "completeness_share": missed / max(abs(after - before), SMALL),
        },
        cautions=_incomplete(missed, after - before),
    )


def gradient_shap(network: nn.Module, question: Question, *, noise: float = NOISE) -> Attribution:
    """Average slope times way at random points between the reference and noisy copies.

    Notes
    -----
    Drawn by a generator of its own: captum draws from the global one of NumPy, which no seed of a
    question can hold.
    """
    number = question.asks(method_named("gradient_shap").budget or 1)
    rng = torch.Generator().manual_seed(question.seed)
    score = scorer(network, question.target)
    image, absent = (as_tensor(one, network) for one in (question.image, question.absent))
    inside = as_tensor(question.where_head.astype(np.float32), network)
    parts = []
    for start in range(0, number, BATCH):
        n = min(BATCH, number - start)
        draw = torch.randn((n, *image.shape[1:]), generator=rng).to(image.device)
        noisy = image + noise * draw * inside
        at = torch.rand((n, 1, 1, 1), generator=rng).to(image.device)
        points = (absent + at * (noisy - absent)).detach().requires_grad_()
        with torch.enable_grad():
            slope = torch.autograd.grad(score(points).sum(), points)[0]
        parts.append((slope * (noisy - absent))[:, 0].detach().double().cpu())
    samples = torch.cat(parts)
    before, after = scores(network, np.stack([question.absent, question.image]), question.target)
    return Attribution(
        np.asarray(samples.mean(0).numpy(), np.float32),
        "gradient_shap",
        question.target,
        notes={
            "samples": float(number),
            "difference": float(after - before),
            "completeness_error": abs(float(samples.mean(0).sum()) - float(after - before)),
        },
        standard_error=_standard_error(samples),
    )


def _standard_error(samples: Tensor) -> np.ndarray | None:
    if len(samples) < 2:
        return None
    return np.asarray((samples.std(0) / len(samples) ** 0.5).numpy(), np.float32)


def _incomplete(missed: float, difference: float) -> tuple[str, ...]:
    if missed <= COMPLETE * max(abs(difference), SMALL):
        return ()
    sentence = (
        f"The pixels miss {missed:.3f} of a difference of {difference:.3f} logits: "
        "do not read small values."
    )
    return (sentence,)
