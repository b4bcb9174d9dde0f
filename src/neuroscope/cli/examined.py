"""Write what was found in space: labels, doubt, evidence, numbers and surfaces."""

from pathlib import Path
from typing import Any

import numpy as np

from neuroscope.cli.outputs import write_json
from neuroscope.io.earlier_results import (
    MEASUREMENTS,
    MEASUREMENTS_TABLE,
    SEGMENTATION,
    SURFACES,
    UNCERTAINTY,
)
from neuroscope.io.glb import glb_bytes
from neuroscope.io.nifti import write_nifti
from neuroscope.records.segmented import Segmented
from neuroscope.records.volumetry import Volumetry
from neuroscope.report.volumetry import volumetry_json, volumetry_summary, write_measurements

FUSED_EVIDENCE = "evidence_fused.nii.gz"


def write_volumetry(volumetry: Volumetry, folder: Path) -> dict[str, Any]:
    """Write all files; return what `result.json` says of them.

    `segmentation.nii.gz` (BraTS 2023 labels, uint8), `uncertainty.nii.gz` (bits, float32) and
    `evidence_fused.nii.gz` (1 is strong evidence) lie on the grid of the reference sequence.
    """
    described = volumetry_json(volumetry)
    files = write_segmented(volumetry.segmented, folder)
    if volumetry.evidence is not None:
        values = np.asarray(volumetry.evidence.heatmap.values, np.float32)
        write_nifti(values, volumetry.prepared.grid.affine, folder / FUSED_EVIDENCE)
        files["evidence"] = FUSED_EVIDENCE
    (folder / SURFACES).write_bytes(glb_bytes(volumetry.meshes))
    write_json(described, folder / MEASUREMENTS)
    write_measurements(volumetry.measurements, folder / MEASUREMENTS_TABLE)
    files |= {"surfaces": SURFACES, "measurements": MEASUREMENTS, "table": MEASUREMENTS_TABLE}
    return volumetry_summary(described, files=files)


def write_segmentation_only(volumetry: Volumetry, folder: Path) -> None:
    """Write labels, doubt and numbers: `measurements.json` last, whose mark makes it a result."""
    write_segmented(volumetry.segmented, folder)
    write_measurements(volumetry.measurements, folder / MEASUREMENTS_TABLE)
    write_json(volumetry_json(volumetry), folder / MEASUREMENTS)


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
