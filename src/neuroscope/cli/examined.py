"""Write what was found in space: labels, doubt, evidence, numbers and surfaces; tell volumes."""

from pathlib import Path
from typing import Any

import numpy as np

from neuroscope.cli.console import say, tell
from neuroscope.cli.outputs import write_json
from neuroscope.io.earlier_results import (
    MEASUREMENTS,
    MEASUREMENTS_TABLE,
    NATIVE_SEGMENTATION,
    SEGMENTATION,
    SURFACES,
    UNCERTAINTY,
)
from neuroscope.io.glb import glb_bytes
from neuroscope.io.nifti import write_nifti
from neuroscope.preprocess.prepare import to_native
from neuroscope.records.segmented import Segmented
from neuroscope.records.segmenterspec import REGIONS
from neuroscope.records.volume import Volume
from neuroscope.records.volumetry import Volumetry
from neuroscope.report.volumetry import volumetry_json, volumetry_summary, write_measurements

FUSED_EVIDENCE = "evidence_fused.nii.gz"


def write_volumetry(volumetry: Volumetry, folder: Path, *, native: bool = False) -> dict[str, Any]:
    """Write all files; return what `result.json` says of them.

    `segmentation.nii.gz` (BraTS 2023 labels, uint8), `uncertainty.nii.gz` (bits, float32) and
    `evidence_fused.nii.gz` (1 is strong evidence) lie on the grid of the reference sequence.

    Parameters
    ----------
    native
        Whether the labels are written on the own grid of every sequence too.
    """
    described = volumetry_json(volumetry)
    files = write_segmented(volumetry.segmented, folder)
    if native:
        files |= write_native(volumetry, folder)
    if volumetry.evidence is not None:
        values = np.asarray(volumetry.evidence.heatmap.values, np.float32)
        write_nifti(values, volumetry.prepared.grid.affine, folder / FUSED_EVIDENCE)
        files["evidence"] = FUSED_EVIDENCE
    (folder / SURFACES).write_bytes(glb_bytes(volumetry.meshes))
    write_json(described, folder / MEASUREMENTS)
    write_measurements(volumetry.measurements, folder / MEASUREMENTS_TABLE)
    files |= {"surfaces": SURFACES, "measurements": MEASUREMENTS, "table": MEASUREMENTS_TABLE}
    return volumetry_summary(described, files=files)


def write_segmentation_only(volumetry: Volumetry, folder: Path, *, native: bool = False) -> None:
    """Write labels, doubt and numbers: `measurements.json` last, whose mark makes it a result."""
    write_segmented(volumetry.segmented, folder)
    if native:
        write_native(volumetry, folder)
    write_measurements(volumetry.measurements, folder / MEASUREMENTS_TABLE)
    write_json(volumetry_json(volumetry), folder / MEASUREMENTS)


def write_native(volumetry: Volumetry, folder: Path) -> dict[str, str]:
    """Write the labels as `segmentation_ROLE.nii.gz` where each sequence was scanned.

    A voxel gets the label of the nearest voxel of the reference; the affine is that of the input.
    """
    prepared, files = volumetry.prepared, {}
    segmentation = volumetry.segmented.segmentation
    labels = Volume(np.asarray(segmentation.labels, np.uint8), segmentation.affine)
    for role in prepared.volumes:
        own = to_native(prepared, labels, role)
        name = NATIVE_SEGMENTATION.format(role)
        write_nifti(np.asarray(own.voxels, np.uint8), own.affine, folder / name)
        files[f"segmentation_{role}"] = name
    return files


def tell_volumes(volumetry: Volumetry) -> None:
    """Print the volumes of the regions with their intervals, and every caution.

    Volumes whose error was measured on validation studies; else those that were counted.
    """
    for name in REGIONS:
        found = volumetry.segmented.volume_ml.get(name)
        counted = volumetry.measurements.named(f"{name} volume")
        ml, interval = counted.value, counted.interval
        if found is not None:
            ml, interval = found.value, (found.low, found.high)
        bounds = f" ({interval[0]:.1f} to {interval[1]:.1f})" if interval else ""
        expected = volumetry.segmented.expected_dice.get(name)
        overlap = f", expected overlap {expected.value:.2f}" if expected else ""
        tell(f"  {name}: {ml:.1f} ml{bounds}{overlap}")
    for caution in volumetry.cautions:
        say(f"Caution: {caution}", style="yellow")


def write_segmented(segmented: Segmented, folder: Path) -> dict[str, str]:
    """Write labels and doubt; return the names of the files."""
    affine = segmented.segmentation.affine
    labels = np.asarray(segmented.segmentation.labels, np.uint8)
    write_nifti(labels, affine, folder / SEGMENTATION)
    files = {"segmentation": SEGMENTATION}
    if segmented.uncertainty is not None:
        doubt = np.asarray(segmented.uncertainty, np.float32)
        write_nifti(doubt, affine, folder / UNCERTAINTY)
        files["uncertainty"] = UNCERTAINTY
    return files
