"""Measure a 155-slice volume from the file to the stored result."""

import logging
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from measuring import Answer, row, write
from neuroscope.io.nifti import write_nifti
from neuroscope.io.reader import read_study
from neuroscope.jobs.steps import StudyWork
from neuroscope.phantom.case import make_case
from neuroscope.settings import Settings
from neuroscope.store import studies
from neuroscope.store.database import open_store
from worker import answer, begun, draw_maps

SHAPE = (240, 240, 155)
REPEATS = 5
BOTH_CORES = "processor time of both cores up to the stored result"


def make_volume(path: Path, seed: int, *, fine: bool = True) -> None:
    """Write a phantom on the grid of BraTS, every slice holding head.

    If it need not be `fine`, each voxel of a coarse phantom stands for eight: much sooner made.
    """
    spacing_mm = 1.0 if fine else 2.0
    case = make_case("glioma", seed=5, spacing_mm=spacing_mm, head=True, sequences=("t1c",))
    volume = case.volumes["t1c"].voxels
    if not fine:
        volume = volume.repeat(2, axis=0).repeat(2, axis=1).repeat(2, axis=2)
    starts = [max(0, (n - size) // 2) for n, size in zip(volume.shape, SHAPE, strict=True)]
    cut = volume[tuple(slice(a, a + size) for a, size in zip(starts, SHAPE, strict=True))]
    room = [size - n for n, size in zip(cut.shape, SHAPE, strict=True)]
    voxels = np.pad(cut, [(n // 2, n - n // 2) for n in room]).astype(np.int16)
    voxels[0, 0, 0] = seed  # another content, so that the store takes it for another study
    write_nifti(voxels, np.eye(4), path)


def once(work: StudyWork, path: Path, settings: Settings) -> dict[str, float]:
    """Walk the steps of the worker; give the seconds up to each milestone."""
    start, worked = time.perf_counter(), time.process_time()
    imported = read_study(path, key=work.store.key, limits=settings.limits)
    marks = {"file read": time.perf_counter() - start}
    study_id = studies.save_study(work.store, imported).study_id
    marks["study stored"] = time.perf_counter() - start
    job_id, plan = begun(work, study_id)
    answer(work, job_id, plan)
    marks["result stored"] = time.perf_counter() - start
    marks[BOTH_CORES] = time.process_time() - worked
    draw_maps(work, job_id, plan)
    marks["result and evidence volumes of all classes stored"] = time.perf_counter() - start
    work.test_maps(job_id, plan)
    marks["tests of the maps stored"] = time.perf_counter() - start
    work.write_report(job_id, plan)
    marks["report stored"] = time.perf_counter() - start
    work.look_closer(job_id, plan)
    marks["pictures for the grid of slices stored"] = time.perf_counter() - start
    work.forget()
    return marks


def main() -> None:
    """Measure and write `results/volume.json`."""
    load = os.getloadavg()[0]
    logging.disable(logging.WARNING)
    with TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home")
        work = StudyWork(open_store(settings), settings)
        runs = []
        for number in range(REPEATS + 1):
            path = Path(folder) / f"t1c_{number}.nii.gz"
            make_volume(path, number + 1)
            runs.append(once(work, path, settings))
    targets = {"result stored": "<= 3"}
    rows = [
        row(name, [run[name] for run in runs[1:]], "s", target=targets.get(name, ""))
        for name in runs[0]
    ]
    question = "How long does a 155-slice volume (240 x 240, NIfTI) take, warm, from its file?"
    notes = [
        "Times add up from the start: each row holds those above it, but for the processor time.",
        "The page shows the result once it is stored; what is below comes in later.",
        "Segmentation and similar cases, which come before the report, are not counted.",
    ]
    write(Answer(question, rows, notes), "volume", load)


if __name__ == "__main__":
    main()
