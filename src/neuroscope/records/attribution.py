"""What a method of explanation says of one slice, and what methods there are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.records.arrays import read_only

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


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """A map of one method for one class, on the pixels of the prepared slice.

    Attributes
    ----------
    values
        Shape `(rows, columns)`. Positive values speak for the class. The unit differs from method
        to method: maps are compared by their order, not by their size.
    target
        Column of the logits that is explained, after the mean over all classes is taken away.
    notes
        What the method says about itself, for example `completeness_error`.
    standard_error
        Of every value, where the method draws at random and knows it.
    """

    values: NDArray[np.float32]
    method: str
    target: int
    notes: Mapping[str, float | str] = field(default_factory=dict)
    standard_error: NDArray[np.float32] | None = None
    cautions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        method_named(self.method)
        if self.values.ndim != 2 or not np.isfinite(self.values).all():
            raise BadInputError(
                f"The map of {self.method} has shape {self.values.shape} or values that are not "
                "finite.",
                fix="Give one finite number for every pixel of the prepared slice.",
            )
        object.__setattr__(self, "values", read_only(self.values))
        object.__setattr__(self, "notes", MappingProxyType(dict(self.notes)))
        if self.standard_error is not None:
            object.__setattr__(self, "standard_error", read_only(self.standard_error))
