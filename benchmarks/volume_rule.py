"""Try the rule that decides on volumes, on phantoms and on the private development volumes.

The development volumes were used to choose the rule, so their numbers are optimistic; they are few,
and named in the notes by their number only. Most of the time goes into making phantoms: they are
kept in `runs/`, so that an interrupted run, or one with new weights, takes only what is missing.
`--quick` tries two coarse phantoms and writes nothing.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from measuring import Answer, Row, write
from neuroscope import phantom
from neuroscope.io.nifti import read_nifti, write_nifti
from neuroscope.models.inference import EvidenceEngine, load_engine
from neuroscope.phantom.case import make_case
from neuroscope.records.study import Series
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits, read_settings
from neuroscope.workflow.analyze import conclude, indices_to_run, run_slices, slices_of

KEPT = Path(__file__).parents[1] / "runs" / "volume_rule"
SEEDS = (101, 102, 103)
KINDS = {
    "glioma": "glioma",
    "meningioma": "meningioma",
    "pituitary": "pituitary",
    "none": "notumor",
}
TUMORS = ("glioma", "meningioma", "pituitary")
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
    """Give T1c phantoms with their truth."""
    where = "phantom heads" if head else "phantom brains"
    for seed in SEEDS:
        for kind, truth in KINDS.items():
            yield where, truth, kept_phantom(kind, seed, head=head)


def kept_phantom(kind: str, seed: int, *, head: bool) -> Volume:
    """Read a phantom made earlier by the same code, or make it and keep it."""
    folder = KEPT / fingerprint()
    path = folder / f"{kind}-{seed}-{'head' if head else 'brain'}.nii.gz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        volume = make_case(kind, seed=seed, head=head, sequences=("t1c",)).volumes["t1c"]
        unfinished = folder / f"unfinished-{os.getpid()}.nii.gz"
        write_nifti(volume.voxels, volume.affine, unfinished)
        unfinished.replace(path)
    return read_nifti(path, limits=Limits())


def fingerprint() -> str:
    """Hash the code that makes phantoms: another code, other phantoms."""
    digest = hashlib.sha256()
    for folder in phantom.__path__:
        for path in sorted(Path(folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def development(data: Path) -> Iterator[Case]:
    """Read the real volumes whose truth is known, contrast-enhanced T1 and healthy T1."""
    for name, truth in (CONTRAST | WITHOUT).items():
        yield "development volumes", truth, read_nifti(data / name, limits=Limits())


def cases() -> Iterator[Case]:
    """Go through all volumes."""
    yield from phantoms(head=True)
    yield from phantoms(head=False)
    data = read_settings().data
    if data is not None:
        yield from development(data)


def few_cases() -> Iterator[Case]:
    """Make one coarse head with and one without a tumor, to see whether all of this works."""
    for kind in ("glioma", "none"):
        case = make_case(kind, seed=SEEDS[0], head=True, spacing_mm=4.0, sequences=("t1c",))
        yield "coarse phantom heads", KINDS[kind], case.volumes["t1c"]


def read_as(volume: Volume, engine: EvidenceEngine) -> tuple[str, float]:
    """Decide on a volume: the answer and its probability."""
    source = slices_of(volume)
    findings = run_slices(source, indices_to_run(source), engine)
    decision = conclude(Series("a", "t1c"), source, findings, engine.spec).decision
    return (decision.label, decision.p_label) if decision else ("nothing", float("nan"))


def main() -> None:
    """Decide on every volume and write `results/volume_rule.json`."""
    quick = "--quick" in sys.argv[1:]
    load = os.getloadavg()[0]
    engine = load_engine()
    found: dict[str, list[bool]] = {}
    notes = ["Here a value is the share of n volumes, each tried once, and no median."]
    for number, (where, truth, volume) in enumerate(few_cases() if quick else cases(), start=1):
        label, p = read_as(volume, engine)
        if truth == "notumor":
            found.setdefault(f"{where}: healthy read as healthy", []).append(label == truth)
        else:
            found.setdefault(f"{where}: tumor found", []).append(label in TUMORS)
            if truth in TUMORS:
                found.setdefault(f"{where}: kind of tumor right", []).append(label == truth)
        notes.append(f"{number}: {where}, {truth}, read as {label} ({p:.2f})")
        print(notes[-1], flush=True)
    rows = [
        Row(name, float(np.mean(hits)), "of volumes", len(hits), float(min(hits)), float(max(hits)))
        for name, hits in found.items()
    ]
    notes.append(f"weights {engine.model.sha256[:12]}")
    if not quick:
        write(Answer("Does the rule for volumes find the tumor?", rows, notes), "volume_rule", load)


if __name__ == "__main__":
    main()
