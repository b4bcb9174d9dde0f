"""Put pictures that may not be parted into groups, and compare groupings."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from neuroscope.records.dataaudit import Duplicate, Picture


def groups_of(pictures: Sequence[Picture], duplicates: Iterable[Duplicate]) -> NDArray[np.int64]:
    """Give every picture the number of its group, shape ``(n,)``.

    Copies, pictures that are alike, and pictures of one patient belong together.
    """
    links = [(pair.first, pair.second) for pair in duplicates]
    leader: dict[str, int] = {}
    for number, picture in enumerate(pictures):
        if picture.group is not None:
            links.append((leader.setdefault(picture.group, number), number))
    n = len(pictures)
    ends = np.array(links, np.int64).reshape(-1, 2)
    graph = sparse.coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), (n, n))
    _, labels = csgraph.connected_components(graph, directed=False)
    return np.asarray(labels, np.int64)


def rand_index(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Give the share of pairs on which two groupings agree (Rand 1971); 1 for fewer than two."""
    n = len(first)
    if n < 2:
        return 1.0
    both, in_first, in_second = (
        _pairs_within(np.unique(columns, axis=1, return_counts=True)[1])
        for columns in (
            np.stack([_codes(first), _codes(second)]),
            _codes(first)[None],
            _codes(second)[None],
        )
    )
    total = n * (n - 1) / 2
    return (total + 2 * both - in_first - in_second) / total


def completeness(found: NDArray[Any], known: NDArray[Any]) -> float:
    """Give the share of pairs in one known group that are in one found group; nan without any."""
    pairs = np.stack([_codes(known), _codes(found)])
    both = _pairs_within(np.unique(pairs, axis=1, return_counts=True)[1])
    known_pairs = _pairs_within(np.bincount(pairs[0]))
    return both / known_pairs if known_pairs else float("nan")


def _codes(labels: NDArray[Any]) -> NDArray[np.int64]:
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _pairs_within(sizes: NDArray[np.int64]) -> float:
    return float((sizes * (sizes - 1) / 2).sum())
