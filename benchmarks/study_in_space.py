"""Measure a study in space: from its files to the stored segmentation, surfaces and evidence.

Two synthetic glioblastomas of 1 mm: one prepared as BraTS does (registered, without skull), one as
it comes from a scanner (with skull, each sequence in a pose of its own). The rival is the predictor
of nnU-Net v2 with the network of its default plan (random weights, which cost the same) on the
prepared study, without mirror images, which would take eight times as long; it is left out, and
said so, where nnU-Net is not installed. Every run has a process of its own, so that its memory is
its own.
"""

import json
import logging
import os
import resource
import time
from collections.abc import Callable
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
from scipy.spatial.transform import Rotation

from measuring import Answer, Row, row, write
from neuroscope.io.nifti import write_nifti
from neuroscope.io.reader import read_study
from neuroscope.jobs.steps import StudyWork
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.phantom.case import make_case
from neuroscope.records.volume import Volume
from neuroscope.settings import Settings
from neuroscope.store import studies
from neuroscope.store.database import open_store
from worker import answer, begun, draw_maps

Found = TypeVar("Found")
Marks = dict[str, float]
SEQUENCES = ("t1", "t1c", "t2", "flair")
SEED = 5
REPEATS = 3
TURN_DEG, SHIFT_MM = (2.0, -3.0, 1.5), (4.0, -3.0, 5.0)  # from one sequence to the next
PREPARED, RAW, RIVAL = "prepared", "raw, unregistered, with skull", "rival"
FEATURES = (32, 64, 128, 256, 320, 320)  # nnU-Net's plan for BraTS


def make_study(folder: Path, *, head: bool) -> None:
    """Write the four sequences; those of a head lie apart by some degrees and millimeters."""
    case = make_case("glioblastoma", seed=SEED, spacing_mm=1.0, sequences=SEQUENCES, head=head)
    folder.mkdir()
    for number, name in enumerate(SEQUENCES):
        volume = case.volumes[name]
        pose = np.eye(4)
        if head:
            turn = Rotation.from_euler("xyz", np.array(TURN_DEG) * number, degrees=True)
            pose[:3, :3], pose[:3, 3] = turn.as_matrix(), np.array(SHIFT_MM) * number
        write_nifti(np.asarray(volume.voxels), pose @ volume.affine, folder / f"{name}.nii.gz")


def examined(folder: Path) -> Marks:
    """Walk the steps of the worker, warm; give seconds up to each milestone, and GiB at most."""
    logging.disable(logging.WARNING)
    with TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        work = StudyWork(open_store(settings), settings)
        _ = work.engine, work.segmenter, work.brain_extractor  # a worker has them loaded
        start = time.perf_counter()
        imported = read_study(folder, key=work.store.key, limits=settings.limits)
        study_id = studies.save_study(work.store, imported).study_id
        marks = {"study stored": time.perf_counter() - start}
        job_id, plan = begun(work, study_id)
        answer(work, job_id, plan)
        draw_maps(work, job_id, plan)
        marks["slices answered, evidence of slices stored"] = time.perf_counter() - start
        work.examine(job_id, plan)
        marks["segmentation, surfaces and evidence stored"] = time.perf_counter() - start
        work.forget()
    marks["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return marks


def rival(folder: Path, model: Path) -> Marks:
    """Time nnU-Net's own predictor on the prepared study."""
    from neuroscope.models.nnunet import load_nnunet

    segmenter = load_nnunet(model, mirror=False)
    settings = Settings(home=folder)
    imported = read_study(folder, key=bytes(32), limits=settings.limits)
    roles = {series.id: series.role for series in imported.study.series}
    volumes = {str(roles[name]): volume for name, volume in imported.volumes.items()}
    brain = Volume(np.asarray(volumes["t1c"].voxels) > 0, volumes["t1c"].affine)
    start = time.perf_counter()
    segmenter.segment(SegmenterStudy(volumes, brain))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"segmentation alone": seconds, "memory": peak}


def write_default_plan(path: Path) -> None:
    """Write a folder with the network that nnU-Net plans for BraTS; it never learned."""
    import torch
    from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

    stages = len(FEATURES)
    kernels, strides = [[3, 3, 3]] * stages, [[1, 1, 1], *[[2, 2, 2]] * (stages - 1)]
    arguments = {
        "n_stages": stages, "features_per_stage": list(FEATURES),
        "conv_op": "torch.nn.modules.conv.Conv3d", "kernel_sizes": kernels, "strides": strides,
        "n_conv_per_stage": [2] * stages, "n_conv_per_stage_decoder": [2] * (stages - 1),
        "conv_bias": True, "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
        "norm_op_kwargs": {"eps": 1e-5, "affine": True}, "dropout_op": None,
        "dropout_op_kwargs": None, "nonlin": "torch.nn.LeakyReLU",
        "nonlin_kwargs": {"inplace": True},
    }  # fmt: skip
    needed = ["conv_op", "norm_op", "dropout_op", "nonlin"]
    name = "dynamic_network_architectures.architectures.unet.PlainConvUNet"
    resample = "resample_data_or_seg_to_shape"
    options = {"is_seg": False, "order": 1, "order_z": 0, "force_separate_z": None}
    configuration = {
        "data_identifier": "nnUNetPlans_3d_fullres", "preprocessor_name": "DefaultPreprocessor",
        "batch_size": 2, "patch_size": [128, 128, 128], "spacing": [1.0, 1.0, 1.0],
        "median_image_size_in_voxels": [140.0, 171.0, 137.0],
        "normalization_schemes": ["ZScoreNormalization"] * 4, "use_mask_for_norm": [True] * 4,
        "resampling_fn_data": resample, "resampling_fn_data_kwargs": options,
        "resampling_fn_seg": resample, "resampling_fn_seg_kwargs": {**options, "is_seg": True},
        "resampling_fn_probabilities": resample, "resampling_fn_probabilities_kwargs": options,
        "architecture": {"network_class_name": name, "arch_kwargs": arguments,
                         "_kw_requires_import": needed},
        "batch_dice": False,
    }  # fmt: skip
    plans = {
        "dataset_name": "Dataset901_Untrained", "plans_name": "nnUNetPlans",
        "transpose_forward": [0, 1, 2], "transpose_backward": [0, 1, 2],
        "image_reader_writer": "NibabelIOWithReorient", "label_manager": "LabelManager",
        "configurations": {"3d_fullres": configuration},
        "foreground_intensity_properties_per_channel": {str(n): {} for n in range(4)},
    }  # fmt: skip
    dataset = {
        "channel_names": {"0": "T1", "1": "T1ce", "2": "T2", "3": "FLAIR"},
        "labels": {"background": 0, "NCR": 1, "ED": 2, "ET": 3},
        "numTraining": 5, "file_ending": ".nii.gz",
    }  # fmt: skip
    network = get_network_from_plans(name, arguments, needed, 4, 4, deep_supervision=False)
    (path / "fold_0").mkdir(parents=True)
    (path / "plans.json").write_text(json.dumps(plans))
    (path / "dataset.json").write_text(json.dumps(dataset))
    torch.save(
        {
            "network_weights": network.state_dict(),
            "trainer_name": "nnUNetTrainer",
            "init_args": {"configuration": "3d_fullres"},
            "inference_allowed_mirroring_axes": (0, 1, 2),
        },
        path / "fold_0" / "checkpoint_final.pth",
    )


def apart(work: Callable[..., Found], *given: Path) -> Found:
    """Run in a fresh process."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(work, given)


def main() -> None:
    """Measure and write `results/study_in_space.json`."""
    load = os.getloadavg()[0]
    runs: dict[str, list[Marks]] = {}
    notes = ["Times add up from the start: each row holds those above it. Networks are loaded."]
    with TemporaryDirectory() as place:
        folder = Path(place)
        apart(_make_both, folder)
        for name in (PREPARED, RAW):
            runs[name] = [apart(examined, folder / name[:3]) for _ in range(REPEATS)]
        if find_spec("nnunetv2") is None:
            notes.append("nnU-Net v2 is not installed here: the rival was not run.")
        else:
            apart(write_default_plan, folder / "model")
            runs[RIVAL] = [apart(rival, folder / PREPARED[:3], folder / "model")]
    write(Answer(QUESTION, _rows(runs), notes), "study_in_space", load)


QUESTION = "How long does a study of four sequences (1 mm) take in space, from its files?"
TARGETS = {
    (PREPARED, "segmentation, surfaces and evidence stored"): "<= 30",
    (RAW, "segmentation, surfaces and evidence stored"): "<= 180",
    (PREPARED, "memory"): "<= 6",
}
NAMES = {RIVAL: "rival: nnU-Net v2, network of its default plan, no mirror images"}


def _make_both(folder: Path) -> None:
    make_study(folder / PREPARED[:3], head=False)
    make_study(folder / RAW[:3], head=True)


def _rows(runs: dict[str, list[Marks]]) -> list[Row]:
    return [
        row(
            f"{NAMES.get(name, name)}: {mark}",
            [run[mark] for run in of_name],
            "GiB" if mark == "memory" else "s",
            target=TARGETS.get((name, mark), ""),
        )
        for name, of_name in runs.items()
        for mark in of_name[0]
    ]


if __name__ == "__main__":
    main()
