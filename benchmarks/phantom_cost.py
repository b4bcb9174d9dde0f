"""Measure what a phantom costs: processor seconds on one thread, and memory at the most."""

import json
import os
import subprocess
import sys

from measuring import RESULTS, Answer, Row, row, write
from neuroscope.phantom.lesions.kinds import KINDS, Kind

REPEATS = 3
SETUP = """
import json, resource, time
from neuroscope.phantom.anatomy.template import template
from neuroscope.phantom.case import make_case
template()
spent = []
for seed in range({repeats}):
    before = time.process_time()
    make_case({kind!r}, seed=seed, spacing_mm={spacing}, head={head}, sequences={sequences!r})
    spent.append(time.process_time() - before)
print(json.dumps([spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20]))
"""
MR = ("t1", "t1c", "t2", "flair")
CASES = {
    "study at 2 mm": ({"spacing": 2, "head": False, "sequences": MR}, "<= 1.5", ""),
    "brain at 1 mm": ({"spacing": 1, "head": False, "sequences": MR}, "<= 10", "<= 2"),
    "head at 1 mm": ({"spacing": 1, "head": True, "sequences": MR}, "", ""),
    "head at 1 mm with CT": ({"spacing": 1, "head": True, "sequences": (*MR, "ct")}, "<= 30", ""),
}
ALL_KINDS = frozenset({"study at 2 mm"})
SOME: tuple[Kind, ...] = ("none", "glioblastoma", "metastases")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def cost(kind: str, settings: dict[str, object]) -> tuple[list[float], float]:
    """Make the studies of a kind in a process of their own; give processor seconds and GiB."""
    program = SETUP.format(kind=kind, repeats=REPEATS, **settings)
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | ONE_THREAD,
    )
    seconds, gib = json.loads(done.stdout)
    return seconds, gib


def rows_of(name: str, settings: dict[str, object], aims: tuple[str, str]) -> list[Row]:
    """Measure one setting for several kinds of lesion."""
    rows = []
    for kind in KINDS if name in ALL_KINDS else SOME:
        seconds, gib = cost(kind, settings)
        label = f"{name}, {kind}"
        rows.append(row(label, seconds, "CPU s", target=aims[0]))
        rows.append(row(f"{label}, memory", [gib], "GiB", target=aims[1]))
        print(rows[-2], rows[-1], flush=True)
    return rows


def earlier_rows(name: str) -> list[Row]:
    """Read what an earlier run found for a setting."""
    path = RESULTS / "phantom_cost.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else []
    return [Row(**found) for found in rows if found["name"].startswith(f"{name}, ")]


def main() -> None:
    """Measure and write `results/phantom_cost.json`.

    Names of settings choose among them; the others keep the rows of an earlier run.
    """
    load = os.getloadavg()[0]
    wanted = sys.argv[1:] or list(CASES)
    rows = []
    for name, (settings, *aims) in CASES.items():
        is_new = name in wanted
        rows += rows_of(name, settings, (aims[0], aims[1])) if is_new else earlier_rows(name)
    notes = [
        "One fresh process and thread for each row; reading the template (1 s) is not counted.",
        "Seeds 0, 1 and 2 of each kind; memory is the most of the three.",
        "Processor seconds grow on a machine that is busy otherwise.",
    ]
    if set(wanted) < set(CASES):
        notes.append(
            f"Only these are of this run, the others of earlier ones: {', '.join(wanted)}."
        )
    write(Answer("What does a phantom cost?", rows, notes), "phantom_cost", load)


if __name__ == "__main__":
    main()
