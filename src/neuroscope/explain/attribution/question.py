"""What is asked of an explanation method: which slice, which class, compared with what."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import BadInputError, GeometryMismatchError

BLUR = 1 / 16  # of the side: standard deviation of the reference; edges and lesions melt into it

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Question:
    """One slice and one class to explain.

    Attributes
    ----------
    image
        As the network sees it, shape `(rows, columns)`, 0 outside the head.
    target
        Column of the logits. Every method explains this logit minus the mean over all classes: what
        all classes share speaks for none of them.
    head
        Where the head is, same shape; None takes all that is not 0.
    reference
        What "not there" looks like, same shape; None blurs the detail away (`blurred`).
    seed
        Of methods that draw at random.
    budget
        How often the network may be asked; None takes the budget of the method.
    """

    image: Floats
    target: int
    head: NDArray[np.bool_] | None = None
    reference: Floats | None = None
    seed: int = 0
    budget: int | None = None

    def __post_init__(self) -> None:
        if self.image.ndim != 2 or not np.isfinite(self.image).all():
            raise BadInputError(
                f"The image to explain has shape {self.image.shape}, or is not finite.",
                fix="Give one prepared slice, shape (rows, columns).",
            )
        for name in ("head", "reference"):
            other = getattr(self, name)
            if other is not None and other.shape != self.image.shape:
                raise GeometryMismatchError(
                    f"The {name} has shape {other.shape}, the image {self.image.shape}.",
                    fix="Give it on the pixels of the prepared slice.",
                )
        if self.budget is not None and self.budget < 1:
            raise BadInputError(f"The budget is {self.budget}.", fix="It must be 1 or more.")

    @property
    def where_head(self) -> NDArray[np.bool_]:
        """Where the head is, shape of the image."""
        return self.image > 0 if self.head is None else self.head

    @property
    def absent(self) -> Floats:
        """The picture that stands for absence, shape of the image."""
        if self.reference is not None:
            return self.reference
        return blurred(self.image, self.where_head)

    def asks(self, budget: int) -> int:
        """Give the budget of the question, or else that of the method."""
        return budget if self.budget is None else self.budget


def blurred(image: Floats, head: NDArray[np.bool_]) -> Floats:
    """Smooth a slice within the head so strongly that no detail is left; 0 outside.

    Air does not bleed in, so that the rim of the head keeps its brightness.
    """
    sigma = BLUR * max(image.shape)
    inside = head.astype(np.float32)
    weight = ndimage.gaussian_filter(inside, sigma)
    smooth = ndimage.gaussian_filter(image * inside, sigma) / np.maximum(weight, 1e-6)
    return np.asarray(np.where(head, smooth, 0.0), np.float32)
