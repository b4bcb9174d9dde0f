"""What may be asked of a training, in words a page can show; it knows no network."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from neuroscope.errors import BadInputError

Loss = Literal["energy", "rrr_input", "rrr_cam", "hint", "l1", "none"]
Tier = Literal["head", "adapter", "last", "full"]
Source = Literal["own", "phantom", "development"]
MOST_STEPS = 2000
MOST_POLISH = 1000
MOST_EPSILON = 5.0  # nats

LOSSES: Mapping[Loss, str] = MappingProxyType(
    {
        "energy": "Evidence for the answer lies where it was marked, and none on what to ignore.",
        "rrr_cam": "No evidence on what to ignore. Reads marks of 'ignore this' only.",
        "rrr_input": "The answer does not change with the pixels to ignore. Eight times as slow.",
        "hint": "As much evidence on the marks as on the strongest place.",
        "l1": "A map that equals the marks.",
        "none": "Nothing is asked of the map: classification alone, to compare with.",
    }
)
TIERS: Mapping[Tier, str] = MappingProxyType(
    {
        "head": "What every place of the network says; seconds.",
        "adapter": "A small correction in front of it, too.",
        "last": "The last block, too. The usual choice.",
        "full": "The whole network; slow, and it forgets most easily.",
    }
)
SOURCES: Mapping[Source, str] = MappingProxyType(
    {
        "own": "Slices of this store whose readers said what they show.",
        "development": "Training slices of the development data (NEUROSCOPE_DATA).",
        "phantom": "Synthetic heads, made when first needed: they fill up what is missing.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """How a network shall be trained again.

    Attributes
    ----------
    epsilon
        By how many nats the cross-entropy of a class may rise.
    polish
        Evaluations of everything after the steps, until the weights come to rest; None leaves it
        to the tier.
    swap_ignored
        Replace on replayed slices too what most marks agree to ignore.
    """

    loss: Loss = "energy"
    tier: Tier = "last"
    epsilon: float = 0.05
    steps: int = 90
    seed: int = 0
    polish: int | None = None
    swap_ignored: bool = False

    def __post_init__(self) -> None:
        known = self.loss in get_args(Loss) and self.tier in get_args(Tier)
        in_range = 0 <= self.epsilon <= MOST_EPSILON and 1 <= self.steps <= MOST_STEPS
        in_range &= 0 <= (self.polish or 0) <= MOST_POLISH
        if not (known and in_range and self.seed >= 0):
            raise BadInputError(
                f"The training asks for loss {self.loss!r}, tier {self.tier!r}, epsilon "
                f"{self.epsilon}, {self.steps} steps, seed {self.seed}, polish {self.polish}.",
                fix=f"Give a known loss and tier, epsilon 0 to {MOST_EPSILON:g}, 1 to "
                f"{MOST_STEPS} steps, a seed of 0 or more and at most {MOST_POLISH} evaluations.",
            )
