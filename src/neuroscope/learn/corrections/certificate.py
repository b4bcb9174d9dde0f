"""Prove, on patients it never saw, what a segmenter learned from edited masks and what it lost."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neuroscope.learn.corrections.cases import EditedCase
from neuroscope.learn.reasons.rule import Rule
from neuroscope.learn.release_segmenter import score_case
from neuroscope.learn.segmentation_cases import StoredCase
from neuroscope.learn.train_segmenter import dice_of
from neuroscope.models.unet import UNet
from neuroscope.models.unet_segmenter import VOXEL_ML, SegmenterSpec
from neuroscope.records.certificate import FIRST, Asking
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.segmenterspec import REGIONS
from neuroscope.statistics import FEW_UNITS, RESAMPLES, Interval, bootstrap_by_unit

Verdict = Literal["promote", "refuse", "insufficient"]
Of = Literal["edited", "synthetic"]

MOST_LOST = 0.01  # of the mean Dice of any region on synthetic studies
MOST_FALSE_ML = 0.5  # by which tumor found in heads without any may rise
WORSE = 0.05  # Dice by which a study counts as worse than before


@dataclass(frozen=True, slots=True)
class DiceRow:
    """Mean Dice of one region, over studies that have it."""

    of: Of
    region: str
    n: int
    before: float
    after: float
    control: float  # the same steps without any edited mask
    change: Interval  # after minus before, patients drawn with replacement
    is_proved: bool  # the rise is beyond chance, as the attempt and the number of regions ask


@dataclass(frozen=True, slots=True)
class CorrectionCertificate:
    """What locked studies say of a retraining; `as_dict` is what is stored beside the weights."""

    verdict: Verdict
    reasons: tuple[str, ...]
    patients: int  # with locked, edited studies
    rows: tuple[DiceRow, ...]
    false_ml: Mapping[str, float]  # mean tumor volume found in heads without: before, after
    worse: tuple[tuple[str, str, float, float], ...]  # study, region, Dice before and after
    attempt: int = 1  # on these patients, to replace the same weights
    asked_before: int = 0  # other weights these patients were asked about

    def as_dict(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {**asdict(self), "false_ml": dict(self.false_ml)}


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    name: str
    unit: str
    of: Of
    case: StoredCase


def certify_corrections(
    before: UNet,
    after: UNet,
    control: UNet,
    spec: SegmenterSpec,
    *,
    locked: Sequence[EditedCase],
    synthetic: Sequence[StoredCase],
    asking: Asking = FIRST,
    progress: Progress = ignore,
) -> CorrectionCertificate:
    """Segment locked studies as the shipped segmenter does, and compare.

    Parameters
    ----------
    control
        Had the same steps on replay alone.
    spec
        Thresholds; the same for all three.
    locked
        Edited studies of patients that were neither trained on nor chosen by.
    synthetic
        Studies with perfect truth that were not replayed.
    asking
        How often the locked patients were asked before: the oftener, the more must be shown.
    """
    cases = [_Case(f"locked {n}", one.unit, "edited", one.case) for n, one in enumerate(locked)]
    cases += [_Case(f"synthetic {n}", str(n), "synthetic", one) for n, one in enumerate(synthetic)]
    networks = (before, after, control)
    thresholds = np.array([spec.thresholds[name] for name in REGIONS])[:, None, None, None]
    dice = np.full((len(cases), len(networks), len(REGIONS)), np.nan)
    found_ml = np.full((len(cases), len(networks)), np.nan)
    for row, case in enumerate(cases):
        for column, network in enumerate(networks):
            scored = score_case(network, case.case)
            masks = scored.p > thresholds
            dice[row, column] = [
                np.nan if (value := dice_of(mask, truth)) is None or not truth.any() else value
                for mask, truth in zip(masks, scored.truth, strict=True)
            ]
            if not case.case.labels.any():
                found_ml[row, column] = float(masks[0].sum()) * VOXEL_ML
        progress((row + 1) / len(cases))
    rule = Rule(attempt=asking.attempt)
    rows = tuple(_rows(cases, dice, rule))
    empty = found_ml[np.isfinite(found_ml[:, 0])]
    false_ml = (
        {"before": float(empty[:, 0].mean()), "after": float(empty[:, 1].mean())}
        if len(empty)
        else {}
    )
    patients = len({one.unit for one in locked})
    verdict, reasons = _verdict(rows, false_ml, patients, rule)
    return CorrectionCertificate(
        verdict, reasons, patients, rows, false_ml, tuple(_worse(cases, dice)),
        asking.attempt, asking.before,
    )  # fmt: skip


def _rows(cases: Sequence[_Case], dice: NDArray[np.float64], rule: Rule) -> list[DiceRow]:
    rows = []
    for of in ("edited", "synthetic"):
        for region, name in enumerate(REGIONS):
            chosen = np.array(
                [n for n, c in enumerate(cases) if c.of == of and np.isfinite(dice[n, 0, region])],
                np.int64,
            )
            if len(chosen) == 0:
                continue
            values = dice[chosen, :, region]
            gain = values[:, 1] - values[:, 0]
            units = np.array([cases[n].unit for n in chosen])
            mean = values.mean(0)
            rows.append(
                DiceRow(
                    of=of,
                    region=name,
                    n=len(chosen),
                    before=float(mean[0]),
                    after=float(mean[1]),
                    control=float(mean[2]),
                    change=_interval(gain, units),
                    is_proved=_is_proved(gain, units, rule),
                )
            )
    return rows


def _interval(gain: NDArray[np.float64], units: NDArray[Any]) -> Interval:
    return bootstrap_by_unit(lambda some: float(gain[some].mean()), units)


def _is_proved(gain: NDArray[np.float64], units: NDArray[Any], rule: Rule) -> bool:
    """Tell whether a rise is beyond chance; after the last attempt nothing can be shown."""
    return rule.attempt <= rule.most_attempts and _proof(gain, units, rule).low > 0


def _proof(gain: NDArray[np.float64], units: NDArray[Any], rule: Rule) -> Interval:
    """Take the interval whose lower tail is what the attempt may spend, shared by the regions."""
    return bootstrap_by_unit(
        lambda some: float(gain[some].mean()),
        units,
        resamples=RESAMPLES * rule.stretch,
        level=2 * rule.level / len(REGIONS),
    )


def _verdict(
    rows: Sequence[DiceRow], false_ml: Mapping[str, float], patients: int, rule: Rule
) -> tuple[Verdict, tuple[str, ...]]:
    """Promote what gained beyond chance and control on edited studies, and lost nothing."""
    lost = [
        f"{row.region} on synthetic studies fell from {row.before:.3f} to {row.after:.3f}."
        for row in rows
        if row.of == "synthetic" and row.after < row.before - MOST_LOST
    ]
    if false_ml and false_ml["after"] > false_ml["before"] + MOST_FALSE_ML:
        lost.append(
            f"Heads without tumor got {false_ml['after']:.2f} ml instead of "
            f"{false_ml['before']:.2f} ml."
        )
    edited = [row for row in rows if row.of == "edited"]
    worse = [
        f"{row.region} on edited studies fell: {_told(row.change)}."
        for row in edited
        if row.change.high < 0
    ]
    if lost or worse:
        return "refuse", (*lost, *worse)
    if patients < FEW_UNITS:
        return "insufficient", (
            f"{patients} patients with edited masks are locked; {FEW_UNITS} are needed.",
        )
    if rule.attempt > rule.most_attempts:
        spent = (
            f"These patients were asked {rule.attempt - 1} times whether to replace these weights"
        )
        return "insufficient", (f"{spent}: one more answer could be luck. Lock other patients.",)
    gained = [row for row in edited if row.is_proved and row.after > row.control]
    if not gained:
        return "refuse", ("No region gained on edited studies beyond chance and the control.",)
    return "promote", tuple(
        f"{row.region} on edited studies rose: {_told(row.change)}." for row in gained
    )


def _told(change: Interval) -> str:
    return f"{change.value:+.3f} Dice (95 % interval {change.low:+.3f} to {change.high:+.3f})"


def _worse(
    cases: Sequence[_Case], dice: NDArray[np.float64]
) -> list[tuple[str, str, float, float]]:
    return [
        (case.name, name, float(dice[row, 0, region]), float(dice[row, 1, region]))
        for row, case in enumerate(cases)
        for region, name in enumerate(REGIONS)
        if dice[row, 1, region] < dice[row, 0, region] - WORSE
    ]
