"""A measure of similarity learned from readers' judgments, for one space of vectors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.records.arrays import read_only
from neuroscope.records.similar import Embedded, VectorSpace


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """How much each direction of a space counts (a diagonal Mahalanobis metric).

    Attributes
    ----------
    space
        Of the vectors it was learned on; it says nothing of others.
    scales
        Positive, shape `(dimension,)`: vectors are multiplied by them before they are compared.
        All 1 is the plain cosine.
    """

    space: VectorSpace
    scales: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.scales.shape != (self.space.dimension,):
            raise BadInputError(
                f"The metric has {self.scales.shape} scales, its space {self.space.dimension}.",
                fix="Learn it again: neuroscope learn-similar.",
            )
        if not (np.isfinite(self.scales).all() and (self.scales > 0).all()):
            raise BadInputError(
                "A scale of the metric is not positive, or not finite.",
                fix="Learn it again: neuroscope learn-similar.",
            )
        object.__setattr__(self, "scales", read_only(self.scales))

    def applied(self, embedded: Embedded) -> Embedded:
        """Give the vectors as the metric sees them; their cosines are its similarities."""
        self.space.require_same(embedded.space)
        return Embedded(embedded.space, embedded.entries, self.scaled(embedded.vectors))

    def scaled(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scale unit vectors, shape `(..., dimension)`, and bring them to unit length again."""
        moved = vectors.astype(np.float64) * self.scales
        lengths = np.linalg.norm(moved, axis=-1, keepdims=True)
        return np.asarray(moved / lengths, np.float32)

    def probe(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn a query so that a plain index, asked with it, gives candidates for the metric.

        The product of the probe and a vector is the metric's product of query and vector; only
        the length of the scaled vector is left out.
        """
        moved = vector.astype(np.float64) * self.scales.astype(np.float64) ** 2
        return np.asarray(moved / np.linalg.norm(moved), np.float32)
