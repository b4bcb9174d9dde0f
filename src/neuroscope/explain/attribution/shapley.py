"""Share the answer out fairly: to regions of a slice, or to the sequences of a study.

References
----------
Shapley 1953; Lundberg and Lee 2017 (arXiv:1705.07874) for the sampled form; Achanta et al. 2012
(doi:10.1109/TPAMI.2012.120) for superpixels.
"""

from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from neuroscope.errors import extra
from neuroscope.explain.attribution.asking import BATCH, as_tensor, scorer, scores
from neuroscope.explain.attribution.coalitions import shapley_values
from neuroscope.explain.attribution.question import Question
from neuroscope.records.attribution import Attribution
from neuroscope.records.explanationmethod import method_named

REGIONS = 40
COMPACTNESS = 0.3  # gray values are 0..1; less lets noise tear regions apart
CROWDED = 2  # samples a region, below which the shares are a guess


def kernel_shap(
    network: nn.Module, question: Question, *, regions: NDArray[np.integer] | None = None
) -> Attribution:
    """Estimate the Shapley value of every region, by weighted regression on random coalitions.

    Parameters
    ----------
    regions
        A number for every pixel, from 0; None takes superpixels of the head. A region that is not
        in a coalition looks as in the reference.

    Notes
    -----
    A pixel holds the value of its region divided by its pixels, so that the map sums to the
    difference of the two answers and large regions do not shout. Where the budget pays for all
    coalitions (nine regions or fewer), all are asked and the values are exact.
    """
    labels = superpixels(question) if regions is None else regions
    sizes = np.bincount(labels.ravel())
    number = question.asks(method_named("kernel_shap").budget or 1)
    is_exact = 2 ** len(sizes) <= number
    before, after = scores(network, np.stack([question.absent, question.image]), question.target)
    values = (_exact if is_exact else sampled)(network, question, labels, number)
    shares = (values / sizes)[labels]
    cautions: tuple[str, ...] = ()
    if not is_exact and number < CROWDED * len(sizes):
        cautions = (f"{number} samples are few for {len(sizes)} regions: the shares are a guess.",)
    return Attribution(
        np.asarray(shares, np.float32),
        "kernel_shap",
        question.target,
        notes={
            "regions": float(len(sizes)),
            "samples": float(2 ** len(sizes) if is_exact else number),
            "difference": float(after - before),
            "completeness_error": abs(float(shares.sum()) - float(after - before)),
        },
        cautions=cautions,
    )


def sampled(
    network: nn.Module, question: Question, labels: NDArray[np.integer], number: int
) -> NDArray[np.float64]:
    """Estimate the Shapley value of every region from so many random coalitions."""
    with extra("explain"):
        from captum.attr import KernelShap

    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(question.seed)
        found = KernelShap(scorer(network, question.target)).attribute(
            as_tensor(question.image, network),
            baselines=as_tensor(question.absent, network),
            feature_mask=torch.from_numpy(np.ascontiguousarray(labels, np.int64))[None, None],
            n_samples=number,
            perturbations_per_eval=BATCH,
            return_input_shape=False,
        )
    return np.asarray(found.flatten().cpu().numpy(), np.float64)


def _exact(
    network: nn.Module, question: Question, labels: NDArray[np.integer], number: int
) -> NDArray[np.float64]:
    del number
    regions = int(labels.max()) + 1
    everyone = [who for size in range(regions + 1) for who in combinations(range(regions), size)]
    images = np.stack(
        [np.where(np.isin(labels, who), question.image, question.absent) for who in everyone]
    )
    worth = dict(zip(everyone, scores(network, images, question.target), strict=True))
    return shapley_values(regions, lambda who: float(worth[who]))


def superpixels(question: Question, *, number: int = REGIONS) -> NDArray[np.int64]:
    """Cut the head into about so many regions of like brightness; all outside is one more."""
    from skimage.segmentation import slic  # 0.5 s to import

    head = question.where_head
    if not head.any():
        return np.zeros(head.shape, np.int64)
    found = slic(
        np.array(question.image),  # it refuses arrays that cannot be written to
        n_segments=number,
        compactness=COMPACTNESS,
        sigma=1,
        mask=np.array(head),
        channel_axis=None,
        start_label=1,
    )
    _, labels = np.unique(found, return_inverse=True)
    return np.asarray(labels.reshape(head.shape), np.int64)
