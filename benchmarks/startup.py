"""Measure how long a fresh process takes until it answers."""

import os
import subprocess
import sys
import time

from measuring import Answer, row, write

REPEATS = 5
PROGRAMS = {
    "Python itself": "pass",
    "import the workflow": "import neuroscope.workflow.analyze",
    "load the network, one blank slice run": (
        "from neuroscope.models.inference import load_engine; load_engine()"
    ),
    "import the web application": "import neuroscope.api.app",
    "the command line says its version": "from neuroscope import cli",
}
TARGETS = {"load the network, one blank slice run": "< 2"}


def main() -> None:
    """Measure and write `results/startup.json`."""
    load = os.getloadavg()[0]
    rows = []
    for name, program in PROGRAMS.items():
        seconds = []
        for _ in range(REPEATS + 1):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            seconds.append(time.perf_counter() - start)
        rows.append(row(name, seconds[1:], "s", target=TARGETS.get(name, "")))
    question = "How long does a fresh process take?"
    write(
        Answer(question, rows, ["The first run, which fills the disk cache, does not count."]),
        "startup",
        load,
    )


if __name__ == "__main__":
    main()
