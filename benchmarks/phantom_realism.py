"""Ask a small classifier to tell slices of phantoms from real ones, contrast by contrast.

Real brains are private data; without them there is nothing to tell apart and the last result stays.
`python phantom_realism.py sheet` also lays real and synthetic slices side by side under `runs/`,
which git ignores: pictures of patients are never committed.
"""

import itertools
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import roc_auc_score

from measuring import Answer, Row, write
from neuroscope.phantom.anatomy.person import draw_person
from neuroscope.phantom.case import ACQUISITION, ANATOMY, Look, Visit, expose, lay_grid
from neuroscope.phantom.laid import Subject, lay
from neuroscope.phantom.scanner.options import CLEAN, ScannerOptions, clinical_options
from neuroscope.phantom.scanner.sequences import SEQUENCES
from neuroscope.settings import read_settings
from phantom_anatomy import before

NAME = "phantom_realism"
SEEDS = range(3000, 3006)
SLAB_MM = (10.0, 46.0)  # axial slices of phantoms
REAL_SLICES = range(80, 116, 4)  # of 155, about the same part of the brain
STEP = 4
FILES = {"t1": "t1n", "t1c": "t1c", "t2": "t2w", "flair": "t2f"}
Z_SCORED = {"t1c": "T1c_subtrMeanDivStd", "flair": "Flair_subtrMeanDivStd"}
WINDOW = 24  # pixels of a patch whose spectrum is taken
BANDS = (0.0, 0.06, 0.12, 0.2, 0.3, 0.4, 0.51)  # cycles per mm
TUMOR_MM, EDGE_MM = 6, 4
RESAMPLED = 500
SHEET = Path(__file__).parent.parent / "runs" / "phantom_side_by_side.png"
Array = NDArray[np.float32]
Mask = NDArray[np.bool_]
QUESTION = "Can a small classifier tell phantoms from real brains?"
NOTES = (
    (
        "AUC: 0.5 if nothing tells them apart, 1 if every slice is told. Axial slices at 1 mm, "
        "features of the brain 4 mm inside its edge and 6 mm off any tumor; extremely randomized "
        "trees, cross-validated by case: no case is both learned from and told."
    ),
    (
        "Real: three patients of BraTS, and for T1c and FLAIR one of BraTS 2013; n counts "
        "slices. Three patients cannot show that phantoms look real; they can show that not."
    ),
    "Spans: 95 % bootstrap over cases; where all are told apart the span says nothing.",
    "Lesions are not compared: the phantoms are healthy, the patients' tumors are left out.",
    "Left out: the native case (6.5 mm slices, no brain mask) and three slices of a child.",
    (
        "Before: no sulci of its own, no atrophy. Clinical: with `clinical_options`, "
        "slices resampled to 1 mm."
    ),
    (
        "What gives away: for single features, how many standard deviations of the phantoms the "
        "median real case lies from the mean phantom."
    ),
)


@dataclass(frozen=True, slots=True)
class Slice:
    """Features of one slice and the case it is of."""

    case: str
    is_real: bool
    features: dict[str, float]


def features_of(pixels: Array, inside: Mask) -> dict[str, float] | None:
    """Describe what a slice looks like where it holds brain; None if it holds too little."""
    if inside.sum() < 2000:
        return None
    low, first, middle, third, high = np.percentile(pixels[inside], [2, 10, 50, 90, 98])
    even = (pixels - middle) / max(1e-6, third - first)
    gradient = np.hypot(*np.gradient(even))[inside]
    rough = ndimage.laplace(even)[inside]
    values = {
        "histogram: darkest": (low - middle) / (third - first),
        "histogram: dark tenth": (first - middle) / (third - first),
        "histogram: brightest": (high - middle) / (third - first),
        "histogram: contrast": (third - first) / abs(middle),
        "histogram: within quarters": float(np.subtract(*np.percentile(even[inside], [75, 25]))),
        "gradient: median": float(np.median(gradient)),
        "gradient: 90 %": float(np.percentile(gradient, 90)),
        "gradient: 99 % to median": float(np.percentile(gradient, 99) / np.median(gradient)),
        "grain: Laplacian": float(np.median(np.abs(rough))),
        "grain: tails of Laplacian": float(np.percentile(np.abs(rough), 98) / np.std(rough)),
    }
    return values | _spectrum(even, inside)


def _spectrum(even: Array, inside: Mask) -> dict[str, float]:
    """Mean power of patches by frequency, in parts of all."""
    window = np.outer(np.hanning(WINDOW), np.hanning(WINDOW))
    total = np.zeros((WINDOW, WINDOW))
    for i in range(0, even.shape[0] - WINDOW, WINDOW // 2):
        for j in range(0, even.shape[1] - WINDOW, WINDOW // 2):
            here = np.s_[i : i + WINDOW, j : j + WINDOW]
            if inside[here].mean() > 0.9:
                patch = np.where(inside[here], even[here], np.median(even[here]))
                total += np.abs(np.fft.fft2((patch - patch.mean()) * window)) ** 2
    lines = np.fft.fftfreq(WINDOW)
    radius = np.hypot(lines[:, None], lines)
    power = [total[(radius >= a) & (radius < b)].sum() for a, b in itertools.pairwise(BANDS)]
    parts = np.log10((np.array(power) + 1e-9) / max(1e-9, total.sum()))
    names = [f"spectrum: {a:g}-{b:g}/mm" for a, b in itertools.pairwise(BANDS)]
    return dict(zip(names, parts.tolist(), strict=True))


def pictures(seed: int, recipe: str) -> dict[str, tuple[Array, Mask]]:
    """Make the slab of a healthy phantom: slices `(i, j, k)` and where they hold brain."""
    person = draw_person(np.random.default_rng([seed, ANATOMY]))
    person = before(person) if recipe == "before" else person
    grid = lay_grid(1.0, None, head=False)[0]
    box = grid.box_around((-99, -199, SLAB_MM[0]), (99, 199, SLAB_MM[1]))
    laid = lay(person, (), grid.crop(box))
    rng = np.random.default_rng([seed, ACQUISITION])
    look = Look(SEQUENCES, scanner=_scanner(seed, recipe))
    volumes = expose(Subject("none", seed, person), laid, look, Visit(rng, rng))[2]
    return {name: _at_1_mm(volume.voxels, volume.affine) for name, volume in volumes.items()}


def _scanner(seed: int, recipe: str) -> ScannerOptions:
    if recipe != "clinical":
        return CLEAN
    drawn = clinical_options(seed, SEQUENCES)
    scans = {n: replace(s, plane="axial", tilt_deg=0.0) for n, s in drawn.scans.items()}
    return replace(drawn, scans=scans, missing=())


def _at_1_mm(voxels: Array, affine: NDArray[np.float64]) -> tuple[Array, Mask]:
    steps = np.abs(np.diag(affine)[:3])
    fine = voxels if np.allclose(steps, 1) else ndimage.zoom(voxels, steps, order=1)
    return fine, fine > 0


def real_pictures(data: Path) -> Iterator[tuple[str, dict[str, tuple[Array, Mask]]]]:
    """Read the real cases: slices and where they hold brain without tumor."""
    for folder in sorted((data / "brats3d").iterdir()):
        names = ("seg.nii.gz", "fusion_simple.nii.gz", "algorithm_seg-bratstoolkit_isen.nii.gz")
        marks = _read(next(folder / name for name in names if (folder / name).exists()))
        yield (
            folder.name,
            {
                name: _real(_read(folder / f"{file}.nii.gz"), None, marks)
                for name, file in FILES.items()
            },
        )
    for folder in sorted((data / "brats3d_2mod_normalised").iterdir()):
        brain, marks = (_read(folder / f"{n}.nii.gz") for n in ("brainmask", "OTMultiClass"))
        yield (
            folder.name,
            {
                name: _real(_read(folder / f"{file}.nii.gz") + 8, brain > 0.5, marks)
                for name, file in Z_SCORED.items()
            },
        )


def _real(voxels: Array, brain: Mask | None, marks: Array) -> tuple[Array, Mask]:
    inside = voxels > 0 if brain is None else brain
    away = np.stack([_eroded(marks[..., k] == 0, TUMOR_MM) for k in REAL_SLICES], axis=-1)
    chosen = list(REAL_SLICES)
    return voxels[..., chosen], inside[..., chosen] & away


def _read(path: Path) -> Array:
    image = nib.as_closest_canonical(  # type: ignore[no-untyped-call]
        nib.Nifti1Image.from_filename(path)
    )
    return np.asarray(image.dataobj, np.float32)


def _eroded(mask: Mask, by: int) -> Mask:
    return np.asarray(ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1] > by)


def described(case: str, picture: tuple[Array, Mask], *, is_real: bool) -> list[Slice]:
    """Describe the slices of one case in one contrast."""
    voxels, inside = picture
    found = []
    for k in range(0, voxels.shape[2], 1 if is_real else STEP):
        whole = ndimage.binary_fill_holes(inside[..., k]) if not is_real else inside[..., k]
        values = features_of(voxels[..., k], _eroded(whole, EDGE_MM))
        if values is not None:
            found.append(Slice(case, is_real, values))
    return found


def told_apart(slices: list[Slice]) -> tuple[float, float, float]:
    """Give the AUC over slices, each told by trees that saw nothing of its case."""
    table = np.array([list(one.features.values()) for one in slices])
    labels = np.array([one.is_real for one in slices])
    cases = np.array([one.case for one in slices])
    patients = sorted(set(cases[labels]))
    phantoms = sorted(set(cases[~labels]))
    scores = np.zeros(len(slices))
    for fold, patient in enumerate(patients):
        test = np.isin(cases, [patient, *phantoms[fold :: len(patients)]])
        trees = ExtraTreesClassifier(200, class_weight="balanced", random_state=0, n_jobs=1)
        trees.fit(table[~test], labels[~test])
        scores[test] = trees.predict_proba(table[test])[:, 1]
    rng = np.random.default_rng(0)
    again = []
    for _ in range(RESAMPLED):
        drawn = [*rng.choice(patients, len(patients)), *rng.choice(phantoms, len(phantoms))]
        index = np.concatenate([np.flatnonzero(cases == case) for case in drawn])
        again.append(roc_auc_score(labels[index], scores[index]))
    low, high = np.percentile(again, [2.5, 97.5])
    return float(roc_auc_score(labels, scores)), float(low), float(high)


def giveaways(slices: list[Slice]) -> list[tuple[str, float]]:
    """Rank single features by how far the median real case lies from the phantoms."""
    found = []
    for name in slices[0].features:
        means: dict[bool, list[float]] = {True: [], False: []}
        for is_real in (True, False):
            for case in sorted({one.case for one in slices if one.is_real is is_real}):
                of_case = [one.features[name] for one in slices if one.case == case]
                means[is_real].append(float(np.mean(of_case)))
        gap = np.median(means[True]) - np.mean(means[False])
        found.append((name, float(gap / max(1e-6, float(np.std(means[False], ddof=1))))))
    return sorted(found, key=lambda pair: -abs(pair[1]))


def side_by_side(real: list[Array], made: list[Array], path: Path) -> None:
    """Lay real slices (above) and synthetic ones (below) in one picture."""
    rows = []
    for row in (real, made):
        shown = []
        for pixels in row:
            top = float(np.percentile(pixels[pixels > 0], 99.5))
            page = np.zeros((210, 190), np.uint8)
            cut = (np.clip(pixels / top, 0, 1) * 255).astype(np.uint8).T[::-1]
            held = np.argwhere(cut > 0)
            a, b = held.min(0)
            part = cut[a : a + 210, b : b + 190]
            page[: part.shape[0], : part.shape[1]] = part
            shown.append(page)
        rows.append(np.hstack(shown))
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.vstack(rows)).save(path)


def main() -> None:
    """Tell apart, and write `results/phantom_realism.json`."""
    data = read_settings().data
    if data is None or not (data / "brats3d").is_dir():
        print("skipped: needs brats3d in NEUROSCOPE_DATA")
        return
    load = os.getloadavg()[0]
    real = dict(real_pictures(data))
    rows: list[Row] = []
    for recipe in ("before", "now", "clinical"):
        made = {f"{recipe} {seed}": pictures(seed, recipe) for seed in SEEDS}
        for name in SEQUENCES:
            there = {case: found[name] for case, found in real.items() if name in found}
            slices = [s for case, p in there.items() for s in described(case, p, is_real=True)]
            slices += [
                s for case, p in made.items() for s in described(case, p[name], is_real=False)
            ]
            value, low, high = told_apart(slices)
            loud = "; ".join(f"{what} {gap:+.1f} SD" for what, gap in giveaways(slices)[:3])
            label = f"{name}, {recipe} ({len(there)} patients, {len(made)} phantoms)"
            rows.append(Row(label, value, "AUC", len(slices), low, high, f"gives away: {loud}"))
            print(rows[-1], flush=True)
        if recipe == "now" and "sheet" in sys.argv[1:]:
            pairs = list(zip(real.values(), made.values(), strict=False))[:3]
            left = [r[n][0][..., 4] for r, _ in pairs for n in SEQUENCES if n in r]
            right = [m[n][0][..., 18] for _, m in pairs for n in SEQUENCES]
            side_by_side(left, right, SHEET)
    write(Answer(QUESTION, rows, list(NOTES)), NAME, load)


if __name__ == "__main__":
    main()
