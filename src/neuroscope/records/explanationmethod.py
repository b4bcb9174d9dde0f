"""What methods of explanation there are. No arrays: a command can list them at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from neuroscope.errors import BadInputError

Tier = Literal["instant", "seconds", "background"]
Layer = Literal["cells", "last_features"]
MethodName = Literal[
    "evidence",
    "gradcam",
    "gradcam++",
    "layercam",
    "integrated_gradients",
    "gradient_shap",
    "occlusion",
    "kernel_shap",
    "rise",
    "edges",
    "center",
]
WITH_CAPTUM = ("torch", "safetensors", "captum")


@dataclass(frozen=True, slots=True)
class ExplanationMethod:
    """A method as a person chooses it.

    Attributes
    ----------
    tier
        How long it takes on a processor of a few cores: at once, seconds, or a minute and more.
    is_signed
        Whether negative values speak against the class; else the map is 0 or more.
    layer
        What a network must have for it: places whose evidence adds up, or features before the
        pooling. None asks nothing but answers.
    budget
        How often the network is asked unless said otherwise; None where it is asked once.
    packages
        What must be installed, by the names they are imported under.
    is_control
        A picture that knows nothing of the network: what any explanation must be better than.
    reads_volumes
        Whether it can be drawn in three dimensions, from slices along three axes.
    """

    name: MethodName
    title: str
    tier: Tier
    is_signed: bool
    meaning: str
    layer: Layer | None = None
    budget: int | None = None
    packages: tuple[str, ...] = ("torch", "safetensors")
    is_control: bool = False
    reads_volumes: bool = False


METHODS: tuple[ExplanationMethod, ...] = (
    ExplanationMethod(
        "evidence", "Evidence map", "instant", True, layer="cells", reads_volumes=True,
        meaning="What every place adds to the decision. Exact: the places sum to the answer.",
    ),
    ExplanationMethod(
        "gradcam", "Grad-CAM", "instant", False, layer="last_features", reads_volumes=True,
        meaning="Last features, weighed by how much the answer would rise with each.",
    ),
    ExplanationMethod(
        "gradcam++", "Grad-CAM++", "instant", False, layer="last_features", reads_volumes=True,
        meaning="Grad-CAM with weights meant for several lesions at once.",
    ),
    ExplanationMethod(
        "layercam", "LayerCAM", "instant", False, layer="last_features", reads_volumes=True,
        meaning="Last features, weighed place by place, where they speak for the answer.",
    ),
    ExplanationMethod(
        "integrated_gradients", "Integrated gradients", "seconds", True, budget=256,
        packages=WITH_CAPTUM,
        meaning="What every pixel adds on the way from a blurred picture to this one.",
    ),
    ExplanationMethod(
        "gradient_shap", "GradientSHAP", "seconds", True, budget=32,
        meaning="Integrated gradients at random steps, over noisy copies of the picture.",
    ),
    ExplanationMethod(
        "occlusion", "Occlusion", "background", True, budget=400, packages=WITH_CAPTUM,
        meaning="How far the answer falls when a window around the place is blurred.",
    ),
    ExplanationMethod(
        "kernel_shap", "KernelSHAP", "background", True, budget=512,
        packages=(*WITH_CAPTUM, "sklearn"),
        meaning="The fair share of about forty regions in the answer.",
    ),
    ExplanationMethod(
        "rise", "RISE", "background", True, budget=1000,
        meaning="The answer with a place shown minus with it blurred, over random masks.",
    ),
    ExplanationMethod(
        "edges", "Edges (control)", "instant", False, is_control=True,
        meaning="The edges of the picture. It knows nothing of the network.",
    ),
    ExplanationMethod(
        "center", "Center (control)", "instant", False, is_control=True,
        meaning="A blob in the middle. It knows neither picture nor network.",
    ),
)  # fmt: skip

METHOD_OF: Mapping[str, ExplanationMethod] = MappingProxyType({m.name: m for m in METHODS})


def method_named(name: str) -> ExplanationMethod:
    """Find a method by its name.

    Raises
    ------
    BadInputError
        If there is none of this name.
    """
    if name not in METHOD_OF:
        raise BadInputError(
            f"There is no explanation method {name!r}.", fix=f"Use one of {', '.join(METHOD_OF)}."
        )
    return METHOD_OF[name]
