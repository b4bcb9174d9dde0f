"""The rule by which a certificate is given: written down before results are read.

See docs/explanation/certificate.md, also for what was changed and why. A change is a new version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from neuroscope.learn.reasons.held_out_scores import METRICS, Metric
from neuroscope.learn.reasons.paired import Difference
from neuroscope.records.certificate import (
    RIVALS,
    ClassCount,
    Comparison,
    Condition,
    MetricRow,
    Rival,
    Score,
    Verdict,
)
from neuroscope.statistics import FEW_UNITS

VERSION = 4
LEVEL = 0.05  # that any of all attempts against the same patients is promoted by luck
TOO_LITTLE = ("patients", "attempts")  # conditions without which nothing can be told
SAID_OF: Mapping[Rival, str] = MappingProxyType(
    {
        "before": "before",
        "control_classification": "with classification only",
        "control_other_masks": "with another patient's marks",
    }
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What is asked of a retrained network."""

    attempt: int = 1  # to replace the same version, tested on the same patients
    most_attempts: int = 10  # from then on nothing can be shown on these patients
    patients: int = FEW_UNITS  # with marks, held out, in all
    patients_per_class: int = 5  # held out, of every class
    accuracy_margin: float = 0.01  # balanced accuracy may be lower by so much
    flip_margin: float = 0.02  # flips may rise by so much
    flips_read: float = 0.05  # from here on the ignored part was read, and must be given up
    flips_left: float = 0.5  # of the flips on it may remain
    ece_margin: float = 0.02

    @property
    def level(self) -> float:
        """Share of `LEVEL` that this attempt may spend: all shares together are 1."""
        return LEVEL / (self.attempt * (self.attempt + 1))

    @property
    def stretch(self) -> int:
        """How many times as many draws its smaller tails need."""
        last = min(self.attempt, self.most_attempts)
        return last * (last + 1) // 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the rule looks at."""

    primary: Metric  # what readers marked decides: evidence_energy, or ignored_share
    has_ignored: bool  # readers marked "ignore this" on held-out slices
    counts: tuple[ClassCount, ...]
    marked_classes: tuple[str, ...]  # that were annotated in training
    answered_classes: tuple[str, ...]  # that were replayed
    marked_patients: int  # with marks, held out
    rows: tuple[MetricRow, ...]
    tests: tuple[Comparison, ...]
    differences: Mapping[tuple[Metric, Rival], Difference]
    infeasible: bool
    unmoved: tuple[Rival, ...] = ()  # controls whose weights are those of before


def conditions(found: Evidence, rule: Rule) -> tuple[Condition, ...]:
    """Ask everything the rule asks."""
    return (
        enough_patients(found, rule),
        _attempts(rule),
        Condition(
            "bounds",
            "training found weights that keep the bound on every class",
            "it did not: these are the weights of before" if found.infeasible else "it did",
            not found.infeasible,
        ),
        *_moved(found, rule),
        _not_worse(
            found, "pointing", "pointing", "the strongest evidence does not clearly leave the mark"
        ),
        _not_worse(
            found,
            "coverage",
            "coverage",
            "the evidence does not clearly retreat into a part of the mark",
        ),
        _not_worse(
            found,
            "wrong_reasons",
            "wrong_reason_rate",
            "right answers for a wrong reason do not become clearly more frequent",
        ),
        _flips(found, rule),
        _accuracy(found, rule),
        _calibration(found, rule),
    )


def verdict_of(asked: tuple[Condition, ...]) -> tuple[Verdict, tuple[str, ...]]:
    """Conclude, and say why."""
    lacking = [one for one in asked if one.name in TOO_LITTLE and not one.holds]
    if lacking:
        return "insufficient", tuple(one.found for one in lacking)
    failed = [one for one in asked if not one.holds]
    if failed:
        return "refuse", tuple(f"{_sentence(one.demand)} Found: {one.found}." for one in failed)
    return "promote", tuple(
        f"{_sentence(one.demand, shown=True)} Found: {one.found}."
        for one in asked
        if one.name not in (*TOO_LITTLE, "bounds")
    )


def _attempts(rule: Rule) -> Condition:
    """Ask whether these patients can still tell luck from skill."""
    demand = (
        f"it is one of the first {rule.most_attempts} attempts, on these patients, to replace the "
        "same version"
    )
    if rule.attempt > rule.most_attempts:
        said = (
            f"These patients were asked {rule.attempt - 1} times whether to replace this version: "
            "one more answer could be luck. Hold other patients out."
        )
        return Condition("attempts", demand, said, False)
    said = f"attempt {rule.attempt}, which may be lucky with p = {rule.level:.2g}"
    return Condition("attempts", demand, said, True)


def enough_patients(found: Evidence, rule: Rule) -> Condition:
    """Ask whether enough patients were held out to tell anything."""
    lacks = []
    if found.marked_patients < rule.patients:
        lacks.append(
            f"marks on held-out slices of {found.marked_patients} patients, "
            f"{rule.patients} are needed"
        )
    counted = {count.label: count for count in found.counts}
    for what, labels, member in (
        ("marks", found.marked_classes, "annotated_patients"),
        ("answers", found.answered_classes, "answer_patients"),
    ):
        for label in labels:
            n = getattr(counted[label], member) if label in counted else 0
            if n < rule.patients_per_class:
                lacks.append(
                    f"{what} on {label} of {n} held-out patients, {rule.patients_per_class} are "
                    "needed"
                )
    demand = (
        f"at least {rule.patients} held-out patients have marks, and every class "
        f"{rule.patients_per_class}"
    )
    held = f"{found.marked_patients} held-out patients have marks, every class enough"
    said = f"Too little was held out to tell: {'; '.join(lacks)}." if lacks else held
    return Condition("patients", demand, said, not lacks)


def _moved(found: Evidence, rule: Rule) -> tuple[Condition, ...]:
    """Ask whether what readers taught came about, and by more than without their reasons.

    Where the network followed what shall be ignored, it is the input that decides against the
    controls: a map can be led to where findings usually are by anybody's marks.
    """
    asked: list[tuple[Metric, Rival]] = [(found.primary, "before")]
    if reads_ignored(found, rule):
        asked += [(found.primary, "control_classification")]
        asked += [("flip_rate", rival) for rival in RIVALS[1:]]
    else:
        asked += [(found.primary, rival) for rival in RIVALS[1:]]
    return tuple(_better(found, rule, metric, rival) for metric, rival in asked)


def reads_ignored(found: Evidence, rule: Rule) -> bool:
    """Tell whether answers followed, before, what readers marked "ignore this"."""
    before = _row(found, "flip_rate").before.value
    return found.has_ignored and before is not None and before > rule.flips_read


def _better(found: Evidence, rule: Rule, metric: Metric, rival: Rival) -> Condition:
    meaning = METRICS[metric]
    test = _test(found, metric, rival)
    word = "higher" if meaning.better == "higher" else "lower"
    same = ", which stayed the network of before" if rival in found.unmoved else ""
    demand = f"{meaning.name}: {word} than {SAID_OF[rival]}{same}, beyond chance"
    apart = test.difference
    name = f"{'flips' if metric == 'flip_rate' else 'evidence'}_{rival}"
    if apart.low is None or apart.high is None or test.p_adjusted is None:
        return Condition(name, demand, "not measured", None)
    beyond = apart.low > 0 if meaning.better == "higher" else apart.high < 0
    return Condition(name, demand, _said(test), beyond and test.p_adjusted <= rule.level)


def _not_worse(found: Evidence, name: str, metric: Metric, demand: str) -> Condition:
    apart = _test(found, metric, "before").difference
    if apart.low is None or apart.high is None:
        return Condition(name, demand, "nothing to measure", True)
    worse = apart.high < 0 if METRICS[metric].better == "higher" else apart.low > 0
    return Condition(name, demand, _interval(apart), not worse)


def _flips(found: Evidence, rule: Rule) -> Condition:
    row = _row(found, "flip_rate")
    before, after = row.before, row.after
    spread = found.differences["flip_rate", "before"]
    highest = spread.bound(100 * (1 - rule.level))
    if before.value is None or after.value is None:
        demand = "answers do not follow what shall not matter"
        return Condition("flips", demand, "nothing could be erased or swapped", None)
    said = f"{before.value:.3f} before, {after.value:.3f} now"
    if reads_ignored(found, rule):
        demand = (
            f"answers follow what shall be ignored at most {rule.flips_left:g} times as often as "
            "before, clearly"
        )
        given_up = (
            after.value <= rule.flips_left * before.value
            and spread.bound(100 * (1 - rule.level / 2)) < 0
        )
        return Condition("flips", demand, said, given_up)
    demand = f"answers follow what shall not matter at most {rule.flip_margin:g} more often"
    return Condition(
        "flips", demand, f"{said}; at most {highest:+.3f}", highest <= rule.flip_margin
    )


def _accuracy(found: Evidence, rule: Rule) -> Condition:
    spread = found.differences["balanced_accuracy", "before"]
    lowest = spread.bound(100 * rule.level)
    demand = f"balanced accuracy is lower by at most {rule.accuracy_margin:g}"
    said = f"{spread.value:+.4f}, at least {lowest:+.4f} (one-sided {_percent(rule)} bound)"
    holds = lowest >= -rule.accuracy_margin if lowest == lowest else None
    return Condition("accuracy", demand, said if holds is not None else "not measured", holds)


def _calibration(found: Evidence, rule: Rule) -> Condition:
    apart = _test(found, "ece", "before").difference
    demand = f"calibration is not clearly worse by more than {rule.ece_margin:g}"
    if apart.value is None or apart.low is None:
        return Condition("calibration", demand, "not measured", None)
    worse = apart.value > rule.ece_margin and apart.low > 0
    return Condition("calibration", demand, _interval(apart), not worse)


def _percent(rule: Rule) -> str:
    return f"{100 * (1 - rule.level):.4g} %"


def _row(found: Evidence, metric: Metric) -> MetricRow:
    return next(row for row in found.rows if row.metric == metric)


def _test(found: Evidence, metric: Metric, rival: Rival) -> Comparison:
    return next(t for t in found.tests if (t.metric, t.against) == (metric, rival))


def _said(test: Comparison) -> str:
    p = test.p_adjusted
    text = "" if p is None else ", p < .001" if p < 0.001 else f", p = {p:.3f}"
    return f"{_interval(test.difference)}{text}"


def _interval(score: Score) -> str:
    return f"{score.value:+.3f} ({score.low:+.3f} to {score.high:+.3f})"


def _sentence(demand: str, *, shown: bool = False) -> str:
    return f"{'Shown' if shown else 'Not shown'}: {demand}."
