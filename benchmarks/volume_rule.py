"""Try the rule that decides on volumes, on phantoms and on the private development volumes.

The development volumes were used to choose the rule, so their numbers are optimistic; they are few,
and named in the notes by their number only.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from measuring import Answer, Row, write
from neuroscope.io.nifti import read_nifti
from neuroscope.models.inference import load_engine
from neuroscope.phantom.case import make_case
from neuroscope.records.study import Role, Series
from neuroscope.records.volume import Volume
from neuroscope.settings import read_settings
from neuroscope.workflow import conclude, indices_to_run, run_slices, slices_of

SEEDS = (101, 102, 103)
KINDS = {
    "glioma": "glioma",
    "meningioma": "meningioma",
    "pituitary": "pituitary",
    "none": "notumor",
}
CONTRAST = {
    "brats3d/Brats18_2013_2_1/t1c.nii.gz": "glioma",
    "brats3d/BraTS-GLI-00001-000/t1c.nii.gz": "glioma",
    "brats3d/TCGA-DU-7294/t1c.nii.gz": "glioma",
    "brats3d_2mod_normalised/brats_2013_pat0006_1/T1c_subtrMeanDivStd.nii.gz": "glioma",
    "native3d_no_registration/TCGA-02-0054/TCGA-02-0054_T1c.nii.gz": "glioma",
    "longitudinal/btp_01/pre_t1c.nii.gz": "a tumor",
    "longitudinal/btp_02/pre_t1c.nii.gz": "a tumor",
    "longitudinal/btp_03/pre_t1c.nii.gz": "a tumor",
}
WITHOUT = {
    "weights/brainchop/t1_crop.nii.gz": "notumor",
    "atlas/captk_sri24_brats_space/Template.nii.gz": "notumor",
}
Case = tuple[str, str, Volume]


def phantoms(*, head: bool) -> Iterator[Case]:
    """Make T1c phantoms with their truth."""
    where = "phantom heads" if head else "phantom brains"
    for seed in SEEDS:
        for kind, truth in KINDS.items():
            case = make_case(kind, seed=seed, head=head, sequences=("t1c",))
            yield where, truth, case.volumes["t1c"]


def development(data: Path) -> Iterator[Case]:
    """Read the real volumes whose truth is known, contrast-enhanced T1 and healthy T1."""
    limits = read_settings().limits
    for name, truth in (CONTRAST | WITHOUT).items():
        yield "development volumes", truth, read_nifti(data / name, limits=limits)


def cases() -> Iterator[Case]:
    """Go through all volumes."""
    yield from phantoms(head=True)
    yield from phantoms(head=False)
    data = read_settings().data
    if data is not None:
        yield from development(data)


def main() -> None:
    """Decide on every volume and write `results/volume_rule.json`."""
    load = os.getloadavg()[0]
    engine = load_engine()
    found: dict[str, list[bool]] = {}
    notes = []
    role: Role = "t1c"
    for number, (where, truth, volume) in enumerate(cases(), start=1):
        source = slices_of(volume)
        findings = run_slices(source, indices_to_run(source), engine)
        decision = conclude(Series("a", role), source, findings, engine.spec).decision
        label = decision.label if decision else "nothing"
        p = decision.p_label if decision else float("nan")
        if truth == "notumor":
            found.setdefault(f"{where}: healthy read as healthy", []).append(label == truth)
        else:
            found.setdefault(f"{where}: tumor found", []).append(label != "notumor")
            if truth in KINDS:
                found.setdefault(f"{where}: kind of tumor right", []).append(label == truth)
        notes.append(f"{number}: {where}, {truth}, read as {label} ({p:.2f})")
    rows = [
        Row(name, float(np.mean(hits)), "of volumes", len(hits), float(min(hits)), float(max(hits)))
        for name, hits in found.items()
    ]
    notes.append(f"weights {engine.model.sha256[:12]}")
    write(Answer("Does the rule for volumes find the tumor?", rows, notes), "volume_rule", load)


if __name__ == "__main__":
    main()
