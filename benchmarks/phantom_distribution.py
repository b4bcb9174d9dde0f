"""Compare the sizes of synthetic gliomas with those of real masks (BraTS 2020, private data).

The draws were tuned on seeds 0-149; this reports seeds 1000-1199. Both are measured by the same
function on the same voxels. Without the data, the real side of the last result is kept.
"""

import csv
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from measuring import Answer, Row, write
from neuroscope.phantom.labels_only import make_labels
from neuroscope.phantom.lesions.shape import Shape, shape_of
from neuroscope.settings import read_settings

VOXEL_MM = (1.875, 1.875, 155 / 128)  # 240 x 240 x 155 mm in 128 voxels each
FOLDER = "brats20_masks_128"
KINDS = {"HGG": "glioblastoma", "LGG": "low_grade_glioma"}
REPORTED, TUNED = range(1000, 1200), range(150)
RESAMPLED = 2000
NEAR, RIM_MM, POINTS = 0.15, 1.5, 0.05
VOLUMES = ("WT", "TC", "ET", "ED")
COMPONENT_ML = 0.5
Measured = dict[str, float]
QUESTION = "Are synthetic gliomas as large, and composed, as real ones?"
NOTES = (
    "Seeds 1000 to 1199 of each kind; the draws were tuned on 0 to 149.",
    "While tuning, the drawn volumes of these seeds were in sight, their grown shapes were not.",
    "The spans are 95 % bootstrap intervals over cases.",
    "Sizes are spread evenly over consecutive seeds: the synthetic spans are too wide.",
    "Rim: twice the 90th percentile of the depth in the enhancing part.",
    "Parts: 26-connected, over 0.5 ml.",
    "Volumes are drawn from percentiles of these same masks; rim and parts come from growth.",
)


def measure(shape: Shape) -> Measured:
    """Measure volumes in ml, thickness of the enhancing part in mm, and parts over 0.5 ml."""
    index = np.argwhere(shape.labels > 0)
    low, high = index.min(0), index.max(0) + 1
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    labels = np.pad(shape.labels[box], 1)
    enhancing, core = labels == 3, labels % 2 == 1
    rim = float("nan")
    if enhancing.any():
        depth = ndimage.distance_transform_edt(enhancing, sampling=shape.spacing)
        rim = 2 * float(np.percentile(depth[enhancing], 90))
    return {
        "WT": shape.volume_ml(1, 2, 3),
        "TC": shape.volume_ml(1, 3),
        "ET": shape.volume_ml(3),
        "ED": shape.volume_ml(2),
        "rim": rim,
        "parts of TC": _parts(core, shape.spacing),
        "parts of WT": _parts(labels > 0, shape.spacing),
    }


def _parts(mask: NDArray[np.bool_], spacing: tuple[float, float, float]) -> float:
    parts, _ = ndimage.label(mask, np.ones((3, 3, 3)))
    sizes = np.bincount(parts.ravel())[1:] * np.prod(spacing) / 1000
    return float((sizes > COMPONENT_ML).sum())


def real(folder: Path, grade: str) -> Iterator[Measured]:
    """Measure the real masks of a grade; those without one are high-grade by their description."""
    with (folder / "index.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["grade"].startswith(grade):
                labels = np.load(folder / "gt" / f"{line['id']}.npz")["a"]
                # The masks lie in BraTS's frame (L, P, S).
                yield measure(shape_of(labels[::-1, ::-1], VOXEL_MM))


def synthetic(job: tuple[str, int]) -> Measured:
    """Make and measure the labels of one phantom."""
    kind, seed = job
    made = make_labels(kind, seed=seed, spacing_mm=VOXEL_MM)
    return measure(Shape(made.labels, made.grid.spacing))


def column(cases: list[Measured], name: str) -> NDArray[np.float64]:
    """Give one measure of all cases that have it."""
    values: NDArray[np.float64] = np.array([case[name] for case in cases])
    return values[~np.isnan(values)]


def interval(values: NDArray[np.float64], statistic: str) -> tuple[float, float, float]:
    """Give a median or a mean with its 95 % bootstrap interval."""
    function = np.median if statistic == "median" else np.mean
    rng = np.random.default_rng(0)
    again = [function(rng.choice(values, len(values))) for _ in range(RESAMPLED)]
    low, high = np.percentile(again, [2.5, 97.5])
    return float(function(values)), float(low), float(high)


def compare(grade: str, ours: list[Measured], theirs: list[Measured]) -> Iterator[Row]:
    """Set every measure of one grade beside that of the real masks."""
    for name in (*VOLUMES, "rim", "parts of TC", "parts of WT", "without ET"):
        if name == "without ET":
            pairs = [(column(cases, "ET") == 0).astype(float) for cases in (ours, theirs)]
        else:
            pairs = [column(cases, name) for cases in (ours, theirs)]
        how = "median" if name in (*VOLUMES, "rim") else "mean"
        made, low, high = interval(pairs[0], how)
        there, least, most = interval(pairs[1], how)
        unit = {"rim": "mm", "without ET": "of masks"}.get(name, "ml" if name in VOLUMES else "")
        label = f"{grade} {name}, {how}"
        target = f"real {there:.3g} ({least:.3g} .. {most:.3g}, n {len(pairs[1])})"
        if name in VOLUMES:
            verdict = abs(made / there - 1) <= NEAR
            target += f"; {100 * (made / there - 1):+.0f} %, asked 15: {_said(verdict)}"
        elif name == "rim":
            verdict = abs(made - there) <= RIM_MM
            target += f"; {made - there:+.1f} mm, asked 1.5: {_said(verdict)}"
        elif name == "without ET" and grade == "LGG":
            verdict = abs(made - there) <= POINTS
            target += f"; {100 * (made - there):+.1f} points, asked 5: {_said(verdict)}"
        yield Row(label, made, unit, len(pairs[0]), low, high, target)


def _said(verdict: bool | np.bool_) -> str:
    return "met" if verdict else "missed"


def main() -> None:
    """Compare, and write `results/phantom_distribution.json`; `tuning` reports seeds 0-149."""
    data = read_settings().data
    if data is None or not (data / FOLDER).is_dir():
        print(f"skipped: needs {FOLDER} in NEUROSCOPE_DATA")
        return
    tuning = "tuning" in sys.argv[1:]
    seeds = TUNED if tuning else REPORTED
    load = os.getloadavg()[0]
    rows: list[Row] = []
    for grade, kind in KINDS.items():
        theirs = list(real(data / FOLDER, grade))
        with ProcessPoolExecutor(int(os.environ.get("WORKERS", "1"))) as pool:
            ours = list(pool.map(synthetic, [(kind, seed) for seed in seeds], chunksize=8))
        rows += compare(grade, ours, theirs)
    if tuning:
        for row in rows:
            print(f"{row.name}: {row.value:.3g} ({row.least:.3g} .. {row.most:.3g}); {row.target}")
        return
    write(Answer(QUESTION, rows, list(NOTES)), "phantom_distribution", load)


if __name__ == "__main__":
    main()
