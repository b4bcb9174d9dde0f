"""Measure how much memory the web process and the worker take."""

import os
import subprocess
import sys

from measuring import Answer, row, write

REPORT = (
    "; import resource, psutil;"
    "print(psutil.Process().memory_info().rss / 2**20,"
    "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10)"
)
WEB = "import sys, neuroscope.api.app; assert 'torch' not in sys.modules"
WORKER = """
import numpy as np
from neuroscope import workflow
from neuroscope.models.inference import load_engine
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.study import Series, Study
from neuroscope.records.volume import Volume
grid = np.meshgrid(*(np.linspace(-1, 1, n) for n in (240, 240, 155)), indexing="ij", sparse=True)
voxels = (1000 * (sum(g**2 for g in grid) < 1)).astype(np.int16)
study = Study("s", "NS-AAAAAA", (Series("a", "t1c"),))
engine = load_engine()
imported = ImportedStudy(study, {"a": Volume(voxels, np.eye(4))}, {}, "h")
analysis = workflow.analyze(imported, engine)
workflow.evidence_of(imported.volumes["a"], analysis.series[0], "glioma", engine.spec)
"""


def megabytes(program: str) -> tuple[float, float]:
    """Run a program in a process of its own; give its memory at the end and at the most."""
    done = subprocess.run(
        [sys.executable, "-c", program + REPORT], check=True, capture_output=True, text=True
    )
    now, most = map(float, done.stdout.split())
    return now, most


def main() -> None:
    """Measure and write `results/memory.json`."""
    load = os.getloadavg()[0]
    web = [megabytes(WEB)[0] for _ in range(3)]
    worker = [megabytes(WORKER.rstrip() + "\npass")[1] for _ in range(3)]
    rows = [
        row("web process, application imported", web, "MiB", target="< 300"),
        row("worker, at most during the analysis of a 155-slice volume", worker, "MiB"),
    ]
    write(Answer("How much memory does it take?", rows), "memory", load)


if __name__ == "__main__":
    main()
