"""Measure what a phantom costs: processor seconds on one thread, and memory at the most."""

import os
import subprocess
import sys

from measuring import Answer, Row, row, write

REPEATS = 3
SETUP = """
import json, resource, time
from neuroscope.phantom.anatomy.template import template
from neuroscope.phantom.case import make_case
template()
before = time.process_time()
make_case({kind!r}, seed={seed}, spacing_mm={spacing}, head={head}, sequences={sequences!r})
spent = time.process_time() - before
print(json.dumps([spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20]))
"""
MR = ("t1", "t1c", "t2", "flair")
CASES = {
    "study at 2 mm": ({"spacing": 2, "head": False, "sequences": MR}, "<= 1.5", ""),
    "brain at 1 mm": ({"spacing": 1, "head": False, "sequences": MR}, "<= 10", "<= 2"),
    "head at 1 mm": ({"spacing": 1, "head": True, "sequences": MR}, "", ""),
    "head at 1 mm with CT": ({"spacing": 1, "head": True, "sequences": (*MR, "ct")}, "<= 30", ""),
}
KINDS = ("none", "glioblastoma", "metastases")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def cost(kind: str, seed: int, settings: dict[str, object]) -> tuple[float, float]:
    """Make one study in a process of its own; give processor seconds and GiB."""
    program = SETUP.format(kind=kind, seed=seed, **settings)
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | ONE_THREAD,
    )
    seconds, gib = done.stdout.strip().strip("[]").split(",")
    return float(seconds), float(gib)


def rows_of(name: str, settings: dict[str, object], aims: tuple[str, str]) -> list[Row]:
    """Measure one setting for several kinds of lesion."""
    rows = []
    for kind in KINDS:
        costs = [cost(kind, seed, settings) for seed in range(REPEATS)]
        label = f"{name}, {kind}"
        rows.append(row(label, [s for s, _ in costs], "CPU s", target=aims[0]))
        rows.append(row(f"{label}, memory", [g for _, g in costs], "GiB", target=aims[1]))
        print(rows[-2], rows[-1], flush=True)
    return rows


def main() -> None:
    """Measure and write `results/phantom_cost.json`; names of settings choose among them."""
    load = os.getloadavg()[0]
    wanted = sys.argv[1:] or list(CASES)
    rows = []
    for name in wanted:
        settings, *aims = CASES[name]
        rows += rows_of(name, settings, (aims[0], aims[1]))
    notes = [
        "One fresh process and thread each; reading the template (1 s) is not counted.",
        "Three seeds of each kind; processor seconds grow on a machine that is busy otherwise.",
    ]
    write(Answer("What does a phantom cost?", rows, notes), "phantom_cost", load)


if __name__ == "__main__":
    main()
