"""Look at every picture once and keep what the parts of the audit need."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from neuroscope.errors import BadInputError
from neuroscope.preprocess.slice_input import find_head, head_view
from neuroscope.records.arrays import Array
from neuroscope.records.dataaudit import Kind, Picture
from neuroscope.records.imported import Unreadable
from neuroscope.records.progress import Progress, ignore
from neuroscope.reliability.dataset.background import Features, outside_of, shrunk
from neuroscope.reliability.dataset.looks import Look, look_at
from neuroscope.reliability.dataset.quality import flags_of
from neuroscope.reliability.dataset.sources import source_features

Read = Callable[[int], Array]

UNSEEN: frozenset[Kind] = frozenset({"flat", "no head", "tiny"})  # no plane can be told
SEEN_SIZE = 24  # pixels a side: enough to tell which pictures resemble each other
MANY = 500  # pictures from which on processes are worth the two seconds they take to start
CHUNK = 64  # pictures that a process is given at once


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """What is kept of one picture."""

    look: Look
    outside: Features  # what lies outside the head
    seen: Features  # the head, smaller still
    marks: NDArray[np.float64]
    flags: tuple[tuple[Kind, float], ...]
    view: NDArray[np.uint8] | None = None  # of the head, to tell its plane; None where none is seen


def observe(pixels: Array, *, view_size: int = 0) -> Observed:
    """Look at one picture of gray values, shape ``(rows, columns)``.

    Parameters
    ----------
    view_size
        Side of the view of the head to keep; 0 keeps none.
    """
    gray = _gray_255(pixels)
    head = find_head(gray)
    flags = tuple(flags_of(gray, head))
    is_seen = not {kind for kind, _ in flags} & UNSEEN
    return Observed(
        look=look_at(pixels),
        outside=outside_of(gray, head),
        seen=shrunk(np.where(head, gray, 0.0).astype(np.float32), size=SEEN_SIZE),
        marks=source_features(gray, head),
        flags=flags,
        view=head_view(gray, head, size=view_size) if view_size and is_seen else None,
    )


@dataclass(frozen=True, slots=True)
class _Observer:
    """Reads and observes a picture by its number, here or in another process."""

    read: Read
    view_size: int

    def __call__(self, number: int) -> Observed | tuple[str, str]:
        """Give what was seen, or why nothing was, and how to mend it."""
        try:
            return observe(self.read(number), view_size=self.view_size)
        except BadInputError as error:
            return error.problem, error.fix


def observe_all(
    pictures: Sequence[Picture],
    read: Read,
    *,
    view_size: int = 0,
    threads: int = 2,
    portable: bool = False,
    progress: Progress = ignore,
) -> tuple[dict[int, Observed], tuple[Unreadable, ...]]:
    """Look at all pictures; those that cannot be read are named, the others kept by number.

    Parameters
    ----------
    portable
        Whether `read` works in another process. Many pictures are then looked at in processes:
        the steps are so short that threads mostly wait for each other.
    """
    found: dict[int, Observed] = {}
    refused = []
    with _pool(threads, apart=portable and threads > 1 and len(pictures) >= MANY) as pool:
        items = pool.map(_Observer(read, view_size), range(len(pictures)), chunksize=CHUNK)
        for number, item in enumerate(items):
            if isinstance(item, Observed):
                found[number] = item
            else:
                refused.append(Unreadable(pictures[number].file, *item))
            progress((number + 1) / len(pictures))
    return found, tuple(refused)


def _pool(workers: int, *, apart: bool) -> Executor:
    if not apart:
        return ThreadPoolExecutor(workers)
    return ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=threadpool_limits,
        initargs=(1, "blas"),
    )


def _gray_255(pixels: Array) -> NDArray[np.float32]:
    gray = np.asarray(pixels, np.float32)
    if pixels.dtype == np.uint8:
        return gray
    low, high = float(gray.min()), float(gray.max())
    return (gray - low) * np.float32(255 / (high - low)) if high > low else np.zeros_like(gray)
