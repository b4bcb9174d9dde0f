"""Maps from the last features: the exact evidence of the network, and the family of Grad-CAM.

References
----------
Zhou et al. 2016 (arXiv:1512.04150); Selvaraju et al. 2017 (arXiv:1610.02391), Grad-CAM;
Chattopadhay et al. 2018 (arXiv:1710.11063), Grad-CAM++; Jiang et al. 2021
(doi:10.1109/TIP.2021.3089943), LayerCAM.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neuroscope.errors import ModelError
from neuroscope.explain.attribution.asking import as_tensor, centered, features_and_slopes
from neuroscope.explain.attribution.cells import cells_on_input
from neuroscope.explain.attribution.question import Question
from neuroscope.records.attribution import Attribution

Floats = NDArray[np.float32]


def evidence(network: nn.Module, question: Question) -> Attribution:
    """Take the contributions of all places to the centered logit, as the network gives them.

    Raises
    ------
    ModelError
        If the network does not decide by places.
    """
    cells, logits = _contributions(network, question.image[None], question.target)
    error = abs(float(cells[0].sum(dtype=np.float64)) - float(logits[0]))
    return Attribution(
        _on_input(network, cells[0], question),
        "evidence",
        question.target,
        notes={"completeness_error": error, "centered_logit": float(logits[0])},
    )


def gradcam(network: nn.Module, question: Question) -> Attribution:
    """Weigh every feature by its mean slope, and keep what speaks for the class."""
    return _drawn(network, question, "gradcam")


def gradcam_plus_plus(network: nn.Module, question: Question) -> Attribution:
    """Weigh every feature by its rising slopes, the rarer a feature the more.

    Notes
    -----
    With ``g`` the slope and ``S`` the sum of a feature, a place counts ``relu(g) / (2 + S g)``: the
    published ``g^2 / (2 g^2 + S g^3)`` with the square canceled. Where slopes are small, adding a
    constant to the denominator instead changes the weights by tens of percent.
    """
    return _drawn(network, question, "gradcam++")


def layercam(network: nn.Module, question: Question) -> Attribution:
    """Weigh every feature at every place by its own slope there, where that rises."""
    return _drawn(network, question, "layercam")


def cells_of(network: nn.Module, images: Floats, target: int, method: str) -> Floats:
    """Compute the map of a method on the cells of the network.

    Parameters
    ----------
    images
        Shape `(n, rows, columns)`, prepared.
    method
        `evidence`, `gradcam`, `gradcam++` or `layercam`.

    Returns
    -------
    NDArray[np.float32]
        Shape `(n, cell rows, cell columns)`.
    """
    if method == "evidence":
        return _contributions(network, images, target)[0]
    features, slopes = features_and_slopes(network, as_tensor(images, network), target)
    return np.asarray(_RULES[method](features, slopes).cpu().numpy(), np.float32)


def _gradcam(features: Tensor, slopes: Tensor) -> Tensor:
    return torch.relu((slopes.mean((2, 3), keepdim=True) * features).sum(1))


def _gradcam_plus_plus(features: Tensor, slopes: Tensor) -> Tensor:
    rising = torch.relu(slopes)
    share = rising / (2 + features.sum((2, 3), keepdim=True) * rising)
    return torch.relu((share.sum((2, 3), keepdim=True) * features).sum(1))


def _layercam(features: Tensor, slopes: Tensor) -> Tensor:
    return torch.relu((torch.relu(slopes) * features).sum(1))


_RULES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = MappingProxyType(
    {"gradcam": _gradcam, "gradcam++": _gradcam_plus_plus, "layercam": _layercam}
)


def _drawn(network: nn.Module, question: Question, method: str) -> Attribution:
    cells = cells_of(network, question.image[None], question.target, method)[0]
    cautions = () if cells.any() else ("Nothing in the last features speaks for this class.",)
    return Attribution(
        _on_input(network, cells, question), method, question.target, cautions=cautions
    )


def _on_input(network: nn.Module, cells: Floats, question: Question) -> Floats:
    centers = getattr(network, "centers", None)
    if centers is None:
        raise ModelError(
            f"{type(network).__name__} does not say where its cells lie ('centers').",
            fix="Choose a method that asks for answers only, such as occlusion or RISE.",
        )
    return cells_on_input(cells, question.image.shape, offset=centers.offset, jump=centers.jump)


def _contributions(network: nn.Module, images: Floats, target: int) -> tuple[Floats, Floats]:
    with torch.no_grad():
        answer = network(as_tensor(images, network))
    logits = centered(answer.logits, target).cpu().numpy()
    if answer.evidence is None or answer.evidence.ndim != 4:
        raise ModelError(
            f"{type(network).__name__} lacks the layer that this method needs: 'evidence', the "
            "contributions of its places.",
            fix="Choose Grad-CAM, or a method that asks for answers only.",
        )
    return np.asarray(answer.evidence[:, target].float().cpu().numpy()), np.asarray(logits)
