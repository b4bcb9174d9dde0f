"""A study in three dimensions: prepared, segmented, measured, drawn and explained."""

from dataclasses import dataclass

from neuroscope.errors import GeometryError
from neuroscope.records.measured import Measurements
from neuroscope.records.mesh import Mesh
from neuroscope.records.prepared import Prepared
from neuroscope.records.segmented import Segmented
from neuroscope.records.volumeevidence import VolumeEvidence


@dataclass(frozen=True, slots=True, eq=False)
class Volumetry:
    """All that is known of a study in space; every map lies on the grid of the reference.

    Attributes
    ----------
    prepared
        The sequences in one frame, and how they came there.
    segmented
        The labels, how sure they are, and the overlap to expect.
    measurements
        Every number, with what to draw.
    meshes
        Surfaces of the brain and of the regions that there are.
    evidence
        Where the classifier looked in the reference; None if it was not drawn.
    is_kind_told
        Whether a person said what kind of tumor it is; else the classifier did.
    """

    prepared: Prepared
    segmented: Segmented
    measurements: Measurements
    meshes: tuple[Mesh, ...] = ()
    evidence: VolumeEvidence | None = None
    is_kind_told: bool = False

    def __post_init__(self) -> None:
        if self.segmented.segmentation.labels.shape != self.prepared.grid.shape:
            raise GeometryError(
                "The labels do not lie on the grid of the reference.",
                fix="Segment with the brain mask of the prepared study.",
            )

    @property
    def cautions(self) -> tuple[str, ...]:
        """All that a reader must know, each once."""
        every = (*self.prepared.cautions, *self.segmented.cautions, *self.measurements.cautions)
        evidence = self.evidence.heatmap.cautions if self.evidence else ()
        return tuple(dict.fromkeys((*every, *evidence)))
