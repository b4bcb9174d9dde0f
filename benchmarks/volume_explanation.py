"""Ask whether the evidence in volumes lies on the tumor, and what the usual way makes of it.

Held-out phantom brains (2 mm, T1 with contrast; seeds no fit has seen) with their outlines, and
the private real volumes with masks, which are few and named by number only. The class of a map is
the one the phantom has, or for healthy ones the worst of the three tumors, so that the map is
judged and not the answer. The usual way, as public scripts do it: slices along one axis, each with
its own predicted class, each stretched from its least to its largest value, stacked, cut at half.
`--quick` tries four phantoms and writes nothing.
"""

import os
import sys
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from measuring import Answer, Row, write
from neuroscope.explain.axis_map import axis_map
from neuroscope.explain.volume_cam import (
    Fusion,
    FusionConfig,
    fuse_volume,
    grid_positions,
    within_brain,
)
from neuroscope.io.nifti import read_nifti
from neuroscope.learn.fit_volume_constants import (
    KINDS,
    CutCase,
    brain_of,
    cut_case,
    make_phantom,
)
from neuroscope.learn.volume_localization import (
    asymmetry,
    brightness,
    centered_gaussian,
    score_volume,
)
from neuroscope.models.classes import CLASS_NAMES, NO_TUMOR
from neuroscope.models.inference import EvidenceEngine, load_engine
from neuroscope.models.volume_constants import load_volume_constants
from neuroscope.records.volume import Plane, Volume
from neuroscope.records.volumeevidence import AxisSlices, VolumeConstants
from neuroscope.settings import Limits, read_settings
from neuroscope.statistics import bootstrap_by_unit
from neuroscope.workflow.evidence import slices_of_axes

FIRST_SEED = 700_000
NUMBER = 16
REAL = {  # T1c to mask and the labels of the tumor core
    "brats3d/Brats18_2013_2_1/t1c.nii.gz": ("brats3d/Brats18_2013_2_1/seg.nii.gz", (1, 3, 4)),
    "brats3d/BraTS-GLI-00001-000/t1c.nii.gz": (
        "brats3d/BraTS-GLI-00001-000/algorithm_seg-BraTS23_1_mapped.nii.gz",
        (1, 3, 4),
    ),
    "brats3d/TCGA-DU-7294/t1c.nii.gz": ("brats3d/TCGA-DU-7294/fusion_simple.nii.gz", (1, 3, 4)),
}
SHOWN = ("mass", "rank", "pointing", "precision", "dice", "hd95_mm", "lesion_recall")
UNITS = {"hd95_mm": "mm"}
Maps = dict[str, NDArray[np.float32]]
Found = dict[str, list[float]]


def phantoms(engine: EvidenceEngine, number: int) -> Iterator[tuple[str, CutCase]]:
    """Make held-out brains of every kind in turn."""
    for seed in range(FIRST_SEED, FIRST_SEED + number):
        case = make_phantom(KINDS[seed % len(KINDS)], seed, 2.0)
        yield "phantoms", cut_case(case, lambda volume: slices_of_axes(volume, engine))


def real_volumes(engine: EvidenceEngine) -> Iterator[tuple[str, CutCase]]:
    """Read the real gliomas that have a mask; the expert's or that of several programs."""
    data = read_settings().data
    for image, (mask, core) in REAL.items() if data is not None else ():
        assert data is not None
        volume = read_nifti(data / image, limits=Limits())
        labels = np.rint(read_nifti(data / mask, limits=Limits()).voxels).astype(int)
        start = time.perf_counter()
        slices = slices_of_axes(volume, engine)
        print(f"{sum(len(s.cells) for s in slices)} slices in {time.perf_counter() - start:.1f} s")
        tumor = np.isin(labels, core)
        yield "real gliomas", CutCase(0, volume, tumor, labels > 0, brain_of(volume), slices)


def the_usual_way(case: CutCase) -> NDArray[np.float32]:
    """Stack axial maps, each of its own predicted class and stretched from 0 to 1 by itself."""
    axial = next(item for item in case.slices if item.plane == "axial")
    layers = np.zeros((case.volume.shape[axial.axis], *_in_plane(case, axial)), np.float32)
    for index, cells in axial.cells.items():
        winner = CLASS_NAMES[int(cells.logits.argmax())]
        alone = AxisSlices(
            "axial", axial.axis, axial.row_axis, axial.column_axis, axial.to_voxel, {index: cells}
        )
        positions = _voxels(case.volume)
        positions[axial.axis] = np.array([float(index)])
        layer = axis_map(alone, winner, _plain(), positions=positions, gap_mm=1.0).take(
            0, axial.axis
        )
        span = float(layer.max() - layer.min())
        layers[index] = (layer - layer.min()) / span if span > 0 else layer
    return np.where(case.brain, np.moveaxis(layers, 0, axial.axis), 0).astype(np.float32)


def maps_of(case: CutCase, target: str, constants: VolumeConstants) -> tuple[Maps, float]:
    """Draw the fused evidence, every other fusion, single axes and the baselines."""
    volume, spacing = case.volume, case.volume.spacing_mm
    found = fuse_volume(
        volume, case.slices, target, constants, brain=case.brain, config=FusionConfig(shifts=0)
    )
    maps: Maps = {"three axes, geometric": np.asarray(found.heatmap.values)}
    fusions: tuple[Fusion, ...] = ("mean", "product", "min")
    for fusion in fusions:
        other = fuse_volume(
            volume, case.slices, target, constants, brain=case.brain,
            config=FusionConfig(fusion=fusion, shifts=0),
        )  # fmt: skip
        maps[f"three axes, {fusion}"] = np.asarray(other.heatmap.values)
    positions = grid_positions(volume, 1.0)
    axial = next(item for item in case.slices if item.plane == "axial")
    alone = axis_map(axial, target, constants, positions=positions, gap_mm=spacing[axial.axis])
    if alone.shape == volume.shape:
        maps["axial alone"] = within_brain(alone, case.brain, spacing)[0]
    maps["the usual way"] = the_usual_way(case)
    maps["blob in the middle"] = centered_gaussian(case.brain, spacing)
    maps["left-right difference"] = asymmetry(
        volume.voxels, case.brain, spacing, left_right=_left_right(case)
    )
    maps["brightness"] = brightness(volume.voxels, case.brain, spacing)
    return maps, float(found.heatmap.threshold)


def main() -> None:
    """Score all volumes and write `results/volume_explanation.json`."""
    quick = "--quick" in sys.argv[1:]
    load = os.getloadavg()[0]
    engine = load_engine()
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    healthy: dict[str, list[float]] = {"three axes": [], "above the finding": [], "usual": []}
    cases = list(phantoms(engine, 4) if quick else _all_cases(engine))
    constants = load_volume_constants(engine.model, engine.spec)
    for number, (where, case) in enumerate(cases, start=1):
        if case.label == NO_TUMOR:
            _score_healthy(case, constants, healthy)
        else:
            _score_tumor(where, case, constants, found)
        print(f"{number}: {where}, {CLASS_NAMES[case.label]}", flush=True)
    rows = [*_healthy_rows(healthy), *_rows(found)]
    measured = "measured" if constants.fitted else "those of single slices, not measured"
    notes = [
        f"Weights {engine.model.sha256[:12]}; constants of the planes {measured}.",
        "The interval of a difference is a bootstrap of volumes; under 20 it decides nothing.",
        f"A finding is above {constants.floor:g} and {constants.of_peak:g} of the peak.",
        "Both were chosen on other phantoms; baselines are cut at half of their largest value.",
    ]
    for item in rows:
        print(f"{item.name}: {item.value:.3f} {item.unit} ({item.least:.3f}..{item.most:.3f})")
    if not quick:
        question = "Does the evidence in volumes lie on the tumor?"
        write(Answer(question, rows, notes), "volume_explanation", load)


def _all_cases(engine: EvidenceEngine) -> Iterator[tuple[str, CutCase]]:
    yield from phantoms(engine, NUMBER)
    yield from real_volumes(engine)


def _score_healthy(case: CutCase, constants: VolumeConstants, healthy: Found) -> None:
    fused = [
        fuse_volume(
            case.volume, case.slices, name, constants, brain=case.brain,
            config=FusionConfig(shifts=0),
        ).heatmap
        for name in CLASS_NAMES
        if name != CLASS_NAMES[NO_TUMOR]
    ]  # fmt: skip
    lit = [float((item.values[case.brain] > 0.5).mean()) for item in fused]
    shown = [float((item.values[case.brain] > item.threshold).mean()) for item in fused]
    healthy["three axes"].append(max(lit))
    healthy["above the finding"].append(max(shown))
    healthy["usual"].append(float((the_usual_way(case)[case.brain] > 0.5).mean()))


def _score_tumor(
    where: str,
    case: CutCase,
    constants: VolumeConstants,
    found: dict[tuple[str, str], dict[str, list[float]]],
) -> None:
    maps, threshold = maps_of(case, CLASS_NAMES[case.label], constants)
    for name, values in maps.items():
        cut = threshold if name == "three axes, geometric" else 0.5 * float(values.max())
        if name.startswith("three axes") or name == "axial alone":
            cut = constants.threshold_at(float(values.max()))
        scores = score_volume(values, case.tumor, case.volume.spacing_mm, threshold=cut)
        table = found.setdefault((where, name), {key: [] for key in (*SHOWN, "best_dice")})
        for key in table:
            table[key].append(float(getattr(scores, key)))
    consistent = fuse_volume(
        case.volume, case.slices, CLASS_NAMES[case.label], constants, brain=case.brain
    ).consistency
    table = found.setdefault((where, "consistency"), {"score": [], "p": []})
    table["score"].append(consistent.score if consistent else float("nan"))
    table["p"].append(consistent.p_value if consistent else float("nan"))
    truth = CLASS_NAMES[case.label]
    by_kind = found.setdefault((where, f"three axes, geometric, {truth}"), {"dice": []})
    by_kind["dice"].append(found[where, "three axes, geometric"]["dice"][-1])


def _healthy_rows(healthy: Found) -> list[Row]:
    names = {
        "three axes": ("healthy phantoms: brain lit above 0.5, worst class", "below 0.1 %"),
        "above the finding": ("healthy phantoms: brain above the finding's threshold", ""),
        "usual": ("healthy phantoms: brain lit above 0.5, the usual way", ""),
    }
    return [
        Row(
            title, 100 * float(np.mean(healthy[key])), "% (mean)", len(healthy[key]),
            100 * min(healthy[key]), 100 * max(healthy[key]), target,
        )
        for key, (title, target) in names.items()
        if healthy[key]
    ]  # fmt: skip


def _rows(found: dict[tuple[str, str], dict[str, list[float]]]) -> list[Row]:
    rows = []
    for (where, name), table in found.items():
        for key, values in table.items():
            target = (
                "0.8" if (where, name, key) == ("phantoms", "three axes, geometric", "dice") else ""
            )
            rows.append(
                Row(
                    f"{where}, {name}: {key}", float(np.nanmean(values)),
                    f"{UNITS.get(key, '')} (mean)".strip(), len(values),
                    float(np.nanmin(values)), float(np.nanmax(values)), target,
                )
            )  # fmt: skip
        if name == "blob in the middle":
            rows.append(_above_the_blob(where, found))
    return rows


def _above_the_blob(where: str, found: dict[tuple[str, str], dict[str, list[float]]]) -> Row:
    gain = np.array(found[where, "three axes, geometric"]["mass"]) - np.array(
        found[where, "blob in the middle"]["mass"]
    )
    interval = bootstrap_by_unit(lambda at: float(gain[at].mean()), np.arange(len(gain)))
    return Row(
        f"{where}: mass above the blob's, with 95 % interval", interval.value, "(mean)", len(gain),
        interval.low, interval.high, "above 0",
    )  # fmt: skip


def _plain() -> VolumeConstants:
    planes: tuple[Plane, ...] = ("axial", "coronal", "sagittal")
    n = len(CLASS_NAMES)
    return VolumeConstants(
        CLASS_NAMES, dict.fromkeys(planes, (0.0,) * n), dict.fromkeys(planes, (1.0,) * n),
        floor=1.0, of_peak=0.0, weights_sha256="",
    )  # fmt: skip


def _voxels(volume: Volume) -> list[NDArray[np.float64]]:
    return [np.arange(n, dtype=np.float64) for n in volume.shape]


def _in_plane(case: CutCase, slices: AxisSlices) -> tuple[int, int]:
    first, second = (n for axis, n in enumerate(case.volume.shape) if axis != slices.axis)
    return first, second


def _left_right(case: CutCase) -> int:
    return next(item.axis for item in case.slices if item.plane == "sagittal")


if __name__ == "__main__":
    main()
