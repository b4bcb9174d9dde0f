"""How one study was segmented, and whether what the segmenter said of its own doubt held."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neuroscope.learn.card import Row, Table
from neuroscope.learn.train_segmenter import dice_of
from neuroscope.models.region_labels import LABELS_OF
from neuroscope.records.segmented import Estimate
from neuroscope.records.segmenterspec import REGIONS
from neuroscope.statistics import mean_by_unit

LEAST_ML = 1.0  # smaller tumors are listed, not averaged
AIM = 0.95

Estimates = Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Score:
    """Dice of one study by region (None where there is nothing), and volumes found and true.

    Attributes
    ----------
    told
        Dice if the kind of tumor is known, for kinds that have a rule of their own.
    volume, expected
        What the segmenter said before it knew the truth: volumes in ml, and overlap.
    """

    name: str
    kind: str
    dice: Mapping[str, float | None]
    found_ml: Mapping[str, float]
    true_ml: Mapping[str, float]
    told: Mapping[str, float | None] = field(default_factory=dict)
    volume: Estimates = field(default_factory=dict)
    expected: Estimates = field(default_factory=dict)


def scored(
    name: str,
    kind: str,
    found: NDArray[np.uint8],
    wanted: NDArray[np.uint8],
    voxel_ml: float,
    *,
    told: NDArray[np.uint8] | None = None,
    doubt: tuple[Estimates, Estimates] = ({}, {}),
) -> Score:
    """Compare two label maps of one grid.

    Parameters
    ----------
    told
        What is found if the kind is known.
    doubt
        The volumes and the overlap that the segmenter expected.
    """
    ours, theirs = dict(_regions(found)), dict(_regions(wanted))
    known = {} if told is None else dict(_regions(told))
    return Score(
        name,
        kind,
        {region: dice_of(ours[region], theirs[region]) for region in REGIONS},
        {region: float(ours[region].sum()) * voxel_ml for region in REGIONS},
        {region: float(theirs[region].sum()) * voxel_ml for region in REGIONS},
        {region: dice_of(mask, theirs[region]) for region, mask in known.items()},
        *doubt,
    )


def coverage_rows(scores: Sequence[Score], source: str) -> Iterator[Row]:
    """Count in how many studies the truth lay in the interval that was given without it.

    In all of them, and in those with a tumor: for these alone intervals are meant.
    """
    how = f"share of studies, the aim is {AIM:g}; {LEAST_ML:g} ml and more found or true"
    with_tumor = [score for score in scores if score.true_ml["WT"] > 0]
    for some, whose in ((with_tumor, ", with a tumor"), (scores, "")):
        for region in REGIONS:
            for name, held in (
                ("volume", _volumes_held(some, region)),
                ("overlap", _overlaps_held(some, region)),
            ):
                if len(held) >= 2:
                    name = f"{region} {name} within its interval{whose}"
                    yield Row(name, mean_by_unit(held), how, source, counted="studies")


def share_held(scores: Sequence[Score]) -> float:
    """Give the share of volumes, of all regions, that lay in their interval."""
    held = [_volumes_held(scores, region) for region in REGIONS]
    return float(np.concatenate(held).mean()) if sum(map(len, held)) else float("nan")


def doubt_table(scores: Sequence[Score]) -> Table:
    """List what was foretold of some studies beside what came true."""
    lines = []
    for score in scores:
        for region, volume in score.volume.items():
            true_ml, overlap = score.true_ml[region], score.dice[region]
            expected = score.expected.get(region)
            lines.append(
                (
                    score.name,
                    region,
                    f"{volume.value:.1f} ({volume.low:.1f} to {volume.high:.1f})",
                    f"{true_ml:.1f}{'' if _holds(volume, true_ml) else ', outside'}",
                    f"{expected.value:.2f} ({expected.low:.2f} to {expected.high:.2f})"
                    if expected
                    else "-",
                    "-"
                    if overlap is None
                    else f"{overlap:.2f}"
                    f"{', outside' if expected and not _holds(expected, overlap) else ''}",
                )
            )
    note = (
        "Volumes in ml and Dice, each with the interval that the segmenter gave without the truth."
    )
    columns = ("study", "region", "volume found", "true", "overlap expected", "true overlap")
    return Table("Real studies: what was foretold", note, columns, lines)


def _regions(labels: NDArray[np.uint8]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    for name, values in LABELS_OF.items():
        yield name, np.isin(labels, values)


def _counts(score: Score, region: str) -> bool:
    return max(score.true_ml[region], score.found_ml[region]) >= LEAST_ML


def _volumes_held(scores: Sequence[Score], region: str) -> NDArray[np.float64]:
    return np.array(
        [
            _holds(score.volume[region], score.true_ml[region])
            for score in scores
            if region in score.volume and _counts(score, region)
        ],
        np.float64,
    )


def _overlaps_held(scores: Sequence[Score], region: str) -> NDArray[np.float64]:
    return np.array(
        [
            _holds(score.expected[region], score.dice[region] or 0.0)
            for score in scores
            if region in score.expected and _counts(score, region)
        ],
        np.float64,
    )


def _holds(estimate: Estimate, truth: float) -> bool:
    return estimate.low <= truth <= estimate.high
