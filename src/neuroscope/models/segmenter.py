"""What every segmenter is: it takes registered sequences and a brain mask and gives `Segmented`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from neuroscope.records.segmented import Segmented, TumorRule
from neuroscope.records.volume import Volume


@dataclass(frozen=True, slots=True, eq=False)
class SegmenterStudy:
    """What a segmenter is given.

    Attributes
    ----------
    volumes
        Registered sequences by role, not necessarily on one grid.
    brain
        Brain mask, above 0.5 is brain; the answer lies on its grid.
    rule
        What is believed to be the type of the tumor, for small parts.
    """

    volumes: Mapping[str, Volume]
    brain: Volume
    rule: TumorRule = "other"


@runtime_checkable
class Segmenter(Protocol):
    """A way to segment: our network, a user's nnU-Net or MONAI bundle, a mask drawn by hand."""

    def segment(self, study: SegmenterStudy) -> Segmented:
        """Segment one study; labels on the grid of the brain mask, BraTS 2023."""
        ...
