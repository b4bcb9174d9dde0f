"""Head, brain and text are found on drawn heads whose truth is known."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from neuroscope.reliability.counterfactual.changes import written
from neuroscope.reliability.focus.anatomy import anatomy_of

SIDE = 160


def drawn_head(*, skull: bool = True, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw a head off the middle, wider than tall, with its true head and brain."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    radius = np.hypot((columns - 84) / 62, (rows - 76) / 55)
    brain = radius < 0.80
    head = radius < 1.0 if skull else brain
    image = 110.0 * brain
    if skull:
        image = (
            image
            + 200.0 * ((radius >= 0.92) & (radius < 1.0))
            + 45.0 * (radius < 0.92) * (radius >= 0.80)
        )
    image = image + brain * gaussian_filter(rng.normal(0, 40, image.shape), 2)
    image[70:84, 78:82] = 15  # a ventricle
    return np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.float32), head, brain


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


@pytest.mark.parametrize("skull", [True, False])
def test_head_and_brain_are_found(skull: bool) -> None:
    image, head, brain = drawn_head(skull=skull)
    found = anatomy_of(image)
    assert dice(found.head, head) > 0.95
    assert dice(found.brain, brain) > 0.95
    assert not (found.brain & ~found.head).any()
    assert found.brain_from == ("gray values" if skull else "whole head")


def test_a_written_word_is_boxed_and_nothing_else() -> None:
    image, _, _ = drawn_head()
    assert not anatomy_of(image).text.any()
    letters = written("glioma", 12, SIDE)
    height, width = letters.shape
    image[2 : 2 + height, 3 : 3 + width] += 220 * letters
    text = anatomy_of(image).text
    rows, columns = np.nonzero(text)
    assert rows.max() < 20
    assert columns.max() < 4 + width
    assert text[2 : 2 + height, 3 : 3 + width].mean() > 0.5


def test_a_flat_picture_has_neither_head_nor_brain() -> None:
    found = anatomy_of(np.full((64, 64), 80, np.float32))
    assert not found.head.any()
    assert not found.brain.any()
