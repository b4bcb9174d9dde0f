"""Measure what true and wrong maps reach in the tests, and write the bounds beside the weights.

A bound is what the wrong map of one more slice stays below with a chance of 95 %; that of
faithfulness is chosen for each answer, for logits of one answer rise further than those of another.
The table says how many maps pass bounds that were chosen without their own unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.learn.dataset import SliceSet, load_slices
from neuroscope.learn.leaks import Leaks, find_leaks
from neuroscope.learn.random_labels import RandomLabelConfig, train_on_random_labels
from neuroscope.learn.randomized_maps import label_randomization, model_randomization
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.inference import EvidenceBatch, EvidenceEngine, load_engine
from neuroscope.models.passport_rules import UNMEASURED, save_passport_rules
from neuroscope.models.weights import load_network
from neuroscope.records.passport import MapTest, PassportRules, TestName, not_assessed
from neuroscope.records.progress import Progress, ignore
from neuroscope.reliability.passport.baselines import center_map, edge_map
from neuroscope.reliability.passport.cells import cells_touched, on_pixels
from neuroscope.reliability.passport.faithfulness import faithfulness
from neuroscope.reliability.passport.localization import localize_map
from neuroscope.reliability.passport.of_slice import (
    NO_TUMOR,
    PassportConfig,
    centered_logit,
)
from neuroscope.reliability.passport.repeatability import noisy_copies
from neuroscope.reliability.passport.similarity import soft_dice
from neuroscope.statistics import bootstrap_by_unit

TRUE, WRONG = "evidence map", "map of another slice"
EDGES, CENTER = "edge detector", "centered blob"
RARELY = 0.95  # a wrong map passes in the other 5 of 100
APART = 0.1  # soft Dice below which two maps lie at different places
LEARNED = 98  # slices of which the labels are dealt out at random
MEASURED: tuple[TestName, ...] = ("repeatability", "faithfulness", "localization")
BY_ANSWER: tuple[TestName, ...] = ("faithfulness",)
FEWEST = 19  # wrong maps of one answer: of fewer none can promise 5 of 100

Float32 = NDArray[np.float32]
Reached = Mapping[TestName, list[tuple[int, float]]]
"""By test what maps of one kind reached: slice, and the number that is held against the bound."""


@dataclass(slots=True)
class _Scores:
    """What maps of one kind reached so far."""

    reached: dict[TestName, list[tuple[int, float]]] = field(
        default_factory=lambda: {name: [] for name in MEASURED}
    )


def evaluate_passport(
    weights: Path,
    data: Path,
    out: Path,
    *,
    most: int | None = 40,
    random_labels: RandomLabelConfig | None = None,
    progress: Progress = ignore,
) -> Path:
    """Measure the tests on validation slices and write ``passport.json``.

    Validation slices with a copy in training or test are left out (`learn/leaks.py`).

    Parameters
    ----------
    weights
        Folder with the release files of the evidence network.
    data
        Folder with the split file and both slice sets.
    most
        At most so many validation slices of each set and class; None takes all.
    random_labels
        How a network is trained on random labels; None leaves that test out.

    Returns
    -------
    Path
        The file that was written.
    """
    engine = load_engine(weights=weights, backend="onnxruntime")
    leaks = find_leaks(data, keep=out)
    val = load_slices(data, splits=["val"], size=engine.spec.size, most=most, leave_out=leaks.val)
    progress(0.05)
    answer = engine.run(_inputs(val.images))
    scores = {kind: _Scores() for kind in (TRUE, WRONG, EDGES, CENTER)}
    for row in range(len(val)):
        _measure(row, val, answer, engine, scores)
        progress(0.05 + 0.55 * (row + 1) / len(val))
    answers = np.array(engine.spec.classes)[answer.logits.argmax(1)]
    bounds = bounds_of(scores[WRONG].reached, answers)
    of_model = _of_model(
        weights,
        data,
        leaks,
        val,
        answer,
        random_labels,
        progress=lambda done: progress(0.6 + 0.4 * done),
    )
    rules = PassportRules(engine.model.sha256, bounds.each, of_model, by_answer=bounds.by_answer)
    passed = passes(
        {kind: found.reached for kind, found in scores.items()}, val.units.astype(str), answers
    )
    table = [
        table_row(kind, found.reached, passed[kind], val.units, answers)
        for kind, found in scores.items()
    ]
    return save_passport_rules(rules, out, table=table, notes=_notes(val, answer))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What maps are held against: `each` by test, `by_answer` where the answer matters."""

    each: dict[TestName, float]
    by_answer: dict[TestName, dict[str, float]]

    def of(self, test: TestName, answer: str) -> float:
        """Give the bound for a map of one answer."""
        return self.by_answer.get(test, {}).get(answer, self.each[test])


def bounds_of(reached: Reached, answers: NDArray[Any], *, fewest: int = FEWEST) -> Bounds:
    """Choose the bounds that one more wrong map stays below with a chance of 95 %, at least 0.

    The chance holds as far as slices are independent; those of one unit are not.

    Parameters
    ----------
    reached
        What wrong maps reached.
    answers
        The answer of each slice.
    fewest
        Wrong maps that an answer must have for a bound of its own.
    """
    each = {name: _bound([value for _, value in found]) for name, found in reached.items()}
    own: dict[TestName, dict[str, float]] = {name: {} for name in BY_ANSWER}
    for name in BY_ANSWER:
        for answer in sorted({str(answers[row]) for row, _ in reached[name]}):
            values = [value for row, value in reached[name] if answers[row] == answer]
            if len(values) >= fewest:
                own[name][answer] = _bound(values)
    return Bounds(each, own)


def passes(
    reached: Mapping[str, Reached], units: NDArray[Any], answers: NDArray[Any]
) -> dict[str, dict[TestName, list[bool]]]:
    """Say which maps pass bounds that were chosen from the wrong maps of all other units."""
    found: dict[str, dict[TestName, list[bool]]] = {
        kind: {name: [] for name in tests} for kind, tests in reached.items()
    }
    own = bounds_of(reached[WRONG], answers).by_answer
    without = {}
    for unit in np.unique(units).tolist():
        left = {
            name: [one for one in wrong if units[one[0]] != unit]
            for name, wrong in reached[WRONG].items()
        }
        bounds = bounds_of(left, answers, fewest=1)
        kept = {
            name: {answer: bound for answer, bound in of.items() if answer in own[name]}
            for name, of in bounds.by_answer.items()
        }
        without[unit] = Bounds(bounds.each, kept)
    for kind, tests in reached.items():
        for name, values in tests.items():
            found[kind][name] = [
                value >= without[str(units[row])].of(name, str(answers[row]))
                for row, value in values
            ]
    return found


def table_row(
    kind: str,
    reached: Reached,
    passed: Mapping[TestName, list[bool]],
    units: NDArray[Any],
    answers: NDArray[Any],
) -> dict[str, Any]:
    """Sum up what maps of one kind reached, and the part that passed, with intervals by unit."""
    row: dict[str, Any] = {"map": kind}
    for name, found in reached.items():
        if not found:
            row[name] = None
            continue
        rows = np.array([at for at, _ in found], np.int64)
        values = np.array([value for _, value in found], np.float64)
        through = np.array(passed[name], np.float64)
        row[name] = {
            "median": round(float(np.median(values)), 4),
            "passed": _mean(through, units[rows]),
        }
        if name in BY_ANSWER:
            row[name]["by_answer"] = {
                answer: _mean(
                    through[answers[rows] == answer], units[rows[answers[rows] == answer]]
                )
                for answer in np.unique(answers[rows]).tolist()
            }
    return row


def _bound(values: Sequence[float]) -> float:
    """Give the value below which one more lies with a chance of 95 %; of few the largest."""
    place = int(np.ceil(RARELY * (len(values) + 1)))
    return max(0.0, sorted(values)[min(place, len(values)) - 1]) if values else 0.0


def _mean(values: NDArray[np.float64], units: NDArray[Any]) -> dict[str, float | int | bool]:
    return bootstrap_by_unit(lambda rows: float(values[rows].mean()), units).as_dict()


def _measure(
    row: int,
    val: SliceSet,
    answer: EvidenceBatch,
    engine: EvidenceEngine,
    scores: Mapping[str, _Scores],
    config: PassportConfig = PassportConfig(),
) -> None:
    """Test one slice with its own map, one of another slice, its edges and a blob."""
    predicted = answer.logits.argmax(1)
    target = int(predicted[row])
    image, head = val.images[row].astype(np.float32) / 255, val.heads[row]
    own = answer.evidence[row, target]
    inside = cells_touched(head, own.shape)
    elsewhere = _elsewhere(row, predicted, val.units, answer.evidence, inside)
    kinds: dict[str, Float32] = {
        TRUE: own,
        EDGES: _on_cells(edge_map(image), own.shape),
        CENTER: center_map(own.shape),
    }
    if elsewhere is not None:
        kinds[WRONG] = answer.evidence[elsewhere, predicted[elsewhere]]
    has_place = engine.spec.classes[target] != NO_TUMOR
    for kind, values in kinds.items() if has_place else ():
        found = faithfulness(
            image,
            head,
            values,
            lambda images: centered_logit(engine.run(images).logits, target),
            config=config.faithfulness,
        )
        scores[kind].reached["faithfulness"].append((row, found.interval[0]))
    _measure_repeats(row, image, head, kinds, engine, scores, target, config)
    other = _another(row, predicted, val.units)
    if other is not None:
        overlap = soft_dice(own, answer.evidence[other, target], inside)
        scores[WRONG].reached["repeatability"].append((row, float(np.nan_to_num(overlap))))
    _measure_place(row, val, kinds, scores, engine.spec.classes[target])


def _measure_repeats(
    row: int,
    image: Float32,
    head: NDArray[np.bool_],
    kinds: Mapping[str, Float32],
    engine: EvidenceEngine,
    scores: Mapping[str, _Scores],
    target: int,
    config: PassportConfig,
) -> None:
    copies = noisy_copies(image, head, config=config.noise)
    own = kinds[TRUE]
    inside = cells_touched(head, own.shape)
    again = {
        TRUE: engine.run(copies[:, None]).evidence[:, target],
        EDGES: np.stack([_on_cells(edge_map(copy), own.shape) for copy in copies]),
        CENTER: np.stack([kinds[CENTER]] * len(copies)),
    }
    for kind, maps in again.items():
        overlap = np.mean([soft_dice(kinds[kind], one, inside) for one in maps])
        scores[kind].reached["repeatability"].append((row, float(np.nan_to_num(overlap))))


def _measure_place(
    row: int,
    val: SliceSet,
    kinds: Mapping[str, Float32],
    scores: Mapping[str, _Scores],
    answer: str,
) -> None:
    mask = val.masks[row] > 127
    if answer == NO_TUMOR or not val.has_mask[row] or not mask.any():
        return
    side = mask.shape[0]
    for kind, values in kinds.items():
        step = side / values.shape[0]
        found = localize_map(on_pixels(values, side), mask, threshold=0.0, tolerance=step)
        scores[kind].reached["localization"].append((row, found.mass if found.pointing else 0.0))


def _of_model(
    weights: Path,
    data: Path,
    leaks: Leaks,
    val: SliceSet,
    answer: EvidenceBatch,
    random_labels: RandomLabelConfig | None,
    *,
    progress: Progress,
) -> tuple[MapTest, ...]:
    network = load_network(weights)
    targets = answer.logits.argmax(1).astype(np.int64)
    cells = answer.evidence.shape[-2:]
    heads = np.stack([cells_touched(head, cells) for head in val.heads])
    units = val.units.astype(str)
    forgot = model_randomization(network, val.images, targets, units, heads)
    progress(0.3)
    if random_labels is None:
        return forgot, not_assessed("label_randomization", UNMEASURED)
    each = max(1, LEARNED // 7)
    size = val.images.shape[-1]
    train = load_slices(data, splits=["train"], size=size, most=each, leave_out=leaks.train)
    mislearned, known = train_on_random_labels(
        network.shape,
        train.images,
        train.labels,
        config=random_labels,
        progress=lambda done: progress(0.3 + 0.7 * done),
    )
    found = label_randomization(network, mislearned, known, val.images, targets, units, heads)
    return forgot, found


def _another(row: int, predicted: NDArray[np.int64], units: NDArray[Any]) -> int | None:
    """Choose the next slice of another unit with the same answer."""
    for step in range(1, len(predicted)):
        other = (row + step) % len(predicted)
        if predicted[other] == predicted[row] and units[other] != units[row]:
            return other
    return None


def _elsewhere(
    row: int,
    predicted: NDArray[np.int64],
    units: NDArray[Any],
    evidence: Float32,
    inside: NDArray[np.bool_],
) -> int | None:
    """Choose the next slice of another unit whose map lies elsewhere, best with the same answer.

    Tumors of one kind may lie at one place, as those of the pituitary do: another slice's map is
    then no wrong map.
    """
    own = evidence[row, predicted[row]]
    others = [(row + step) % len(predicted) for step in range(1, len(predicted))]
    others = [other for other in others if units[other] != units[row]]
    same = [other for other in others if predicted[other] == predicted[row]]
    tumors = [other for other in others if CLASS_NAMES[predicted[other]] != NO_TUMOR]
    for other in (*same, *tumors):
        overlap = soft_dice(own, evidence[other, predicted[other]], inside)
        if np.nan_to_num(overlap) < APART:
            return other
    return None


def _on_cells(pixels: Float32, shape: tuple[int, ...]) -> Float32:
    rows, columns = shape
    step = pixels.shape[0] // rows
    cells: Float32 = pixels.reshape(rows, step, columns, step).mean((1, 3)).astype(np.float32)
    return cells


def _inputs(images: NDArray[np.uint8]) -> Float32:
    return (images[:, None] / 255).astype(np.float32)


def _notes(val: SliceSet, answer: EvidenceBatch) -> dict[str, str | float | int]:
    right = float((answer.logits.argmax(1) == val.labels).mean())
    return {
        "slices": len(val),
        "units": len(np.unique(val.units)),
        "split": "val",
        "answered_right": round(right, 4),
        "wrong_maps": "of another slice of another unit with the same answer; except for "
        "repeatability one that lies elsewhere (soft Dice below 0.1), of another tumor if need be",
        "bounds": "what one more wrong map stays below with a chance of 95 %, at least 0; of "
        "faithfulness for each answer with 19 wrong maps or more",
        "passed": "by bounds that were chosen without the unit of the slice",
    }
