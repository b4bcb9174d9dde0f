"""What a model is for, what it was trained on, and how it did."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from neuroscope.errors import BadInputError
from neuroscope.records.measurement import Measurement
from neuroscope.records.prediction import ModelRef


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The facts a reader needs before trusting a model; written by the evaluation code."""

    model: ModelRef
    intended_use: str
    training_data: Mapping[str, str]  # name of the set -> its license
    split: str
    metrics: tuple[Measurement, ...]
    known_failures: tuple[str, ...]
    trained_on: str  # wall time and machine

    def __post_init__(self) -> None:
        if not self.intended_use:
            raise BadInputError(
                "The model card has no intended use.", fix="Say what the model is for."
            )
        object.__setattr__(self, "training_data", MappingProxyType(dict(self.training_data)))
