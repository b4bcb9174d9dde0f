"""Measure how right a study in space is: balls, registration, brain and outline from raw heads.

Synthetic gliomas that no training has drawn come as from a scanner: with skull, each sequence in a
pose of its own. What is prepared, stripped and outlined is compared with what the phantom knows,
and with the same heads given as BraTS would prepare them (the rival): the difference is what the
own preparation costs. Balls of known size lie at random places on three grids.
"""

import logging
import os
import sys
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from measuring import Answer, Row, write
from neuroscope.io.nifti import write_nifti
from neuroscope.io.reader import read_study
from neuroscope.learn.train_segmenter import dice_of
from neuroscope.measure.diameters import longest_diameter
from neuroscope.measure.regions import cut
from neuroscope.measure.surface import surface_of
from neuroscope.models.brain_extractor import load_brain_extractor
from neuroscope.models.region_labels import LABELS_OF
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.models.unet_segmenter import load_segmenter
from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.preprocess.prepare import BrainExtractor, prepare
from neuroscope.preprocess.resample import resample
from neuroscope.records.prepared import Prepared
from neuroscope.records.transform import Transform
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits
from neuroscope.statistics import mean_by_unit

SEQUENCES = ("t1", "t1c", "t2", "flair")
KINDS = ("glioblastoma", "glioblastoma", "low_grade_glioma")  # in turn
SEED, STUDIES, SPACING_MM = 860_000, 12, 1.5
TURN_DEG, SHIFT_MM = 6.0, 12.0  # of a sequence against the first, at most about and along each axis
POINTS, MIDDLE_MM = 500, np.array([0.0, -18.0, 8.0])
GRIDS = {"1 mm": (1.0,) * 3, "2 mm": (2.0,) * 3, "1 x 1 x 6.5 mm": (1.0, 1.0, 6.5)}
RADII_MM, PLACES = (10.0, 15.0, 25.0), 8
Found = dict[str, float]
Pose = NDArray[np.float64]


def main() -> None:
    """Measure, and write `results/space_accuracy.json`; `--quick` takes two studies, writes not."""
    quick = "--quick" in sys.argv
    logging.disable(logging.WARNING)
    load = os.getloadavg()[0]
    found = [measured_study(SEED + number) for number in range(2 if quick else STUDIES)]
    rows = [*ball_rows(), *study_rows(found)]
    answer = Answer("How right are measures, registration and outlines in space?", rows, notes())
    if quick:
        for one in rows:
            print(one)
    else:
        print(write(answer, "space_accuracy", load))


def notes() -> list[str]:
    """Say what was compared with what."""
    balls = f"Balls: {PLACES} random places for each of radii {RADII_MM} mm; the largest error."
    studies = (
        f"Studies: {STUDIES} phantoms of {SPACING_MM:g} mm (two glioblastomas to one low-grade "
        f"glioma), each sequence turned by up to {TURN_DEG:g} degrees about each axis and moved by "
        f"up to {SHIFT_MM:g} mm along it. Means with bootstrap intervals of 95 %; of the worst "
        "point, that of all studies."
    )
    outlines = (
        "Outlines: regions of 1 ml and more, on the grid of contrast T1, told that it is a glioma. "
        "`prepared` are the same heads, registered and stripped by the phantom."
    )
    return [balls, studies, outlines]


def ball_rows() -> list[Row]:
    """Measure balls on each grid; give the largest errors."""
    rows = []
    for name, spacing in GRIDS.items():
        rng = np.random.default_rng(0)
        found = [measured_ball(r, spacing, rng) for r, _ in product(RADII_MM, range(PLACES))]
        diagonal = float(np.linalg.norm(spacing))
        for what, unit, target in (
            ("volume", "%", "1"), ("surface", "%", "2.5"), ("diameter", "mm", f"{diagonal:.3g}")
        ):  # fmt: skip
            errors = np.array([one[what] for one in found])
            rows.append(
                Row(
                    f"balls, {name}: largest error of the {what}", float(abs(errors).max()), unit,
                    len(errors), float(errors.min()), float(errors.max()), f"<= {target}",
                )
            )  # fmt: skip
    return rows


def measured_ball(radius_mm: float, spacing: tuple[float, ...], rng: np.random.Generator) -> Found:
    """Give the errors of a ball at a random place: volume and surface in %, diameter in mm."""
    number = 2 * np.ceil((radius_mm + 3 * np.array(spacing)) / spacing).astype(int) + 1
    shift = rng.uniform(-0.5, 0.5, 3)
    axes = [(np.arange(n) - n // 2 + s) * d for n, s, d in zip(number, shift, spacing, strict=True)]
    inside = sum(axis**2 for axis in np.meshgrid(*axes, indexing="ij")) <= radius_mm**2
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = [axis[0] for axis in axes]
    region = cut(inside, affine)
    area, _ = surface_of(region, "TC", "ball")
    line = longest_diameter(region)
    assert line is not None
    length = float(np.linalg.norm(np.subtract(line.end_mm, line.start_mm)))
    return {
        "volume": 100 * (region.ml * 3000 / (4 * np.pi * radius_mm**3) - 1),
        "surface": 100 * (area.value * 100 / (4 * np.pi * radius_mm**2) - 1),
        "diameter": length - 2 * radius_mm,
    }


def measured_study(seed: int) -> Found:
    """Outline a head, raw and as BraTS would give it; compare all with what the phantom knows."""
    kind = KINDS[seed % len(KINDS)]
    print(f"study {seed}, {kind}", flush=True)
    make = partial(make_case, kind, seed=seed, spacing_mm=SPACING_MM, sequences=SEQUENCES)
    head, stripped = make(head=True), make(head=False)
    segmenter, extract = load_segmenter(threads=2), load_brain_extractor(threads=2)
    poses = drawn_poses(seed)
    raw = prepared_case(head, poses, extract)
    given = prepared_case(stripped, dict.fromkeys(SEQUENCES, np.eye(4)), None)
    brain = np.asarray(stripped.volumes["t1c"].voxels) > 0
    affine = poses["t1c"] @ stripped.segmentation.affine
    found = {f"{name}: registration": mm for name, mm in places_mm(raw, poses).items()}
    found["brain"] = overlap(raw.brain, Volume(brain, affine))
    for name, prepared, pose, case in (
        ("raw", raw, poses["t1c"], head), ("prepared", given, np.eye(4), stripped)
    ):  # fmt: skip
        labels = np.asarray(case.segmentation.labels)
        sequences = {str(role): volume for role, volume in prepared.volumes.items()}
        answer = segmenter.segment(SegmenterStudy(sequences, prepared.brain, "glioma")).segmentation
        for region, values in LABELS_OF.items():
            wanted = Volume(np.isin(labels, values), pose @ case.segmentation.affine)
            outlined = Volume(np.isin(np.asarray(answer.labels), values), answer.affine)
            if wanted.voxels.sum() * SPACING_MM**3 >= 1000:
                found[f"{name}: {region}"] = overlap(outlined, wanted)
    return found


def drawn_poses(seed: int) -> dict[str, Pose]:
    """Draw where the head lies while each sequence is taken."""
    rng = np.random.default_rng(seed)
    poses = {}
    for name in SEQUENCES:
        turn = Rotation.from_euler("xyz", rng.uniform(-TURN_DEG, TURN_DEG, 3), degrees=True)
        poses[name] = np.eye(4)
        poses[name][:3, :3] = turn.as_matrix()
        poses[name][:3, 3] = rng.uniform(-SHIFT_MM, SHIFT_MM, 3)
    return poses


def prepared_case(
    case: PhantomCase, poses: dict[str, Pose], extract: BrainExtractor | None
) -> Prepared:
    """Store the sequences, each in its pose, read them as a user's and prepare them."""
    with TemporaryDirectory() as folder:
        for name in SEQUENCES:
            volume = case.volumes[name]
            path = Path(folder) / f"{name}.nii.gz"
            write_nifti(np.asarray(volume.voxels), poses[name] @ volume.affine, path)
        imported = read_study(Path(folder), key=bytes(32), limits=Limits())
    return prepare(imported, extract_brain=extract)


def places_mm(prepared: Prepared, poses: dict[str, Pose]) -> Found:
    """Give how far points of the brain were brought beside where they lie: mean and worst."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(POINTS, 3))
    points *= (rng.uniform(0, 1, (POINTS, 1)) ** (1 / 3)) / np.linalg.norm(points, axis=1)[:, None]
    points = MIDDLE_MM + points * [68.0, 85.0, 65.0]
    wanted = Transform(poses[prepared.reference]).carry(points)
    errors = [
        np.linalg.norm(way.carry(Transform(poses[role]).carry(points)) - wanted, axis=1)
        for role, way in prepared.to_reference.items()
        if role != prepared.reference
    ]
    return {"mean": float(np.mean(errors)), "worst": float(np.max(errors))}


def overlap(found: Volume, wanted: Volume) -> float:
    """Give the Dice of two masks; the first is brought to the grid of the second."""
    plain = Volume(np.asarray(found.voxels).astype(np.uint8), found.affine)
    here = np.asarray(resample(plain, wanted, interpolation="nearest").voxels) > 0
    return dice_of(here, np.asarray(wanted.voxels) > 0) or 0.0


def study_rows(studies: list[Found]) -> list[Row]:
    """Average over studies; beside raw regions what their own preparation cost."""
    rows = []
    worst = np.array([one["worst: registration"] for one in studies])
    rows.append(mean_row("registration: mean error", studies, "mean: registration", "mm", "< 0.5"))
    rows.append(
        Row("registration: worst point", float(worst.max()), "mm", len(worst), float(worst.min()),
            float(worst.max()), "< 1")
    )  # fmt: skip
    rows.append(mean_row("brain from raw contrast T1: Dice", studies, "brain", "(mean)", ">= 0.97"))
    for region in LABELS_OF:
        for name in ("raw", "prepared"):
            key = f"{name}: {region}"
            rows.append(mean_row(f"outline, {name}: Dice {region}", studies, key, "(mean)", ""))
        both = [one for one in studies if f"raw: {region}" in one]
        lost = [{"lost": one[f"prepared: {region}"] - one[f"raw: {region}"]} for one in both]
        rows.append(mean_row(f"lost by preparing: {region}", lost, "lost", "(mean)", ""))
    return rows


def mean_row(name: str, studies: list[Found], key: str, unit: str, target: str) -> Row:
    """Average what the studies have, with the interval of 95 %."""
    values = np.array([one[key] for one in studies if key in one])
    mean = mean_by_unit(values)
    return Row(name, mean.value, unit, len(values), mean.low, mean.high, target)


if __name__ == "__main__":
    main()
