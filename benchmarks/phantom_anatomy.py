"""Measure how much macro-anatomy heads share: ours, those of simpler recipes, and real ones.

Every head, made or real, takes the same way: T1, affine registration to the template at 2 mm,
three tissues by a mixture model. What still agrees between two heads then is shared anatomy.
Real heads are private data; without them the real rows of the last result are kept.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import SimpleITK as sitk  # noqa: N813
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from measuring import RESULTS, Answer, Row, write
from neuroscope.atlas.template import ORIGIN_MM
from neuroscope.phantom.anatomy.person import Person, draw_person
from neuroscope.phantom.anatomy.template import depth_at, template
from neuroscope.phantom.case import ACQUISITION, ANATOMY, Look, Visit, expose, lay_grid
from neuroscope.phantom.fields import Grid, sample
from neuroscope.phantom.laid import Subject, lay
from neuroscope.phantom.slices import upright
from neuroscope.settings import read_settings

NAME = "phantom_anatomy"
GRID = Grid((82, 100, 80), (2.0, 2.0, 2.0), (-81.0, -115.0, -70.0))  # template mm
SEEDS = range(2000, 2006)
TISSUES = ("fluid", "gray", "white")
SHELL_MM = (2.0, 18.0)  # depth in the template's envelope where sulci are compared
RESAMPLED = 1000
PICTURE = Path(__file__).parent.parent / "docs" / "images" / "phantom-anatomy.png"
Array = NDArray[np.float32]
Mask = NDArray[np.bool_]
SHARES = (0.15, 0.60)  # darkest: fluid; up to here gray; the rest white
TUMOR_MM = 6.0
QUESTION = "How much of their macro-anatomy do phantoms share, against real heads?"
NOTES = (
    "Every head: T1, affine registration to the template, 2 mm, divided by its own blur of 20 mm.",
    "The darkest 15 % of a head's voxels are called fluid, the next 45 % gray, the rest white.",
    "Dice and correlation are means over pairs of heads; spans: 95 % bootstrap over heads.",
    "Sulci: correlation of the fluid maps 2-18 mm deep, each less its own blur of 8 mm.",
    "Ventricles: what is darker than midway between fluid and white in their box; n heads.",
    (
        "Affine only: a person's scale and turn, no warp and no folds of its own. Before: the "
        "recipe until November 2026: the average's sulci, folded by noise, and no atrophy."
    ),
    (
        "Real heads: three of BraTS, all with tumors; voxels within 6 mm of these are left out of "
        "their comparisons. Three heads are few."
    ),
    (
        "Noise and thick slices lower the agreement of real heads: it is a lower bound of what "
        "they share, and real heads are no healthy sample."
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Tissue of one head in the template's frame, and where it may be compared."""

    tissue: NDArray[np.uint8]
    valid: Mask
    ventricles_ml: float


def affine_only(person: Person) -> Person:
    """Leave a person its scale and turn, and the template's own shape."""
    still = tuple(tuple((noise, 0.0) for noise, _ in axis) for axis in person.warps)
    plain = replace(person.cortex, strength=0.0)
    return replace(person, warps=still, ventricle_scale=1.0, folding=0.0, cortex=plain, atrophy=0.0)


def before(person: Person) -> Person:
    """Make a person as they were made before sulci and atrophy were drawn."""
    return replace(person, cortex=replace(person.cortex, strength=0.0), atrophy=0.0)


RECIPES: dict[str, Callable[[Person], Person]] = {
    "affine only": affine_only,
    "before": before,
    "now": lambda person: person,
}


def synthetic(recipe: Callable[[Person], Person], seed: int) -> Head:
    """Make a healthy T1 at 2 mm and carry it to the template."""
    person = recipe(draw_person(np.random.default_rng([seed, ANATOMY])))
    laid = lay(person, (), lay_grid(2.0, None, head=False)[0])
    rng = np.random.default_rng([seed, ACQUISITION])
    subject = Subject("none", seed, person)
    volume = expose(subject, laid, Look(("t1",)), Visit(rng, rng))[2]["t1"]
    image = _image(volume.voxels, np.diag(volume.affine)[:3], volume.affine[:3, 3])
    return normalized(image, None)


def real(data: Path) -> Iterator[Head]:
    """Carry the real heads to the template."""
    for folder in sorted((data / "brats3d").iterdir()):
        names = ("seg.nii.gz", "fusion_simple.nii.gz", "algorithm_seg-bratstoolkit_isen.nii.gz")
        marks = next(folder / name for name in names if (folder / name).exists())
        yield normalized(_read(folder / "t1n.nii.gz"), _read(marks))


def normalized(image: sitk.Image, marks: sitk.Image | None) -> Head:
    """Register a skull-stripped T1 to the template and say what tissue each voxel is."""
    move = _affine_to_template(image)
    reference = _image(np.zeros(GRID.shape, np.float32), GRID.spacing, GRID.origin)
    seen = _array(sitk.Resample(image, reference, move, sitk.sitkLinear, 0.0))
    depth = depth_at(GRID.points_mm())
    inside = (seen > 0.05 * np.percentile(seen[seen > 0], 90)) & (depth > 0)
    valid = inside.copy()
    if marks is not None:
        tumor = sitk.Resample(sitk.Cast(marks > 0, sitk.sitkFloat32), reference, move)
        away = ndimage.distance_transform_edt(_array(tumor) < 0.5, sampling=GRID.spacing)
        valid &= away > TUMOR_MM
    even = seen / np.maximum(_blurred(seen, valid, 20.0), 1e-6)
    low, high = np.quantile(even[valid], SHARES)
    tissue = (even > low).astype(np.uint8) + (even > high)
    x, y, z = GRID.points_mm()
    box = (np.abs(x) < 34) & (y > -60) & (y < 36) & (z > -8) & (z < 34) & (depth > 13) & valid
    dark = even < (np.quantile(even[box], 0.01) + np.quantile(even[box], 0.7)) / 2
    scale = abs(np.linalg.det(np.array(move.GetMatrix()).reshape(3, 3)))
    return Head(tissue, valid, float((dark & box).sum() * GRID.voxel_ml * scale))


def dice(a: Head, b: Head, tissue: int) -> float:
    """Overlap of a tissue of two heads where both may be compared."""
    both = a.valid & b.valid
    first, second = (head.tissue[both] == tissue for head in (a, b))
    return float(2 * (first & second).sum() / max(1, first.sum() + second.sum()))


def sulcal_correlation(a: Head, b: Head) -> float:
    """Correlate the sulci of two heads."""
    depth = depth_at(GRID.points_mm())
    shell = a.valid & b.valid & (depth > SHELL_MM[0]) & (depth < SHELL_MM[1])
    maps = []
    for head in (a, b):
        fluid = np.asarray(head.tissue == 0, np.float32)
        maps.append((fluid - _blurred(fluid, head.valid, 8.0))[shell])
    return float(np.corrcoef(maps)[0, 1])


def compared(name: str, heads: list[Head]) -> list[Row]:
    """Set all pairs of heads against each other."""
    measures: dict[str, Callable[[Head, Head], float]] = {
        f"Dice of {tissue}": partial(dice, tissue=n) for n, tissue in enumerate(TISSUES)
    }
    measures["correlation of sulci"] = sulcal_correlation
    rows = []
    for label, measure in measures.items():
        table = np.full((len(heads), len(heads)), np.nan)
        for i, j in combinations(range(len(heads)), 2):
            table[i, j] = table[j, i] = measure(heads[i], heads[j])
        value, low, high = _bootstrap(len(heads), partial(_mean_of_pairs, table))
        pairs = len(heads) * (len(heads) - 1) // 2
        rows.append(Row(f"{name}: {label}", value, "", pairs, low, high))
    volumes = np.array([head.ventricles_ml for head in heads])
    for label, unit, statistic in (
        ("ventricles, mean", "ml", np.mean), ("ventricles, SD", "ml", partial(np.std, ddof=1)),
    ):  # fmt: skip
        value, low, high = _bootstrap(len(heads), partial(_of_some, statistic, volumes))
        rows.append(Row(f"{name}: {label}", value, unit, len(heads), low, high))
    return rows


def _mean_of_pairs(table: NDArray[np.float64], of: NDArray[np.int64]) -> float:
    return float(np.nanmean(table[np.ix_(of, of)]))


def _bootstrap(
    n: int, statistic: Callable[[NDArray[np.int64]], float]
) -> tuple[float, float, float]:
    rng = np.random.default_rng(0)
    draws = (rng.integers(n, size=n) for _ in range(RESAMPLED))
    again = [statistic(draw) for draw in draws if len(set(draw.tolist())) > 1]
    low, high = np.percentile(again, [2.5, 97.5])
    return statistic(np.arange(n)), float(low), float(high)


def _affine_to_template(image: sitk.Image) -> sitk.AffineTransform:
    average = template()
    index = GRID.points_mm() - ORIGIN_MM.reshape(3, 1, 1, 1)
    gray, white = sample(average.gray, index), sample(average.white, index)
    fixed = _image(np.asarray(white + 0.7 * gray + 0.2, np.float32) * (gray + white > 0.1),
                   GRID.spacing, GRID.origin)  # fmt: skip
    start = sitk.CenteredTransformInitializer(
        fixed, image, sitk.AffineTransform(3), sitk.CenteredTransformInitializerFilter.MOMENTS
    )
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(40)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(0.2)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, 120)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([4, 2, 1])
    method.SetSmoothingSigmasPerLevel([2, 1, 0])
    method.SetInitialTransform(start, inPlace=False)
    found = method.Execute(fixed, image)
    return sitk.AffineTransform(sitk.CompositeTransform(found).GetBackTransform())


def _blurred(field: Array, valid: Mask, sigma_mm: float) -> Array:
    """Blur what is valid, as if the rest were not there."""
    sigma = [sigma_mm / step for step in GRID.spacing]
    weight = ndimage.gaussian_filter(valid.astype(np.float32), sigma)
    return np.asarray(
        ndimage.gaussian_filter(field * valid, sigma) / np.maximum(weight, 1e-3), np.float32
    )


def _of_some(
    statistic: Callable[..., Any], volumes: NDArray[np.float64], of: NDArray[np.int64]
) -> float:
    return float(statistic(volumes[of]))


def _read(path: Path) -> sitk.Image:
    """Read NIfTI as an image whose axes are R, A, S, in RAS+ mm as ours are."""
    found = nib.as_closest_canonical(  # type: ignore[no-untyped-call]
        nib.Nifti1Image.from_filename(path)
    )
    voxels = np.clip(np.asarray(found.get_fdata(), np.float32), 0, None)
    return _image(voxels, np.diag(found.affine)[:3], found.affine[:3, 3])


def _image(voxels: Array, spacing: Iterable[float], origin: Iterable[float]) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels.T))
    image.SetSpacing([float(s) for s in spacing])
    image.SetOrigin([float(v) for v in origin])
    return image


def _array(image: sitk.Image) -> Array:
    return np.asarray(sitk.GetArrayFromImage(image).T, np.float32)


def kept_real_rows() -> list[Row]:
    """Give the real rows of the last result."""
    path = RESULTS / f"{NAME}.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else []
    return [Row(**row) for row in rows if row["name"].startswith("real")]


def sheet() -> None:
    """Draw two persons with no, half and full atrophy, T1 above T2, for the documentation."""
    rows = []
    for seed in (SEEDS[0], SEEDS[1]):
        columns = []
        for atrophy in (0, 0.5, 1):
            person = draw_person(np.random.default_rng([seed, ANATOMY]), atrophy=atrophy)
            laid = lay(person, (), lay_grid(1.5, None, head=False)[0])
            rng = np.random.default_rng([seed, ACQUISITION])
            subject = Subject("none", seed, person)
            shown = expose(subject, laid, Look(("t1", "t2")), Visit(rng, rng))[2]
            for volume in shown.values():
                for index in (64, 84):
                    pixels = upright(volume.voxels, "axial", index)
                    top = np.percentile(volume.voxels[volume.voxels > 0], 99.5)
                    columns.append((np.clip(pixels / top, 0, 1) * 255).astype(np.uint8))
        rows.append(np.hstack(columns))
    Image.fromarray(np.vstack(rows)).quantize(64).save(PICTURE, optimize=True)


def main() -> None:
    """Compare, and write `results/phantom_anatomy.json`; `sheet` draws a picture instead."""
    if "sheet" in sys.argv[1:]:
        sheet()
        return
    load = os.getloadavg()[0]
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    data = read_settings().data
    rows: list[Row] = []
    for name, recipe in RECIPES.items():
        rows += compared(name, [synthetic(recipe, seed) for seed in SEEDS])
        print(rows[-6:], flush=True)
    rows += compared("real", list(real(data))) if data is not None else kept_real_rows()
    print(rows[-6:], flush=True)
    write(Answer(QUESTION, rows, list(NOTES)), NAME, load)


if __name__ == "__main__":
    main()
