"""Measure the index of past cases at a million vectors on the disk, once; with its memory."""

import os
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from measuring import Answer, row, write
from neuroscope.records.similar import Embedded
from neuroscope.retrieve.conditions import none_of, one_of, parse_conditions
from neuroscope.retrieve.lance_index import open_lance_index
from similar_index import HITS, PIECE, SPACE, entries, queried, recall, vectors

NUMBER = 1_000_000
QUERIES = 100
FILTER = "sequence=t1c age=40..60"
LEFT_OUT = ("patient7", "patient8")
Float32 = NDArray[np.float32]


def true_neighbors(known: Float32, allowed: NDArray[np.bool_], asked: Float32) -> list[list[str]]:
    """Find the true neighbors among allowed vectors with one product a query."""
    kept = np.flatnonzero(allowed)
    found = []
    for vector in asked:
        cosines = known[kept] @ vector
        best = np.argpartition(-cosines, HITS)[:HITS]
        found.append([f"v{kept[n]}" for n in best[np.argsort(-cosines[best])]])
    return found


def main() -> None:
    """Measure and write `results/similar_million.json`."""
    load = os.getloadavg()[0]
    number = int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER
    rng = np.random.default_rng(2)
    known, case = np.empty((number, SPACE.dimension), np.float32), np.empty(number, np.int64)
    for first in range(0, number, PIECE):
        piece = slice(first, min(first + PIECE, number))
        known[piece], case[piece] = vectors(piece.stop - first, rng)
    asked, _ = vectors(QUERIES, rng)
    fits, stranger = np.zeros(number, np.bool_), np.zeros(number, np.bool_)
    with TemporaryDirectory() as folder:
        index = open_lance_index(Path(folder) / "index", SPACE)
        processor, built = sum(os.times()[:2]), 0.0
        for first in range(0, number, PIECE):
            piece = slice(first, first + PIECE)
            some = entries(case[piece], first, rng)
            facts = [(one.patient not in LEFT_OUT, one.facts) for one in some]
            stranger[piece] = [is_stranger for is_stranger, _ in facts]
            fits[piece] = [f.sequence == "t1c" and 40 <= (f.age or 0) <= 60 for _, f in facts]
            start = time.perf_counter()
            index.add(Embedded(SPACE, some, known[piece]))
            built += time.perf_counter() - start
        print(f"added {built:.0f} s", flush=True)
        rows = [row("additions", [built], "s")]
        start = time.perf_counter()
        index.settle()
        built += time.perf_counter() - start
        processor = sum(os.times()[:2]) - processor
        print(f"built {built:.0f} s, processor {processor:.0f} s", flush=True)
        rows += [
            row("build, additions included", [built], "s"),
            row("build, processor time, making the entries included", [processor], "s"),
        ]
        own, kind = none_of("patient", LEFT_OUT), one_of("kind", ["slice"])
        for name, text, allowed in (
            ("with a filter", FILTER, fits & stranger),
            ("without a filter", "", stranger),
        ):
            before = sum(os.times()[:2])
            took, found = queried(index, asked, (own, kind, *parse_conditions(text)))
            cpu = 1000 * (sum(os.times()[:2]) - before) / len(asked)
            p50, p95 = (float(np.percentile(took, p)) for p in (50, 95))
            reached = recall(found, true_neighbors(known, allowed, asked))
            print(f"{name}: {p50:.1f} {p95:.1f} ms, recall {reached:.4f}", flush=True)
            rows += [
                row(f"query {name}, p50", [p50], "ms"),
                row(f"query {name}, p95", [p95], "ms"),
                row(f"query {name}, processor time", [cpu], "ms"),
                row(f"recall@{HITS} {name}", [reached], "of true neighbors"),
            ]
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        rows.append(row("on the disk", [size / 2**30], "GiB"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows += [
        row("largest memory of the process", [peak], "GiB"),
        row("of which vectors held to know the truth", [known.nbytes / 2**30], "GiB"),
    ]
    notes = [
        (
            f"{number:,} synthetic vectors of {SPACE.dimension} numbers, {QUERIES} queries one "
            f"after the other, LanceDB in a folder; the filter is `{FILTER}` (about 6 % of the "
            "vectors) and two patients left out. Measured once."
        ),
        f"Load average at the end {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
    ]
    asks = "How does the index of past cases stand a million vectors?"
    write(Answer(asks, rows, notes), "similar_million", load)


if __name__ == "__main__":
    main()
