"""Endless training data: crops of phantoms, made by several processes, the same for the same seed.

What is slow, the anatomy and the growth of a head, is made once and cached on disk. Every visit
of a head is painted and scanned anew: other contrasts, another coil, other noise, other crops. The
scanner is calm, at 3 T, with slices on the grid of the labels (`CLEAN`), and there is no skull.
"""

import multiprocessing
import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, NeuroscopeError
from neuroscope.phantom.anatomy.person import Person, draw_person
from neuroscope.phantom.case import ACQUISITION, ANATOMY, LESION, Look, Visit, expose, lay_grid
from neuroscope.phantom.fields import Field, Number
from neuroscope.phantom.laid import Laid, Subject, lay
from neuroscope.phantom.laid_cache import GIB, LaidCache, packed, unpacked
from neuroscope.phantom.lesion_table import CODES
from neuroscope.phantom.lesions.kinds import MIMICS, Kind, resolve_kind
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.lesions.registry import grow
from neuroscope.phantom.lesions.tumor import Labels
from neuroscope.phantom.scanner.options import CLEAN
from neuroscope.phantom.scanner.sequences import SEQUENCES, checked_sequences
from neuroscope.phantom.truth import Truth

CHOICE = 3  # the stream that chooses kinds and crops; 0 to 2 make the study
WAITING = 2  # crops that a process makes ahead
PATIENCE_S = 1.0  # between looks whether a process still lives


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPlan:
    """What is streamed.

    Attributes
    ----------
    kinds
        Drawn from evenly; name one twice to have more of it.
    heads
        How many heads there are; each process has its share and begins again after the last.
    crop
        Voxels of a crop along i, j, k.
    crops_per_visit
        Crops that are taken from a head each time it is painted.
    lesion_share
        The part of the crops that is laid around a voxel of the lesion, if there is one.
    cache, cache_gib
        Folder for heads, and how much it may hold; None makes every head anew.
    """

    kinds: tuple[str, ...]
    seed: int
    heads: int = 256
    spacing_mm: Number = 2.0
    crop: tuple[int, int, int] = (64, 64, 64)
    sequences: tuple[str, ...] = SEQUENCES
    crops_per_visit: int = 4
    lesion_share: Number = 0.75
    cache: Path | None = None
    cache_gib: Number = 4.0

    def __post_init__(self) -> None:
        self._check_types()
        shape = lay_grid(self.spacing_mm, None, head=False)[0].shape
        checked_sequences(self.sequences, CLEAN, head=False)
        for kind in self.kinds:
            resolve_kind(kind)
        if not self.kinds or self.seed < 0 or self.heads < 1 or self.crops_per_visit < 1:
            raise BadInputError(
                "A stream needs a kind, a seed from 0, a head and a crop.",
                fix="Give at least one of each.",
            )
        if not 0 <= self.lesion_share <= 1 or not 0 < self.cache_gib < np.inf:
            raise BadInputError(
                f"A lesion share of {self.lesion_share:g} and a cache of {self.cache_gib:g} GiB "
                "are not possible.",
                fix="Choose a share from 0 to 1, and more than 0 GiB.",
            )
        if len(self.crop) != 3 or any(
            not 1 <= n <= most for n, most in zip(self.crop, shape, strict=True)
        ):
            raise BadInputError(
                f"A crop of {self.crop} voxels does not fit a brain of {shape}.",
                fix=f"The largest possible is {shape}.",
            )

    def _check_types(self) -> None:
        """Refuse what would be read otherwise than it was meant: `kinds="none"` is no tuple."""
        listed = all(isinstance(row, tuple) for row in (self.kinds, self.sequences, self.crop))
        counts = self.crop if listed else ()
        whole = (self.seed, self.heads, self.crops_per_visit, *counts)
        numbers = (self.spacing_mm, self.lesion_share, self.cache_gib)
        counted = all(isinstance(n, int) and not isinstance(n, bool) for n in whole)
        measured = all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers)
        placed = self.cache is None or isinstance(self.cache, Path)
        if listed and counted and measured and placed:
            return
        raise BadInputError(
            "A plan of a stream holds a value of the wrong type.",
            fix="Give kinds, sequences and crop as tuples, whole numbers for seed, heads, crop and "
            "crops_per_visit, and the cache as a Path.",
        )


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A piece of a phantom.

    Attributes
    ----------
    images
        Gray values, shape `(sequence, i, j, k)`, in the order of the plan.
    labels
        BraTS 2023, shape `(i, j, k)`.
    truth
        Kind, seed, visit, the first voxel of the crop in its head, and volumes (ml) of the crop.
    """

    images: Field
    labels: Labels
    truth: Truth


def stream(plan: StreamPlan, *, worker: int = 0, workers: int = 1) -> Iterator[Crop]:
    """Make crops without end, those of one process.

    The crops depend on the plan, the number of the process and the number of processes, on nothing
    else: not on the cache, not on time. No two processes work on the same head.

    Raises
    ------
    BadInputError
        If there are fewer heads than processes.
    """
    if not 0 <= worker < workers or workers > plan.heads:
        raise BadInputError(
            f"Process {worker} of {workers} has no head of {plan.heads}.",
            fix=f"Use at most {plan.heads} processes, numbered from 0, or more heads.",
        )
    for visit in count():
        for number in range(worker, plan.heads, workers):
            yield from _crops(plan, number, visit)


@contextmanager
def parallel_stream(plan: StreamPlan, *, workers: int) -> Iterator[Iterator[Crop]]:
    """Run `workers` processes and give their crops in turn, in an order that never changes.

    The processes are ended when the block is left.

    Raises
    ------
    NeuroscopeError
        If a process fails; the message is that of the process.
    """
    if not 1 <= workers <= plan.heads:
        raise BadInputError(
            f"{workers} processes cannot share {plan.heads} heads.",
            fix=f"Ask for 1 to {plan.heads} processes.",
        )
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    queues: list[Queue[Crop | str]] = [context.Queue(WAITING) for _ in range(workers)]
    processes = [
        context.Process(target=_work, args=(plan, n, workers, queues[n], stop), daemon=True)
        for n in range(workers)
    ]
    for process in processes:
        process.start()
    try:
        yield _in_turn(queues, [process.is_alive for process in processes])
    finally:
        stop.set()
        for waiting in queues:
            with suppress(queue.Empty):
                while True:
                    waiting.get_nowait()
        for process in processes:
            process.join(timeout=PATIENCE_S)
            if process.is_alive():
                process.terminate()
                process.join()
        for waiting in queues:
            waiting.close()


def _crops(plan: StreamPlan, number: int, visit: int) -> Iterator[Crop]:
    """Paint one head once and cut its crops."""
    seed = plan.seed + number
    choice = np.random.default_rng([plan.seed, number, CHOICE])
    kind = resolve_kind(plan.kinds[int(choice.integers(len(plan.kinds)))])
    person = draw_person(np.random.default_rng([seed, ANATOMY]))
    laid = _laid(plan, kind, seed, person)
    rng = np.random.default_rng([seed, ACQUISITION, visit])
    look = Look(plan.sequences)
    _, _, volumes = expose(Subject(kind, seed, person), laid, look, Visit(rng, rng, visit))
    labels = np.zeros(laid.place.grid.shape, np.uint8) if kind in MIMICS else laid.labels()
    lesion = np.argwhere(laid.labels() > 0)
    spots = np.random.default_rng([plan.seed, number, CHOICE, visit])
    voxel_ml = laid.place.grid.voxel_ml
    for _ in range(plan.crops_per_visit):
        start = _corner(plan, lesion, laid, spots)
        box = tuple(slice(a, a + n) for a, n in zip(start, plan.crop, strict=True))
        cut = labels[box]
        truth = {
            "kind": kind,
            "seed": seed,
            "visit": visit,
            "first_voxel": start,
            "volumes_ml": {code: float((cut == n).sum()) * voxel_ml for n, code in CODES.items()},
        }
        images = np.stack([volumes[name].voxels[box] for name in plan.sequences])
        yield Crop(images.astype(np.float32), cut.copy(), truth)


def _laid(plan: StreamPlan, kind: Kind, seed: int, person: Person) -> Laid:
    """Fetch a head, or make it; either way as the cache stores it."""
    grid, _ = lay_grid(plan.spacing_mm, None, head=False)
    cache = None if plan.cache is None else LaidCache(plan.cache, int(plan.cache_gib * GIB))
    path = None if cache is None else cache.path(kind, seed, grid=grid)
    if cache is not None and path is not None:
        found = cache.load(path)
        if found is not None:
            return found
    lesions = grow(kind, person, Wish(), np.random.default_rng([seed, LESION]))
    made = lay(person, lesions, grid)
    if cache is not None and path is not None:
        cache.save(path, made)
    return unpacked(packed(made))


def _corner(
    plan: StreamPlan, lesion: NDArray[np.int64], laid: Laid, rng: np.random.Generator
) -> list[int]:
    """Draw the first voxel of a crop: around the lesion, or anywhere in the brain."""
    inside = lesion
    if not len(lesion) or rng.random() >= plan.lesion_share:
        inside = np.argwhere(laid.place.depth_mm[::4, ::4, ::4] > 0) * 4
    middle = inside[int(rng.integers(len(inside)))]
    shift = rng.uniform(-0.25, 0.25, 3) * plan.crop
    room = np.array(laid.place.grid.shape) - plan.crop
    start = np.clip(np.rint(middle + shift - np.array(plan.crop) / 2), 0, room)
    return [int(value) for value in start]


def _in_turn(queues: list["Queue[Crop | str]"], alive: list[Callable[[], bool]]) -> Iterator[Crop]:
    while True:
        for number, waiting in enumerate(queues):
            found = None
            while found is None:
                try:
                    found = waiting.get(timeout=PATIENCE_S)
                except queue.Empty:
                    if not alive[number]():
                        found = "A process that makes training data was ended."
            if isinstance(found, str):
                raise NeuroscopeError(found, fix="Mend the plan, or make room, and start again.")
            yield found


def _work(
    plan: StreamPlan, worker: int, workers: int, into: "Queue[Crop | str]", stop: Event
) -> None:
    try:
        for crop in stream(plan, worker=worker, workers=workers):
            while not stop.is_set():
                with suppress(queue.Full):
                    into.put(crop, timeout=PATIENCE_S)
                    break
            if stop.is_set():
                break
    except NeuroscopeError as error:
        into.put(error.problem)
    if stop.is_set():
        into.cancel_join_thread()
