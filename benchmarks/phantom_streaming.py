"""Measure a stream of training crops: processor seconds a crop, the cache, and memory."""

import json
import os
import subprocess
import sys

from measuring import Answer, row, write

REPEATS = 3
HEADS, CROPS = 4, 4  # heads of one pass, crops of each
KINDS = ("glioblastoma", "meningioma", "metastases", "none")
PROGRAM = """
import json, resource, tempfile, time
from itertools import islice
from pathlib import Path
from neuroscope.phantom.anatomy.template import template
from neuroscope.phantom.streaming import StreamPlan, stream
template()
with tempfile.TemporaryDirectory() as folder:
    plan = StreamPlan(
        kinds={kinds!r}, seed={seed}, heads={heads}, crops_per_visit={crops}, cache=Path(folder)
    )
    crops, spent = stream(plan), []
    for visit in range(2):
        before = time.process_time()
        for crop in islice(crops, {heads} * {crops}):
            pass
        spent.append((time.process_time() - before) / ({heads} * {crops}))
    size = max(path.stat().st_size for path in Path(folder).glob("*.npz")) / 1e6
gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(json.dumps({{"made": spent[0], "cached": spent[1], "size": size, "gib": gib}}))
"""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def measured(seed: int) -> dict[str, float]:
    """Stream two passes over the heads in a process of its own: made first, then from the cache."""
    program = PROGRAM.format(kinds=KINDS, seed=seed, heads=HEADS, crops=CROPS)
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | ONE_THREAD,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure and write `results/phantom_streaming.json`."""
    load = os.getloadavg()[0]
    runs = [measured(1000 * number) for number in range(REPEATS)]
    rows = [
        row("a crop, heads from the cache", [run["cached"] for run in runs], "CPU s"),
        row("a crop, heads made and cached", [run["made"] for run in runs], "CPU s"),
        row("the largest cached head", [run["size"] for run in runs], "MB"),
        row("memory of a process, at most", [run["gib"] for run in runs], "GiB"),
    ]
    notes = [
        f"Crops of 64 x 64 x 64 voxels at 2 mm, four contrasts, {CROPS} crops a visit.",
        f"{HEADS} heads drawn from {', '.join(KINDS)}; two passes over them.",
        "One fresh process and thread each; reading the template (1 s) is not counted.",
        "Processor seconds grow on a machine that is busy otherwise.",
    ]
    question = "What does a stream of training crops cost?"
    write(Answer(question, rows, notes), "phantom_streaming", load)


if __name__ == "__main__":
    main()
