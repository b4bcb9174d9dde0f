"""What a classifier says of an image, and how far to trust it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from neuroscope.errors import BadInputError
from neuroscope.records.doubt import Doubt

TUMOR_CLASSES: tuple[str, ...] = ("glioma", "meningioma", "pituitary", "notumor")

CLASS_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "glioma": "Glioma",
        "meningioma": "Meningioma",
        "pituitary": "Pituitary tumor",
        "notumor": "No tumor",
    }
)


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which weights spoke."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """Calibrated probabilities for the classes of `TUMOR_CLASSES`.

    Attributes
    ----------
    p_class
        Probability of each class; they sum to 1.
    model
        The weights that were used.
    temperature
        The calibration that was applied to the logits.
    outlier_score
        How unusual the input is for the model: 0 typical, 1 as far out as the training data
        reach, above 1 unlike anything seen. None if it was not assessed.
    conformal_set
        Classes that cannot be excluded at 90 %; empty if not assessed, or if no class fits.
    doubt
        All that is known of the doubt; None if it was not assessed.
    """

    p_class: Mapping[str, float]
    model: ModelRef
    temperature: float = 1.0
    outlier_score: float | None = None
    conformal_set: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    doubt: Doubt | None = None

    def __post_init__(self) -> None:
        total = sum(self.p_class.values())
        if abs(total - 1) > 1e-4 or any(not 0 <= p <= 1 for p in self.p_class.values()):
            raise BadInputError(
                f"The probabilities sum to {total:.6f}.", fix="Give probabilities that sum to 1."
            )
        object.__setattr__(self, "p_class", MappingProxyType(dict(self.p_class)))

    @property
    def label(self) -> str:
        """The most probable class."""
        return max(self.p_class, key=self.p_class.__getitem__)

    @property
    def p_label(self) -> float:
        """The probability of the most probable class."""
        return self.p_class[self.label]

    @property
    def abstained(self) -> bool:
        """Whether the network should not be asked about this image."""
        return self.doubt is not None and bool(self.doubt.abstains)
