"""How every benchmark measures, and what it writes down about the machine."""

import gc
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("numpy", "onnxruntime", "openvino", "torch")


@dataclass(frozen=True, slots=True)
class Row:
    """One measured number.

    Attributes
    ----------
    target
        What it should reach, in the same unit; None if nothing was promised.
    n
        How many repetitions `value` is the median of.
    """

    name: str
    value: float
    unit: str
    n: int
    least: float
    most: float
    target: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a benchmark found out."""

    question: str
    rows: list[Row]
    notes: list[str] = field(default_factory=list)


def timed(work: Callable[[], object], *, repeats: int) -> list[float]:
    """Run the work a few times after one warm-up; give the seconds each took."""
    work()
    seconds = []
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return seconds


def row(name: str, values: list[float], unit: str, *, target: str = "") -> Row:
    """Sum repetitions up as median, least and most."""
    middle = float(np.median(values))
    return Row(name, middle, unit, len(values), min(values), max(values), target)


def write(answer: Answer, name: str, load_before: float) -> Path:
    """Write an answer with the machine it came from to `results/NAME.json`."""
    RESULTS.mkdir(exist_ok=True)
    machine = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {package: version(package) for package in PACKAGES},
        "load_before": round(load_before, 2),
    }
    path = RESULTS / f"{name}.json"
    text = json.dumps(asdict(answer) | {"machine": machine}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if not listing.exists():
        return platform.processor()
    names = [line for line in listing.read_text().splitlines() if line.startswith("model name")]
    return names[0].split(":", 1)[1].strip() if names else platform.processor()
