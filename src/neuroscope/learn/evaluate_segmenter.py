"""Measure the segmenter as it ships, on synthetic studies it has never seen and on real ones."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.learn.card import Row, Table, put_card
from neuroscope.learn.real_studies import RealStudy, real_studies
from neuroscope.learn.segmentation_cases import (
    CaseDraw,
    StoredCase,
    decoded,
    made_cases,
    read_case,
    unseen_numbers,
)
from neuroscope.learn.segmenter_scores import (
    LEAST_ML,
    Score,
    coverage_rows,
    doubt_table,
    scored,
    share_held,
)
from neuroscope.models.missing_cost import HELD, TABLE
from neuroscope.models.region_labels import labels_of
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.models.segmenter_input import SPACING_MM, SegmenterInput
from neuroscope.models.unet_segmenter import SIDECAR_NAME, VOXEL_ML, UnetSegmenter, load_segmenter
from neuroscope.phantom.lesions.kinds import MIMICS
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.segmented import TumorRule
from neuroscope.records.segmenterspec import CHANNELS, REGIONS
from neuroscope.settings import Limits
from neuroscope.statistics import mean_by_unit, share_of

NAME = "segmenter"
COMMAND = "neuroscope evaluate segmenter"
TEST_SEED = 800_000  # of the synthetic hold-out: training and validation use others
TEST_CASES = 200
HEALTHY_SEED, HEALTHY_CASES = 850_000, 60  # heads without any lesion, for false alarms alone
SUBSET_CASES = 24  # gliomas that are segmented with each of the 15 subsets
FALSE_ML = 1.0  # more than this in a head without tumor is a false alarm
GLIOMAS = ("glioblastoma", "low_grade_glioma")
RULE_OF: Mapping[str, TumorRule] = {
    "glioblastoma": "glioma", "low_grade_glioma": "glioma", "metastases": "metastases"
}  # fmt: skip

INTENDED_USE = (
    "Research and teaching: to outline tumor, tumor core and enhancing tumor on registered, "
    "skull-stripped MR of adults before treatment. Not for diagnosis, planning or response "
    "assessment of patients; a person must check every outline."
)
SPLIT = (
    "Training, validation and synthetic test studies are drawn by different seeds; the outlines of "
    "half of the gliomas are those of real tumors (labels only). Test studies with an outline that "
    "was drawn for training, validation or fitting, of these weights or of those they began from, "
    "are left out; thresholds and intervals are fitted to validation and to further studies with "
    "a seed of their own; no outline is one of a real study that is measured here. Studies lie "
    "registered and stripped on the grid of 2 mm that the network reads. Real studies, measured at "
    "1 mm, are a development set: the recipe was changed while looking at them, so their numbers "
    "are optimistic. Intervals: 2,000 bootstrap samples of studies; of shares without false tumor, "
    "Wilson's."
)
TRAINING_DATA = {
    "synthetic studies of `neuroscope phantom`, seeds from 700000": "made by this project",
    "outlines of 329 BraTS 2020 training cases (labels only, no pictures)": (
        "BraTS terms of use; neither the outlines nor pictures are redistributed"
    ),
}
KNOWN_FAILURES = (
    (
        "No real picture was used in training: contrasts, artifacts and anatomy of real scanners "
        "can differ from all that was synthesized."
    ),
    "Operated brains, cavities, hemorrhage after treatment and children were not trained.",
    "Voxels of 2 mm: thin rims and lesions below 0.1 ml are lost or thickened.",
    (
        "Intervals were fitted to synthetic studies with a tumor, and widened until they held for "
        "the real ones of development that have all four sequences, on the grid of the network: "
        "at 1 mm, and of another real one, the truth may lie outside more often than 1 in 20 "
        "times. Of a disease that is taken for a tumor they mean nothing."
    ),
    (
        "Where non-enhancing tumor ends and edema begins is a convention of those who label, not "
        "physics; the core of gliomas without enhancement is unreliable."
    ),
)


def evaluate_segmenter(
    weights: Path,
    out: Path,
    cache: Path,
    *,
    data: Path | None,
    limits: Limits,
    cases: int = TEST_CASES,
    progress: Progress = ignore,
) -> Path:
    """Measure and write the card; give its path.

    Parameters
    ----------
    weights
        Folder with the released segmenter.
    cache
        Folder for the synthetic test studies.
    data
        The development data: outlines for the synthetic studies, and the real studies.
    """
    segmenter = load_segmenter(weights=weights)
    sidecar: dict[str, Any] = json.loads((weights / SIDECAR_NAME).read_text(encoding="utf-8"))
    draw = CaseDraw(first_seed=TEST_SEED)
    numbers = unseen_numbers(sidecar["run"], draw, cases, data)
    paths = made_cases(draw, numbers, cache=cache, data=data)
    healthy = made_cases(
        CaseDraw(first_seed=HEALTHY_SEED, kinds={"none": 1.0}), range(min(cases, HEALTHY_CASES)),
        cache=cache, data=data,
    )  # fmt: skip
    scores = []
    for number, path in enumerate((*paths, *healthy)):
        scores.append(score_stored(segmenter, read_case(path), path.stem))
        progress(0.6 * (number + 1) / (len(paths) + len(healthy)))
    subsets = subset_scores(segmenter, paths)
    progress(0.9)
    real = [] if data is None else [score_real(segmenter, r) for r in real_studies(data, limits)]
    evaluated = {
        "split": "synthetic test", "cases": len(scores), "real_outlines": data is not None,
        "left_out": cases - len(paths),
    }  # fmt: skip
    return _write(sidecar, out, scores, subsets, real, evaluated)


def score_stored(
    segmenter: UnetSegmenter, case: StoredCase, name: str, keep: Sequence[str] = CHANNELS
) -> Score:
    """Segment a stored study with some of its sequences, on its own grid.

    As where nobody says what kind of tumor it is; and if its kind has a rule, also as if told.
    """
    channels = decoded(case.images)
    for number, channel in enumerate(CHANNELS):
        if channel not in keep:
            channels[number] = 0
    affine = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
    given = SegmenterInput(channels, affine, (True, True, True, True))
    p = dict(zip(REGIONS, segmenter.members(given).mean(0), strict=True))
    rule, limits = RULE_OF.get(case.kind), segmenter.spec.thresholds
    found = labels_of(p, VOXEL_ML, thresholds=limits)
    told = rule and labels_of(p, VOXEL_ML, rule=rule, thresholds=limits)
    brain_ml = float((channels != 0).any(0).sum()) * VOXEL_ML
    doubt = segmenter.doubt(p, found, VOXEL_ML, brain_ml=brain_ml)
    return scored(name, case.kind, found, case.labels, VOXEL_ML, told=told, doubt=doubt)


def score_real(segmenter: UnetSegmenter, real: RealStudy) -> Score:
    """Segment a real study as a user would, on its grid of 1 mm."""
    study = SegmenterStudy(real.volumes, real.brain, rule="glioma")
    found = segmenter.segment(study)
    kind = f"{real.reference_by}; {', '.join(real.volumes)}"
    return scored(
        real.name,
        kind,
        np.asarray(found.segmentation.labels),
        real.labels,
        float(np.prod(real.brain.spacing_mm)) / 1000,
        doubt=(found.volume_ml, found.expected_dice),
    )


def subset_scores(
    segmenter: UnetSegmenter, paths: Sequence[Path], most: int = SUBSET_CASES
) -> dict[tuple[str, ...], list[Score]]:
    """Segment some gliomas with each of the 15 subsets of the four sequences."""
    chosen = [case for path in paths if (case := read_case(path)).kind in GLIOMAS][:most]
    subsets = [s for n in range(len(CHANNELS), 0, -1) for s in combinations(CHANNELS, n)]
    return {s: [score_stored(segmenter, case, "", s) for case in chosen] for s in subsets}


def _values(scores: Sequence[Score], region: str) -> NDArray[np.float64]:
    """Give the Dice of all studies whose region is large enough; what was missed counts 0."""
    return np.array(
        [s.dice[region] or 0.0 for s in scores if s.true_ml[region] >= LEAST_ML], np.float64
    )


def _told(scores: Sequence[Score], region: str) -> NDArray[np.float64]:
    """Give the same for studies whose kind has a rule, had it been told."""
    return np.array(
        [s.told[region] or 0.0 for s in scores if s.told and s.true_ml[region] >= LEAST_ML],
        np.float64,
    )


def _row(name: str, values: NDArray[np.float64], how: str, source: str) -> Row:
    return Row(name, mean_by_unit(values), how, source, counted="studies")


def _rows(scores: Sequence[Score]) -> Iterator[Row]:
    groups: dict[str, list[Score]] = {}
    for score in scores:
        name = "glioma" if score.kind in GLIOMAS else score.kind
        groups.setdefault(name, []).append(score)
    for kind in sorted(groups):
        for region in REGIONS:
            values = _values(groups[kind], region)
            if len(values) >= 2:
                how = f"mean Dice, regions of {LEAST_ML:g} ml and more"
                yield _row(f"{kind} {region}", values, how, "synthetic test")
            told = _told(groups[kind], region)
            if len(told) >= 2:
                how = f"the same with `--tumor {kind}`"
                yield _row(f"{kind} {region}, kind told", told, how, "synthetic test")
    without = [s for s in scores if s.kind in {*MIMICS, "none"}]
    for name, some in (("healthy", [s for s in without if s.kind == "none"]), ("mimics", without)):
        if name == "mimics":
            some = [s for s in some if s.kind != "none"]
        quiet = sum(s.found_ml["WT"] < FALSE_ML for s in some)
        if len(some) >= 2:
            yield Row(
                f"{name} without false tumor", share_of(quiet, len(some)), "share below 1 ml",
                "synthetic test", counted="studies",
            )  # fmt: skip


def _real_table(real: Sequence[Score]) -> Table:
    lines = [
        (
            s.name,
            s.kind,
            *("-" if s.dice[r] is None else f"{s.dice[r]:.3f}" for r in REGIONS),
            " / ".join(f"{s.found_ml[r]:.1f} ({s.true_ml[r]:.1f})" for r in REGIONS),
        )
        for s in real
    ]
    note = "Dice at 1 mm; volumes in ml, found (reference). Development set, n as listed."
    columns = ("study", "reference; sequences", *REGIONS, "ml WT / TC / ET")
    return Table("Real studies (development set)", note, columns, lines)


def _subset_table(subsets: Mapping[tuple[str, ...], Sequence[Score]]) -> Table:
    lines = []
    for names, scores in subsets.items():
        values = [_values(scores, region) for region in REGIONS]
        means = (f"{v.mean():.3f}" if len(v) else "-" for v in values)
        held = share_held(scores)
        lines.append((", ".join(names), str(len(scores)), *means, f"{held:.2f}"))
    note = (
        f"Mean Dice on synthetic gliomas, regions of {LEAST_ML:g} ml and more; and the share of "
        "volumes, of all regions, whose truth lay in the interval that was given without it."
    )
    return Table(TABLE, note, ("sequences", "n", *REGIONS, HELD), lines)


def _write(
    sidecar: Mapping[str, Any],
    out: Path,
    scores: Sequence[Score],
    subsets: Mapping[tuple[str, ...], Sequence[Score]],
    real: Sequence[Score],
    evaluated: Mapping[str, Any],
) -> Path:
    run = sidecar["run"]
    card = {
        "model": {key: sidecar[key] for key in ("name", "version", "sha256")},
        "intended_use": INTENDED_USE,
        "training_data": TRAINING_DATA,
        "split": SPLIT,
        "metrics": [
            row.as_dict() for row in (*_rows(scores), *coverage_rows(scores, "synthetic test"))
        ],
        "known_failures": list(KNOWN_FAILURES),
        "trained_on": _trained_on(run),
        "training": run,
        "evaluated": evaluated,
        "tables": [
            asdict(table)
            for table in (_real_table(real), doubt_table(real), _subset_table(subsets))
        ],
    }
    return put_card(card, out, NAME, command=COMMAND)


def _trained_on(run: Mapping[str, Any]) -> str:
    config = run["config"]
    return (
        f"Trained for {config['steps']} steps on {config['cases']} synthetic studies in "
        f"{run['seconds'] / 60:.0f} minutes on {run['machine']}; seed {config['seed']}."
        + (f" {run['note']}" if "note" in run else "")
        + (_began(run["started_from"]) if run.get("started_from") else "")
    )


def _began(earlier: Mapping[str, Any]) -> str:
    said = (
        f" It began from an earlier run of {earlier['config']['steps']} steps "
        f"({earlier['seconds'] / 60:.0f} minutes)."
    )
    said += f" {earlier['note']}" if "note" in earlier else ""
    return said + (_began(earlier["started_from"]) if earlier.get("started_from") else "")
