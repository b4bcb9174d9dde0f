"""The methods of explanation by name: what each is in `records/attribution.py`, its code here."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from torch import nn

from neuroscope.explain.attribution.asking import at_rest
from neuroscope.explain.attribution.class_maps import (
    evidence,
    gradcam,
    gradcam_plus_plus,
    layercam,
)
from neuroscope.explain.attribution.controls import center, edges
from neuroscope.explain.attribution.gradients import gradient_shap, integrated_gradients
from neuroscope.explain.attribution.occlusion import occlusion
from neuroscope.explain.attribution.question import Question
from neuroscope.explain.attribution.rise import rise
from neuroscope.explain.attribution.shapley import kernel_shap
from neuroscope.records.attribution import Attribution
from neuroscope.records.explanationmethod import method_named

FUNCTIONS: Mapping[str, Callable[[nn.Module, Question], Attribution]] = MappingProxyType(
    {
        "evidence": evidence,
        "gradcam": gradcam,
        "gradcam++": gradcam_plus_plus,
        "layercam": layercam,
        "integrated_gradients": integrated_gradients,
        "gradient_shap": gradient_shap,
        "occlusion": occlusion,
        "kernel_shap": kernel_shap,
        "rise": rise,
        "edges": edges,
        "center": center,
    }
)


def attribute(network: nn.Module, question: Question, method: str) -> Attribution:
    """Explain the answer of a network on one slice.

    Parameters
    ----------
    network
        Anything that answers pictures ``(n, 1, rows, columns)`` with something that has ``logits``:
        the evidence network, a baseline, a network of a test.
    method
        A name of `records.attribution.METHODS`.

    Raises
    ------
    BadInputError
        For an unknown method or class.
    ModelError
        If the network lacks the layer that the method needs; the message names it.
    MissingExtraError
        If captum is not installed.
    """
    name = method_named(method).name
    with at_rest(network):
        return FUNCTIONS[name](network, question)
