"""Read-only views, so that a record cannot change behind its reader's back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def read_only(array: Array) -> Array:
    """Return a view of the array that refuses to be written to (no copy)."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view
