"""Measure the index of past cases at 100,000 vectors: build, filtered queries, recall."""

import os
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
from numpy.typing import NDArray

from measuring import Answer, row, write
from neuroscope.records.similar import CaseFacts, Embedded, Entry, VectorSpace
from neuroscope.retrieve.conditions import Condition, none_of, one_of, parse_conditions
from neuroscope.retrieve.index import VectorIndex
from neuroscope.retrieve.lance_index import open_lance_index

NUMBER = 100_000
DIMENSION = 320
CASES = 4_000
QUERIES = 300
PIECE = 10_000
HITS = 10
WARMED = 20
SPACE = VectorSpace("synthetic", "1", "0" * 64, "benchmark", DIMENSION)
FILTER = "sequence=t1c age=40..60"
Float32 = NDArray[np.float32]


def vectors(number: int, rng: np.random.Generator) -> tuple[Float32, NDArray[np.int64]]:
    """Draw vectors like embeddings: four classes, cases within them, slices within cases.

    The share of each level is such that neighbors of one case lie at cosines of about .9.
    """
    falling = (np.arange(DIMENSION) + 1.0) ** -0.5  # embeddings use few directions much
    classes = np.random.default_rng(0).normal(size=(4, DIMENSION))
    cases = np.random.default_rng(1).normal(size=(CASES, DIMENSION))
    case = rng.integers(0, CASES, number)
    drawn = (classes[case % 4] + cases[case] + 0.5 * rng.normal(size=(number, DIMENSION))) * falling
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32), case


def entries(case: NDArray[np.int64], first: int, rng: np.random.Generator) -> tuple[Entry, ...]:
    """Give every vector a case, a patient and facts to filter by."""
    sequences = ("t1c", "t2", "flair", "t1")
    return tuple(
        Entry(
            f"v{first + n}",
            "slice",
            f"case{c}",
            f"patient{c}",
            f"patient{c}",
            slice_index=n,
            facts=CaseFacts(
                label=("glioma", "meningioma", "pituitary", "notumor")[c % 4],
                label_source="reference",
                sequence=sequences[int(rng.integers(4))],
                age=float(rng.uniform(0, 90)),
            ),
        )
        for n, c in enumerate(case.tolist())
    )


def exact(
    known: Float32, origins: list[Entry], asked: Float32, conditions: tuple[Condition, ...]
) -> list[list[str]]:
    """Find the true neighbors with one product."""

    def fulfills(entry: Entry) -> bool:
        held = {**entry.facts.as_dict(), "patient": entry.patient, "kind": entry.kind}
        for one in conditions:
            value = held[one.column]
            if one.values and (value in one.values) == one.negated:
                return False
            if one.low is not None and not one.low <= value <= one.high:
                return False
        return True

    kept = np.array([n for n, entry in enumerate(origins) if fulfills(entry)])
    order = np.argsort(-(asked @ known[kept].T), axis=1)[:, :HITS]
    return [[origins[kept[n]].id for n in line] for line in order]


def queried(
    index: VectorIndex, asked: Float32, conditions: tuple[Condition, ...]
) -> tuple[list[float], list[list[str]]]:
    """Ask one query after the other; give the milliseconds and the ids found."""
    took, found = [], []
    for vector in asked[:WARMED]:  # the first touch the disk
        index.search(vector, conditions, most=HITS)
    for vector in asked:
        start = time.perf_counter()
        hits = index.search(vector, conditions, most=HITS)
        took.append(1000 * (time.perf_counter() - start))
        found.append([hit.entry.id for hit in hits])
    return took, found


def recall(found: list[list[str]], true: list[list[str]]) -> float:
    """Give the share of the true neighbors that was found."""
    pairs = zip(found, true, strict=True)
    return float(np.mean([len(set(f) & set(t)) / max(1, len(t)) for f, t in pairs]))


def lost_while_searching(index: VectorIndex, asked: Float32, rng: np.random.Generator) -> int:
    """Add a thousand vectors while another thread searches; count those not there afterwards."""
    stop = threading.Event()

    def search() -> None:
        while not stop.is_set():
            index.search(asked[0], (), most=HITS)

    searching = threading.Thread(target=search)
    searching.start()
    new, case = vectors(1000, rng)
    for start in range(0, 1000, 100):
        piece = slice(start, start + 100)
        index.add(Embedded(SPACE, entries(case[piece], NUMBER + start, rng), new[piece]))
    stop.set()
    searching.join()
    return NUMBER + 1000 - index.count(())


def main() -> None:
    """Measure and write `results/similar_index.json`."""
    load = os.getloadavg()[0]
    number = int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER
    rng = np.random.default_rng(2)
    known, case = vectors(number, rng)
    origins = list(entries(case, 0, rng))
    asked, _ = vectors(QUERIES, rng)
    with TemporaryDirectory() as folder:
        index = open_lance_index(Path(folder) / "index", SPACE)
        start = time.perf_counter()
        for first in range(0, number, PIECE):
            piece = slice(first, first + PIECE)
            index.add(Embedded(SPACE, tuple(origins[piece]), known[piece]))
        added = time.perf_counter() - start
        index.settle()
        built = time.perf_counter() - start
        print(f"added {added:.1f} s, built {built:.1f} s", flush=True)
        rows = [
            row("build, all additions included", [built], "s", target="<= 120"),
            row("of which additions", [added], "s"),
        ]
        own = none_of("patient", ["patient7", "patient8"])
        kind = one_of("kind", ["slice"])
        for name, text, targets in (
            ("with a filter", FILTER, ("<= 15", "<= 40", ">= 0.98")),
            ("without a filter", "", ("", "", "")),
        ):
            conditions = (own, kind, *parse_conditions(text))
            before = sum(os.times()[:2])
            took, found = queried(index, asked, conditions)
            cpu = 1000 * (sum(os.times()[:2]) - before) / (len(asked) + WARMED)
            p50, p95 = (float(np.percentile(took, p)) for p in (50, 95))
            reached = recall(found, exact(known, origins, asked, conditions))
            print(f"{name}: {p50:.1f} {p95:.1f} ms, recall {reached:.4f}", flush=True)
            rows += [
                row(f"query {name}, p50", [p50], "ms", target=targets[0]),
                row(f"query {name}, p95", [p95], "ms", target=targets[1]),
                row(f"query {name}, processor time", [cpu], "ms"),
                row(f"recall@{HITS} {name}", [reached], "of true neighbors", target=targets[2]),
            ]
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        rows.append(row("on the disk", [size / 2**20], "MiB"))
        rows.append(
            row("memory of the process", [psutil.Process().memory_info().rss / 2**20], "MiB")
        )
        lost = lost_while_searching(index, asked, rng)
        rows.append(
            row("lost of 1,000 added while searching", [float(lost)], "vectors", target="0")
        )
    notes = [
        (
            f"{number:,} synthetic vectors of {DIMENSION} numbers, {CASES:,} cases, {QUERIES} "
            f"queries one after the other; LanceDB in a folder. The filter is `{FILTER}` (about "
            "6 % of the vectors) and two patients left out."
        ),
        f"Load average at the end {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
    ]
    write(
        Answer("How fast is the index of past cases at 100,000 vectors?", rows, notes),
        "similar_index",
        load,
    )


if __name__ == "__main__":
    main()
