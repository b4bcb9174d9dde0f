"""Turn a finished run into the files that ship, thresholds and doubt fitted to held-out studies."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neuroscope.errors import ModelError
from neuroscope.learn.real_studies import RealStudy, real_studies
from neuroscope.learn.segmentation_cases import (
    CaseDraw,
    StoredCase,
    decoded,
    labels_seen,
    made_cases,
    read_case,
    unseen_numbers,
)
from neuroscope.learn.train_classifier import CHECKPOINT_NAME, RUN_NAME
from neuroscope.learn.train_segmenter import SegmenterConfig, dice_of, train_segmenter
from neuroscope.models.region_labels import LABELS_OF, labels_of
from neuroscope.models.segmenter_input import segmenter_input
from neuroscope.models.segmenter_weights import save_segmenter
from neuroscope.models.unet import UNet, UNetShape
from neuroscope.models.unet_segmenter import VOXEL_ML, SegmenterSpec, soft_dice
from neuroscope.models.volume_doubt import ball_mm, doubt_of
from neuroscope.models.weights import load_checkpoint
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.segmenterspec import CHANNELS, REGIONS
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits

GRID = tuple(round(0.25 + 0.05 * n, 2) for n in range(10))  # thresholds that are tried
AS_GOOD = 0.01  # mean Dice: what lies within it of the best on validation is as good
LEAST_ML = 0.5  # smaller regions say little about overlap
STEEPEST = 2.0  # Dice that is expected to be lost for one that the network doubts
FEW, ALIKE = 3, 1e-3  # studies, and spread of their soft overlaps: less gives no line
FITTED = CaseDraw(first_seed=760_000)  # studies for fitting alone, beside those of validation
FITTED_CASES = 100
SHARE = 0.975  # each end of an interval of 95 %

Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """One study: probabilities and truth of the three regions, `(3, i, j, k)`."""

    kind: str
    p: NDArray[np.float32]
    truth: Bool


def train_and_release(
    config: SegmenterConfig,
    out: Path,
    progress: Progress = ignore,
    *,
    data: Path | None = None,
    start: Path | None = None,
) -> Path:
    """Train as `train_segmenter` does and put the files that ship into the same folder."""
    train_segmenter(config, out, progress, data=data, start=start)
    val = made_cases(config.draw, range(config.val_cases), cache=out, data=data)
    record = json.loads((out / RUN_NAME).read_text())
    numbers = unseen_numbers(record, FITTED, FITTED_CASES, data)
    more = made_cases(FITTED, numbers, cache=out, data=data, workers=config.threads)
    real = [] if data is None else list(real_studies(data, Limits()))
    notes = {"fitted_on": {"draw": asdict(FITTED), "numbers": numbers}}
    release_segmenter(out, out, [*val, *more], real=real, notes=notes)
    return out


def release_segmenter(
    run: Path,
    out: Path,
    fitted: Iterable[Path],
    *,
    real: Sequence[RealStudy] = (),
    notes: Mapping[str, Any] | None = None,
) -> str:
    """Fit what inference needs on held-out studies, and write weights, sidecar and graph.

    Parameters
    ----------
    fitted
        Studies that the run was not trained on.
    real
        Studies of the development set. Intervals are made wide enough for those of four sequences.
    notes
        What else the record beside the weights shall tell of them.

    Returns
    -------
    str
        sha256 of the weights.

    Raises
    ------
    ModelError
        If the folder holds no run.
    """
    network, record = load_segmenter_run(run)
    scored = [score_case(network, read_case(path)) for path in fitted]
    whole = [score_real(network, one) for one in real if {*CHANNELS} <= {*one.volumes}]
    names = ("config", "real_outlines", "started_from", "seconds", "machine")
    kept = {name: record.get(name) for name in names} | dict(notes or {})
    return save_segmenter(network, fitted_spec(scored, whole), kept, out)


def load_segmenter_run(folder: Path) -> tuple[UNet, dict[str, Any]]:
    """Rebuild the averaged network of a run, and give the record of the run."""
    if not ((folder / RUN_NAME).is_file() and (folder / CHECKPOINT_NAME).is_file()):
        raise ModelError(
            f"There is no run of the segmenter in {folder.name}.",
            fix="Train first: neuroscope train segmenter.",
        )
    record: dict[str, Any] = json.loads((folder / RUN_NAME).read_text())
    network = UNet(UNetShape.from_dict(record["config"]["shape"]))
    load_checkpoint(folder / CHECKPOINT_NAME, parts={"average": network})
    return network.eval(), record


@torch.inference_mode()
def score_case(network: UNet, case: StoredCase) -> Scored:
    """Run the network on a stored study and its mirror image, as inference does."""
    return _scored(network, case.kind, decoded(case.images), case.labels)


@torch.inference_mode()
def score_real(network: UNet, study: RealStudy) -> Scored:
    """Run the network on a real study as on a stored one, on the network's own grid."""
    given = segmenter_input(study.volumes, study.brain)
    labels = labels_seen(Volume(study.labels, study.brain.affine), given)
    return _scored(network, study.name, given.channels, labels)


def _scored(
    network: UNet, kind: str, channels: NDArray[np.float32], labels: NDArray[np.uint8]
) -> Scored:
    images = torch.from_numpy(channels)[None]
    plain, turned = network(images), network(images.flip(2)).flip(3)
    p = (torch.sigmoid(plain).mean(1) + torch.sigmoid(turned).mean(1)) / 2
    truth = np.stack([labels > 0, (labels == 1) | (labels == 3), labels == 3])
    return Scored(kind, p[0].numpy(), truth)


def fitted_spec(scored: list[Scored], real: Sequence[Scored] = ()) -> SegmenterSpec:
    """Choose thresholds by mean Dice, and learn how far the network's own doubt can be believed.

    Of thresholds that are as good the lowest: on pictures unlike its training a network is less
    sure, and a high one loses tumor there. Intervals hold 95 % of the studies with a tumor, and
    all real ones: those are few, and what was fitted to synthetic studies alone is too narrow for
    them. For a disease that is taken for a tumor no interval is meant.
    """
    thresholds, lines, errors = {}, {}, {}
    for n, name in enumerate(REGIONS):
        cases = [c for c in scored if c.truth[n].sum() * VOXEL_ML >= LEAST_ML]
        reached = np.array([_mean_dice(cases, n, t) for t in GRID])
        chosen = GRID[int(np.argmax(reached >= reached.max() - AS_GOOD))]
        thresholds[name] = chosen
        soft, dice = _overlaps(cases, n, chosen)
        slope, intercept = _line(soft, dice)
        left_over = dice - intercept - slope * soft
        lines[name] = (float(intercept), float(slope))
        few_soft, few_dice = _overlaps([c for c in real if c.truth[n].any()], n, chosen)
        few = few_dice - intercept - slope * few_soft
        errors[name] = (
            float(min([-_reached(-left_over, SHARE), *few])),
            float(max([_reached(left_over, SHARE), *few])),
        )
    return SegmenterSpec(
        thresholds=thresholds,
        dice_line=lines,
        dice_errors=errors,
        diameter_error_mm=_widest_errors(scored, real, thresholds),
    )


def _overlaps(
    cases: Sequence[Scored], region: int, threshold: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the overlap that probabilities expect of a region, and the true one, by study."""
    found = [c.p[region] > threshold for c in cases]
    soft = [soft_dice(c.p[region], mask) for c, mask in zip(cases, found, strict=True)]
    dice = [dice_of(m, c.truth[region]) or 0.0 for c, m in zip(cases, found, strict=True)]
    return np.array(soft), np.array(dice)


def _widest_errors(
    scored: Sequence[Scored], real: Sequence[Scored], thresholds: Mapping[str, float]
) -> dict[str, float]:
    with_tumor = [case for case in scored if case.truth[0].any()]
    usual = _diameter_errors(with_tumor, thresholds)
    seen = _diameter_errors(real, thresholds)
    return {
        name: float(max([_reached(errors, 2 * SHARE - 1), *seen[name]]))
        for name, errors in usual.items()
        if len(errors)
    }


def _diameter_errors(
    scored: Sequence[Scored], thresholds: Mapping[str, float]
) -> dict[str, NDArray[np.float64]]:
    """Give the errors of volumes where there is a region, or one was found, by their doubt."""
    ratios: dict[str, list[float]] = {name: [] for name in REGIONS}
    for case in scored:
        p = dict(zip(REGIONS, case.p, strict=True))
        labels = labels_of(p, VOXEL_ML, thresholds=thresholds)
        for name, truth in zip(REGIONS, case.truth, strict=True):
            found = np.isin(labels, LABELS_OF[name])
            if not found.any() and truth.sum() * VOXEL_ML < LEAST_ML:
                continue
            off_mm = ball_mm(float(truth.sum()) * VOXEL_ML) - ball_mm(float(found.sum()) * VOXEL_ML)
            soft = soft_dice(p[name], found) if found.any() else 1.0
            ratios[name].append(abs(off_mm) / doubt_of(soft))
    return {name: np.array(found) for name, found in ratios.items()}


def _reached(values: NDArray[np.float64], share: float) -> float:
    """Give the value that a new one stays below with at least some probability.

    Of few values it is the largest: a quantile between them would promise too much (Lei et al.
    2018, doi:10.1080/01621459.2017.1307116).
    """
    rank = int(np.ceil((len(values) + 1) * share))
    return float(np.sort(values)[min(rank, len(values)) - 1])


def _line(soft: NDArray[np.float64], dice: NDArray[np.float64]) -> tuple[float, float]:
    """Fit slope and intercept; flat where the studies tell nothing, or doubt foretold better.

    The studies are few and alike. A steep line through them would say of every unfamiliar study
    that nothing of it is right: the slope is bounded.
    """
    if len(soft) < FEW or np.ptp(soft) < ALIKE:
        return 0.0, float(dice.mean())
    slope = float(np.clip(np.polyfit(soft, dice, 1)[0], 0, STEEPEST))
    return slope, float(dice.mean() - slope * soft.mean())


def _mean_dice(cases: list[Scored], region: int, threshold: float) -> float:
    return float(np.mean([dice_of(c.p[region] > threshold, c.truth[region]) or 0.0 for c in cases]))
