"""Two maps that know nothing of the model: what every table compares with."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

EDGE_SPREAD = 2.0  # pixels
BLOB_SPREAD = 0.15  # of the side of the picture: a guess that knows only where brains are

Float32 = NDArray[np.float32]


def edge_map(image: NDArray[np.floating]) -> Float32:
    """Outline whatever is in a picture, shape `(rows, columns)`."""
    return np.asarray(ndimage.gaussian_gradient_magnitude(image, EDGE_SPREAD), np.float32)


def center_map(shape: tuple[int, ...]) -> Float32:
    """Draw a blob in the middle, of shape `shape`: largest 1, falling off to all sides."""
    rows, columns = shape
    down, across = (
        (np.arange(side) - (side - 1) / 2) / (BLOB_SPREAD * side) for side in (rows, columns)
    )
    return np.asarray(np.exp(-0.5 * (down[:, None] ** 2 + across[None, :] ** 2)), np.float32)
