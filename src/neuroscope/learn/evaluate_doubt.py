"""Measure what is said of doubt on slices the network has never seen, and add it to its card."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import ModelError
from neuroscope.learn.card import COMMAND, NAME, Row, Table, put_card
from neuroscope.learn.fit_doubt import Answered, answered
from neuroscope.learn.foreign import Family, foreign_families
from neuroscope.learn.leaks import find_leaks
from neuroscope.learn.remembered import ENDS
from neuroscope.learn.seen import judged, of_slices, prepared, seen
from neuroscope.models.calibration import brier_score, expected_calibration_error, probabilities
from neuroscope.models.classes import CLASS_NAMES, NO_TUMOR
from neuroscope.models.conformal import kept_at, p_fits, scores_of
from neuroscope.models.doubt import DoubtModel
from neuroscope.models.heads import entropy, mutual_information, p_heads
from neuroscope.models.inference import EvidenceEngine, load_engine
from neuroscope.models.unlike import raw_tests, unusual
from neuroscope.records.doubt import LEVELS, SHOWN_LEVEL
from neuroscope.records.progress import Progress, ignore
from neuroscope.reliability.doubt.calibration import (
    brier_parts,
    classwise_error,
    debiased_error,
    negative_log_likelihood,
    reliability_diagram,
)
from neuroscope.reliability.doubt.coverage import Coverage, by_group, measure_coverage
from neuroscope.reliability.doubt.selective import risk_coverage
from neuroscope.reliability.doubt.separation import auroc, fpr_at_tpr
from neuroscope.statistics import Interval, bootstrap_by_unit

Float64 = NDArray[np.float64]
MARK = "doubt: "  # titles and names of what is added; written anew by every evaluation
COVERAGES = (0.8, 0.9, 0.95)
DIAGRAM_BINS = 10
MOSTLY = 0.5
ANSWERED = "Of these pictures, unlike the slices it learned from, most are answered all the same"


def evaluate_doubt(
    weights: Path,
    data: Path,
    out: Path,
    *,
    split: str = "test",
    cache: Path | None = None,
    progress: Progress = ignore,
) -> Path:
    """Measure the files of doubt beside the weights, and add the numbers to the card there.

    Returns
    -------
    Path
        The JSON card.

    Raises
    ------
    ModelError
        If there is no card yet, or nothing was fitted for these weights.
    """
    path = weights / f"{NAME}.card.json"
    if not path.is_file():
        raise ModelError(
            f"There is no card in {weights.name}.",
            fix="Write one first: neuroscope evaluate classifier.",
        )
    engine = load_engine(weights=weights)
    if engine.doubt is None:
        raise ModelError(
            "Nothing that tells of doubt was fitted for these weights.",
            fix="Fit it first: neuroscope train doubt.",
        )
    card: dict[str, Any] = json.loads(path.read_text())
    left_out = _copies(card, data, split, cache)
    progress(0.2)
    test = answered(engine, data, split, leave_out=left_out)
    progress(0.5)
    rows, tables = measured(engine, engine.doubt, test, split)
    progress(0.7)
    families = foreign_families(data, test.slices)
    more, foreign = _foreign(engine, engine.doubt, test, families)
    rows += more
    tables.append(foreign)
    progress(1.0)
    return put_card(amended(card, rows, tables), out, NAME, command=COMMAND)


def amended(
    card: Mapping[str, Any], rows: Iterable[Row], tables: Sequence[Table]
) -> dict[str, Any]:
    """Put rows, tables and the failure they show in place of those of an earlier evaluation."""
    metrics = [row for row in card["metrics"] if not row["name"].startswith(MARK)]
    others = [table for table in card["tables"] if not table["title"].startswith(MARK)]
    failures = [said for said in card["known_failures"] if not said.startswith(ANSWERED)]
    return {
        **card,
        "metrics": [*metrics, *(row.as_dict() for row in rows)],
        "tables": [*others, *(asdict(table) for table in tables)],
        "known_failures": [*failures, *answered_strangers(tables[-1])],
    }


def answered_strangers(foreign: Table) -> list[str]:
    """Name the kinds of foreign pictures that are mostly answered, as a failure of the card."""
    passed = [(line[0], float(line[-1])) for line in foreign.lines if float(line[-1]) < MOSTLY]
    if not passed:
        return []
    listed = "; ".join(f"{name} ({share:.0%} refused)" for name, share in passed)
    return [f"{ANSWERED}: {listed}. Say what a picture is; do not leave it to the network."]


def measured(
    engine: EvidenceEngine, model: DoubtModel, test: Answered, split: str
) -> tuple[list[Row], list[Table]]:
    """Measure everything that slices of the usual kind can show."""
    p_class = probabilities(test.seen.logits, temperature=model.temperature)
    labels, units = test.slices.labels, test.slices.units
    fits = p_fits(scores_of(p_class, model.rule), model.calibration)
    levels = [float(level) for level in LEVELS]
    coverage = measure_coverage(fits, labels, units, model.calibration, levels)
    rows = [
        *(_coverage_row(one, split) for one in coverage if one.level_percent == float(SHOWN_LEVEL)),
        *_probability_rows(p_class, labels, units, split),
        *_selective_rows(p_class, labels, units, split),
        *_threshold_rows(model, p_class, labels, units, split),
        _abstention_row(engine, test, split),
    ]
    tables = [
        _coverage_table(model, coverage),
        _size_table(fits, units),
        _class_table(p_class, test.seen.logits, labels),
        _diagram_table(p_class, labels, units),
        _disagreement_table(model, test, p_class),
    ]
    return rows, tables


def _copies(card: Mapping[str, Any], data: Path, split: str, cache: Path | None) -> frozenset[str]:
    """Name slices that the network may remember: of one trained with copies, its card says so."""
    leaks = find_leaks(data, keep=cache)
    if split == "val":
        return leaks.val
    remembers = any(row["name"].endswith(ENDS) for row in card["metrics"])
    return leaks.test if remembers else frozenset()


def _probability_rows(
    p_class: Float64, labels: NDArray[np.int64], units: NDArray[Any], split: str
) -> list[Row]:
    top, is_right = p_class.max(1), p_class.argmax(1) == labels

    def bounded(statistic: Any) -> Interval:
        return bootstrap_by_unit(statistic, units, strata=labels, resamples=500)

    parts = brier_parts(top, is_right)
    found = {
        "ECE": (
            bounded(lambda at: expected_calibration_error(p_class[at], labels[at])),
            "15 bins of equal mass, top answer",
        ),
        "ECE, less what chance adds": (
            bounded(lambda at: debiased_error(top[at], is_right[at])),
            "the same, debiased bin by bin",
        ),
        "negative log-likelihood": (
            bounded(lambda at: negative_log_likelihood(p_class[at], labels[at])),
            "nats",
        ),
        "Brier score": (
            bounded(lambda at: brier_score(p_class[at], labels[at])),
            f"sum over classes; of the top answer: {parts.sentence}",
        ),
    }
    return [Row(MARK + name, value, how, split) for name, (value, how) in found.items()]


def _selective_rows(
    p_class: Float64, labels: NDArray[np.int64], units: NDArray[Any], split: str
) -> list[Row]:
    top, is_right = p_class.max(1), p_class.argmax(1) == labels
    whole = risk_coverage(top, is_right)
    rows = [
        Row(
            f"{MARK}errors among all answers",
            by_slice(~is_right, units),
            "share wrong",
            split,
        )
    ]
    for share in COVERAGES:
        value = bootstrap_by_unit(
            lambda at, s=share: risk_coverage(top[at], is_right[at]).risk_at(s),  # type: ignore[misc]
            units,
            strata=labels,
            resamples=500,
        )
        rows.append(Row(f"{MARK}errors among the surest {share:.0%}", value, "share wrong", split))
    area = bootstrap_by_unit(
        lambda at: risk_coverage(top[at], is_right[at]).area, units, strata=labels, resamples=500
    )
    how = f"mean share wrong over all shares answered; above the best order by {whole.excess:.4f}"
    return [*rows, Row(f"{MARK}area under risk and coverage", area, how, split)]


def _threshold_rows(
    model: DoubtModel,
    p_class: Float64,
    labels: NDArray[np.int64],
    units: NDArray[Any],
    split: str,
) -> list[Row]:
    if model.tumor_threshold is None:
        return []
    said = 1.0 - p_class[:, NO_TUMOR] >= model.tumor_threshold
    how = f"at p(tumor) >= {model.tumor_threshold:.3g}: {model.facts['threshold']['sentence']}"
    rows = []
    for name, own, hit in (
        ("sensitivity for tumor", labels != NO_TUMOR, said),
        ("specificity for tumor", labels == NO_TUMOR, ~said),
    ):
        if own.any():
            value = by_group(hit[own].astype(np.float64), units[own])
            rows.append(Row(f"{MARK}{name}", value, f"{how} Groups weigh the same", split))
    return rows


def _abstention_row(engine: EvidenceEngine, test: Answered, split: str) -> Row:
    judgments = judged(engine, of_slices(test.slices), test.seen)
    abstained = np.array([bool(gates.cautions) for _, gates in judgments])
    how = "share of ordinary slices on which the network abstains, for whatever reason"
    return Row(f"{MARK}abstention", by_slice(abstained, test.slices.units), how, split)


def _coverage_row(one: Coverage, split: str) -> Row:
    how = (
        f"share of groups whose true class is in the set; chance explains {one.band.low:.3f}-"
        f"{one.band.high:.3f} ({one.calibrated} calibration groups): {one.verdict}"
    )
    name = f"{MARK}coverage at {one.level_percent:.0f} %, {CLASS_NAMES[one.label]}"
    return Row(name, one.covered, how, split)


def _coverage_table(model: DoubtModel, coverage: Iterable[Coverage]) -> Table:
    lines = [
        (
            f"{one.level_percent:.0f} %",
            CLASS_NAMES[one.label],
            f"{one.covered.value:.3f} ({one.covered.low:.3f}-{one.covered.high:.3f})",
            f"{one.band.low:.3f}-{one.band.high:.3f}",
            f"{one.covered.n} in {one.covered.units}",
            str(one.calibrated),
            one.verdict,
        )
        for one in coverage
    ]
    note = (
        f"Share of test groups whose true class is in the set ({model.rule.name.upper()}); slices "
        "of a group share its weight. Chance explains every share within the band (exact "
        "Beta-binomial, 99.9 %)."
    )
    columns = (
        "level", "class", "covered", "band", "test slices of groups", "calibrated on", "promise"
    )  # fmt: skip
    return Table(f"{MARK}do the sets hold what they promise?", note, columns, lines)


def _size_table(fits: Float64, units: NDArray[Any]) -> Table:
    lines = []
    for level in LEVELS:
        size = kept_at(fits, float(level)).sum(1)
        shares = [by_slice(size == n, units) for n in (0, 1, 2)]
        more = by_slice(size > 2, units)
        lines.append(
            (f"{level} %", f"{size.mean():.2f}", *(f"{s.value:.3f}" for s in (*shares, more)))
        )
    return Table(
        f"{MARK}how many classes a set holds",
        "An empty set says that no class fits as well as usual.",
        ("level", "mean", "none", "one", "two", "more"),
        lines,
    )


def _class_table(p_class: Float64, logits: NDArray[np.float32], labels: NDArray[np.int64]) -> Table:
    before = classwise_error(probabilities(logits, temperature=1.0), labels)
    after = classwise_error(p_class, labels)
    lines = [
        (name, f"{before[k]:.4f}", f"{after[k]:.4f}", str(int((labels == k).sum())))
        for k, name in enumerate(CLASS_NAMES)
    ]
    return Table(
        f"{MARK}calibration error of every class",
        "The probability of the class against its truth, 15 bins of equal mass, debiased.",
        ("class", "before temperature scaling", "after", "slices"),
        lines,
    )


def _diagram_table(p_class: Float64, labels: NDArray[np.int64], units: NDArray[Any]) -> Table:
    is_right = p_class.argmax(1) == labels
    bins = reliability_diagram(p_class.max(1), is_right, units, bins=DIAGRAM_BINS)
    lines = [
        (
            f"{one.p_mean:.3f}",
            f"{one.observed.value:.3f} ({one.observed.low:.3f}-{one.observed.high:.3f})",
            str(one.observed.n),
        )
        for one in bins
    ]
    return Table(
        f"{MARK}are the probabilities right?",
        "Answers in ten bins of equal mass: mean probability, and share right with its interval.",
        ("probability", "right", "slices"),
        lines,
    )


def _disagreement_table(model: DoubtModel, test: Answered, p_class: Float64) -> Table:
    asked = p_heads(model.heads, test.seen.embedding)
    wrong = p_class.argmax(1) != test.slices.labels
    sources = {
        "1 - probability of the answer": 1 - p_class.max(1),
        f"entropy of the {len(model.heads.bias)} heads together": entropy(asked.mean(0)),
        "mutual information of the heads": mutual_information(asked),
    }
    lines = [
        (name, f"{auroc(score[~wrong], score[wrong]):.3f}", f"{np.median(score):.4f}")
        for name, score in sources.items()
    ]
    return Table(
        f"{MARK}which doubt finds the errors?",
        f"Area under the ROC curve for the {int(wrong.sum())} wrong answers among {len(wrong)}. "
        "The heads share one network and disagree less than whole networks would.",
        ("doubt", "AUROC", "median"),
        lines,
    )


def _foreign(
    engine: EvidenceEngine, model: DoubtModel, test: Answered, families: Iterable[Family]
) -> tuple[list[Row], Table]:
    ordinary = _scores(model, test.seen.logits, test.seen.embedding)
    rows, lines = [], []
    for family in families:
        pictures = prepared(family.pictures, family.units, size=engine.spec.size)
        found = seen(engine, pictures.images)
        scores = _scores(model, found.logits, found.embedding)
        abstained = [bool(gates.cautions) for _, gates in judged(engine, pictures, found)]
        groups = len(np.unique(pictures.units))
        passed = bootstrap_by_unit(
            lambda at, s=scores: fpr_at_tpr(ordinary, s[at]),  # type: ignore[misc]
            pictures.units,
            resamples=500,
        )
        how = "share that passes where 95 % of ordinary slices do, by the embedding alone"
        rows.append(
            Row(f"{MARK}FPR at 95 % TPR, {family.name}", passed, how, "made or read for it")
        )
        lines.append(
            (
                family.name,
                f"{len(scores)} of {groups}",
                f"{auroc(ordinary, scores):.3f}",
                f"{passed.value:.3f}",
                f"{np.mean(abstained):.3f}",
            )
        )
    table = Table(
        f"{MARK}pictures that should not be answered",
        "The score is that of the embedding alone; abstained counts the checks of the picture, "
        f"too. {len(ordinary)} test slices are ordinary. Pictures of few groups say little about "
        "their kind. The drawn ones look like those the check of the picture was taught.",
        ("pictures", "n of groups", "AUROC", "FPR at 95 % TPR", "abstained"),
        lines,
    )
    return rows, table


def _scores(
    model: DoubtModel, logits: NDArray[np.float32], embedding: NDArray[np.float32]
) -> Float64:
    tests = raw_tests(embedding, logits, model.known, temperature=model.temperature)
    return unusual(tests, model.known)


def by_slice(hits: NDArray[np.bool_], units: NDArray[Any]) -> Interval:
    """Give the share of slices with its interval by group."""
    values = hits.astype(np.float64)
    return bootstrap_by_unit(lambda rows: float(values[rows].mean()), units)
