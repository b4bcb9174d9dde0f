"""Name every pair of pictures that show the same, and say how they are related."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from multiprocessing import get_context

import numpy as np

from neuroscope.records.dataaudit import Duplicate, Relation
from neuroscope.records.progress import Progress, ignore
from neuroscope.reliability.dataset.candidates import TURNS, find_candidates
from neuroscope.reliability.dataset.confirm import Match, Spectrum, match, spectrum_of
from neuroscope.reliability.dataset.looks import SIDE, Look

# Chosen on one half of the figshare slices and of volumes with 1 mm slices, reported on the other
# (benchmarks/data_audit.py, docs/explanation/data-audit.md).
COPY_OVERALL = 0.975
COPY_LOCAL = 0.95
ALIKE_OVERALL = 0.80
ALIKE_LOCAL = 0.30
TURNED_ALIKE = (0.90, 0.80)  # heads are nearly symmetric: a mirrored neighbor must prove more
MIRRORED_BY = 0.02  # a head is nearly its own mirror image: a flip must explain clearly more
SHIFTED = 0.6  # pixels of SIDE beyond which a copy counts as shifted
SAME_GRAY = 3.5  # of 255, mean difference where there is a head: no more than re-encoding does
DARK = 16
CHUNK = 256  # pairs that are confirmed at once
MANY = 20_000  # pairs from which on processes are worth the seconds they take to start

Chunk = Sequence[tuple[tuple[int, int], list[str]]]  # pairs, and the turns to try on each


def find_duplicates(
    looks: Sequence[Look],
    *,
    sides: Sequence[int] | None = None,
    threads: int = 2,
    progress: Progress = ignore,
) -> tuple[Duplicate, ...]:
    """Find all pairs, each once, in the order of their pictures.

    Parameters
    ----------
    looks
        One for each picture.
    sides
        Side of every picture, such as trained on or held out: only pairs from two sides are looked
        for. None looks for all.
    threads
        Threads that confirm candidates; processes, where there are many (`MANY`).
    """
    twins = _exact_classes(looks)
    leaders = sorted(twins)
    if not leaders:
        return ()
    coarse = np.stack([looks[n].coarse for n in leaders])
    apart = [frozenset(sides[n] for n in twins[k]) if sides is not None else None for k in leaders]
    candidates = find_candidates(coarse, progress=lambda done: progress(0.3 * done))
    asked: dict[tuple[int, int], list[str]] = defaultdict(list)
    for turn, pairs in candidates.items():
        for i, j in pairs.tolist():
            if apart[i] is not None and apart[i] == apart[j] and len(apart[i] or ()) == 1:
                continue
            asked[leaders[i], leaders[j]].append(turn)
    found = list(_exact_pairs(twins))
    work = list(asked.items())
    chunks = [work[start : start + CHUNK] for start in range(0, len(work), CHUNK)]
    for done, part in enumerate(_confirmed_by(threads, looks, chunks), start=1):
        progress(0.3 + 0.7 * done / len(chunks))
        for one in part:
            found += _spread(one, twins)
    progress(1.0)
    if sides is not None:
        found = [pair for pair in found if sides[pair.first] != sides[pair.second]]
    return tuple(sorted(found, key=lambda pair: (pair.first, pair.second)))


def _exact_classes(looks: Sequence[Look]) -> dict[int, list[int]]:
    by_hash: dict[str, list[int]] = defaultdict(list)
    for number, look in enumerate(looks):
        by_hash[look.sha256].append(number)
    return {members[0]: members for members in by_hash.values()}


def _exact_pairs(twins: dict[int, list[int]]) -> Iterator[Duplicate]:
    for members in twins.values():
        for i, j in combinations(members, 2):
            yield Duplicate(i, j, "exact", "none", (0.0, 0.0), 1.0, 1.0)


def _spread(pair: Duplicate, twins: dict[int, list[int]]) -> Iterator[Duplicate]:
    """Say of all exact copies of two pictures what was found of these two."""
    for i in twins[pair.first]:
        for j in twins[pair.second]:
            a, b = min(i, j), max(i, j)
            yield Duplicate(a, b, pair.relation, pair.turn, pair.shift, pair.overall, pair.local)


def _confirmed_by(
    workers: int, looks: Sequence[Look], chunks: Sequence[Chunk]
) -> Iterator[list[Duplicate]]:
    """Confirm chunks in their order; the steps are so short that threads wait for each other."""
    if workers < 2 or len(chunks) * CHUNK < MANY:
        yield from (_confirmed(looks, chunk) for chunk in chunks)
        return
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_hold, initargs=(looks,)
    ) as pool:
        yield from pool.map(_confirmed_of_held, chunks)


_held: list[Look] = []  # what a process that confirms was given at its start


def _hold(looks: Sequence[Look]) -> None:
    _held[:] = looks


def _confirmed_of_held(chunk: Chunk) -> list[Duplicate]:
    return _confirmed(_held, chunk)


def _confirmed(looks: Sequence[Look], chunk: Chunk) -> list[Duplicate]:
    found = []
    known: dict[tuple[int, str], Spectrum] = {}

    def spectrum(number: int, turn: str) -> Spectrum:
        if (number, turn) not in known:
            known[number, turn] = spectrum_of(TURNS[turn](looks[number].band))
        return known[number, turn]

    for (i, j), turns in chunk:
        turn, best = _best_turn(looks, i, j, turns, spectrum)
        relation = _relation(looks[i], looks[j], turn, best)
        if relation is not None:
            shift = (best.shift[0] / SIDE, best.shift[1] / SIDE)
            found.append(Duplicate(i, j, relation, turn, shift, best.overall, best.local))
    return found


def _best_turn(
    looks: Sequence[Look],
    first: int,
    second: int,
    turns: Sequence[str],
    spectrum: Callable[[int, str], Spectrum],
) -> tuple[str, Match]:
    """Choose the turn under which the pictures agree best; none, unless one is clearly better."""
    matches = {
        turn: match(
            TURNS[turn](looks[first].band),
            looks[second].band,
            spectra=(spectrum(first, turn), spectrum(second, "none")),
        )
        for turn in turns
    }

    def merit(turn: str) -> float:
        return matches[turn].overall + (MIRRORED_BY if turn == "none" else 0.0)

    best = max(matches, key=merit)
    return best, matches[best]


def _relation(first: Look, second: Look, turn: str, found: Match) -> Relation | None:
    if found.overall < COPY_OVERALL or found.local < COPY_LOCAL:
        overall, local = (ALIKE_OVERALL, ALIKE_LOCAL) if turn == "none" else TURNED_ALIKE
        return "alike" if found.overall >= overall and found.local >= local else None
    if turn != "none":
        return "flipped"
    if max(abs(found.shift[0]), abs(found.shift[1])) > SHIFTED:
        return "shifted"
    if first.shape != second.shape:
        return "resized"
    return "re-encoded" if _gray_difference(first, second) <= SAME_GRAY else "near"


def _gray_difference(first: Look, second: Look) -> float:
    a, b = first.gray.astype(np.float32), second.gray.astype(np.float32)
    lit = np.maximum(a, b) > DARK
    return float(np.abs(a - b)[lit].mean()) if lit.any() else 0.0
