"""Ask whether a score rests on the places a map marks: blur them, or everything else.

References
----------
Samek et al. 2017 (arXiv:1509.06321); Petsiuk et al. 2018 (arXiv:1806.07421) for insertion and
deletion with a blurred picture.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import BadInputError
from neuroscope.reliability.passport.baselines import center_map
from neuroscope.reliability.passport.cells import cells_touched, on_pixels

Float32 = NDArray[np.float32]
Floats = NDArray[np.float64]
Score = Callable[[Float32], NDArray[np.floating]]
"""Takes prepared slices `(n, 1, side, side)`, gives the score of the map's class, `(n,)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaithfulnessConfig:
    """How the places are taken away.

    Attributes
    ----------
    fractions
        Rising parts of the head, up to 1: places are taken away up to the last. A tumor fills a
        twentieth of the head; what comes after the first tenth tells little of where it lies.
    random_orders
        So many random orders are compared with; they differ in smooth blots as large as those of
        a map, for single pixels are easily guessed from their neighbors.
    blur
        Spread of the blur, of the side of the picture.
    blot
        Spread of the random blots, of the side of the picture.
    """

    fractions: tuple[float, ...] = (0.02, 0.05, 0.1)
    random_orders: int = 4
    blur: float = 0.1
    blot: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        steps = np.array((0.0, *self.fractions))
        if not self.inner or (np.diff(steps) <= 0).any() or steps[-1] > 1:
            raise BadInputError(
                f"The fractions are {self.fractions}.", fix="Give rising numbers above 0, up to 1."
            )
        if self.random_orders < 1:
            raise BadInputError("There is no random order to compare with.", fix="Give one.")

    @property
    def passes(self) -> int:
        """How many pictures the network is shown."""
        return 2 + 2 * len(self.inner) * (2 + self.random_orders)

    @property
    def inner(self) -> tuple[float, ...]:
        """The fractions below 1; at 1 all is blurred, whatever the order."""
        return tuple(part for part in self.fractions if part < 1)


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """What blurring by rank of the map does to a score.

    Attributes
    ----------
    insertion, deletion
        Mean score while the marked places come back into a blurred picture, and while they are
        blurred in the picture (areas under the curves, up to the last fraction).
    center
        Insertion minus deletion of the order from the center outward.
    random
        The same of each random order.
    """

    insertion: float
    deletion: float
    center: float
    random: tuple[float, ...]

    @property
    def gain(self) -> float:
        """Insertion minus deletion."""
        return self.insertion - self.deletion

    @property
    def over_random(self) -> float:
        """By how much the map does better than random places do on average."""
        return self.gain - sum(self.random) / len(self.random)

    @property
    def interval(self) -> tuple[float, float]:
        """Least and largest difference between the map and a random order."""
        return self.gain - max(self.random), self.gain - min(self.random)


def faithfulness(
    image: Float32,
    head: NDArray[np.bool_],
    values: NDArray[np.floating],
    score: Score,
    *,
    config: FaithfulnessConfig = FaithfulnessConfig(),
) -> Faithfulness:
    """Compare the order of a map with random orders and with that from the center.

    Parameters
    ----------
    image, head
        Of a prepared slice, shape `(side, side)`; places outside the head are left alone.
    values
        Signed map of one class, shape `(h, w)`: cells or pixels of the slice. Equal values are
        taken in random order.

    Raises
    ------
    GeometryMismatchError
        If the map does not divide the image.
    """
    (found,) = faithfulness_of_all(image, head, values[None], score, config=config)
    return found


def faithfulness_of_all(
    image: Float32,
    head: NDArray[np.bool_],
    maps: NDArray[np.floating],
    score: Score,
    *,
    config: FaithfulnessConfig = FaithfulnessConfig(),
) -> tuple[Faithfulness, ...]:
    """Compare several maps of one class, shape `(n, h, w)`, with the same random orders.

    Each gets the numbers that `faithfulness` gives it alone; the network is asked less often.

    Raises
    ------
    GeometryMismatchError
        If the maps do not divide the image.
    """
    shape = maps.shape[1:]
    inside = cells_touched(head, shape)
    if not inside.any():
        inside = np.ones(shape, bool)
    own = [ranked(values, inside, np.random.default_rng(config.seed)) for values in maps]
    rng = np.random.default_rng(config.seed)
    rng.random(int(inside.sum()))  # what the order of a map has drawn
    orders = [
        *own,
        ranked(center_map(shape), inside, rng),
        *(_blots(inside, config, rng) for _ in range(config.random_orders)),
    ]
    blurred = blurred_head(image, head, config.blur)
    pictures = [image, blurred]
    for order in orders:
        for fraction in config.inner:
            marked = on_pixels(order < fraction, image.shape[0])
            pictures += [np.where(marked, blurred, image), np.where(marked, image, blurred)]
    answers = np.asarray(score(np.stack(pictures)[:, None].astype(np.float32)), np.float64)
    areas = _areas(answers, len(orders), config)
    center, *blots = (areas[:, 1] - areas[:, 0])[len(own) :]
    return tuple(
        Faithfulness(
            insertion=float(insertion),
            deletion=float(deletion),
            center=float(center),
            random=tuple(float(one) for one in blots),
        )
        for deletion, insertion in areas[: len(own)]
    )


def ranked(
    values: NDArray[np.floating], inside: NDArray[np.bool_], rng: np.random.Generator
) -> Floats:
    """Give every place inside its part of the way from the largest (0) to the least (1).

    Returns
    -------
    Floats
        Shape of the map; infinity outside.
    """
    found = np.asarray(values, np.float64)[inside]
    order = np.lexsort((rng.random(found.size), -found))
    places = np.full(values.shape, np.inf)
    ranks = np.empty(found.size)
    ranks[order] = np.arange(found.size) / found.size
    places[inside] = ranks
    return places


def blurred_head(image: NDArray[np.floating], head: NDArray[np.bool_], blur: float) -> Float32:
    """Blur a slice inside its head, so that nothing leaks in from the air around it."""
    spread = blur * image.shape[0]
    weight = ndimage.gaussian_filter(head.astype(np.float64), spread)
    mixed = ndimage.gaussian_filter(np.where(head, image, 0.0).astype(np.float64), spread)
    soft = mixed / np.maximum(weight, 1e-6)
    return np.asarray(np.where(head, soft, image), np.float32)


def _blots(
    inside: NDArray[np.bool_], config: FaithfulnessConfig, rng: np.random.Generator
) -> Floats:
    noise = rng.standard_normal(inside.shape)
    smooth = ndimage.gaussian_filter(noise, config.blot * inside.shape[0], mode="wrap")
    return ranked(smooth, inside, rng)


def _areas(answers: Floats, orders: int, config: FaithfulnessConfig) -> Floats:
    """Give the mean of each curve: shape `(orders, 2)`, deletion then insertion."""
    whole, gone = answers[:2]
    steps = np.array((0.0, *config.fractions))
    parts = [
        np.tile([whole, gone], (orders, 1, 1)),
        answers[2:].reshape(orders, len(config.inner), 2),
        np.tile([gone, whole], (orders, 1, 1)),  # at 1
    ]
    curves = np.concatenate(parts, axis=1)[:, : len(steps)]
    return np.asarray(np.trapezoid(curves, steps, axis=1) / steps[-1], np.float64)
