"""Say how much every sequence of a study has in its decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.explain.attribution.coalitions import MOST, shapley_values
from neuroscope.models.study_decision import decide_study
from neuroscope.records.analysis import SeriesFinding
from neuroscope.records.prediction import Prediction
from neuroscope.records.study import Series

TINY = 1e-9  # probabilities are kept above it, so that their logarithm is finite


@dataclass(frozen=True, slots=True)
class SequenceShare:
    """The share of one series in the decision, in logits, and what it says on its own."""

    series_id: str
    share: float
    alone: float


@dataclass(frozen=True, slots=True)
class SequenceImportance:
    """Shapley values of the series of a study for one class.

    Attributes
    ----------
    shares
        In the order of the study; they sum to `total`.
    total
        The centered log-probability of the class in the decision on the study.
    speaks
        The series whose answer is the decision.
    """

    target: str
    shares: tuple[SequenceShare, ...]
    total: float
    speaks: str


def sequence_importance(
    series: Sequence[Series], answers: Mapping[str, Prediction], target: str
) -> SequenceImportance:
    """Share the decision on a study out to its series, over all coalitions of them.

    Parameters
    ----------
    series
        All series of the study.
    answers
        The headline of every series that was answered, by id.

    Raises
    ------
    BadInputError
        If no series was answered, if there are more than twelve, or for an unknown class.

    Notes
    -----
    The worth of a coalition is what the study would be told if only these series were there: the
    rule of `models/study_decision.py`, asked again, lets one of them speak, and the worth is its
    log-probability of the class minus the mean over all classes. Without any series nothing is
    known: all classes are as likely, the worth is 0. Because one series speaks for a study, the
    share of a series that does not speak tells only what it would say if others were missing.
    """
    answered = [one.id for one in series if one.id in answers]
    if not answered or len(answered) > MOST:
        raise BadInputError(
            f"{len(answered)} series of this study were answered.",
            fix=f"One to {MOST} can be weighed against each other.",
        )

    def worth(who: Sequence[int]) -> float:
        speaks = _speaking(series, {answered[n]: answers[answered[n]] for n in who})
        return 0.0 if speaks is None else centered_log_p(answers[speaks], target)

    values = shapley_values(len(answered), worth)
    speaks = _speaking(series, answers)
    assert speaks is not None  # noqa: S101 - at least one was answered
    return SequenceImportance(
        target=target,
        shares=tuple(
            SequenceShare(name, float(value), worth([n]))
            for n, (name, value) in enumerate(zip(answered, values, strict=True))
        ),
        total=worth(range(len(answered))),
        speaks=speaks,
    )


def _speaking(series: Sequence[Series], answers: Mapping[str, Prediction]) -> str | None:
    """Ask who would speak for the study if only these series were there."""
    findings = [SeriesFinding(name, (), decision=said) for name, said in answers.items()]
    there = [one for one in series if one.id in answers]
    return decide_study(there, findings).series_id


def centered_log_p(answer: Prediction, target: str) -> float:
    """Give the log-probability of a class minus the mean over all classes.

    Raises
    ------
    BadInputError
        If there is no such class.
    """
    if target not in answer.p_class:
        raise BadInputError(
            f"There is no class {target!r}.", fix=f"Use one of {', '.join(answer.p_class)}."
        )
    logs = {name: float(np.log(max(p, TINY))) for name, p in answer.p_class.items()}
    return logs[target] - sum(logs.values()) / len(logs)
