"""How readers agree on what images show: their own answers, compared beyond chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from neuroscope.measure.kappa import krippendorff_alpha, label_agreement
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.statistics import Interval, bootstrap_by_unit
from neuroscope.store.assignments import reads_blind
from neuroscope.store.database import Store
from neuroscope.store.reader_labels import ReaderLabel, read_handed_in
from neuroscope.store.worklist import pseudonyms

Subject = tuple[str, str, int | None]  # study, series, picture


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """How readers agree on images that two or more have answered, with intervals by patient.

    Attributes
    ----------
    alpha
        Krippendorff's, for names: all readers, whoever answered what.
    kappa
        Cohen's, of every two readers over the images both have answered.
    same
        Share of those to which both gave the same answer.
    """

    alpha: Interval
    kappa: Mapping[tuple[str, str], Interval]
    same: Mapping[tuple[str, str], float]


def agree_on_labels(store: Store, *, reader: str) -> LabelAgreement | None:
    """Compare the answers of readers over the store; None if no two answered the same image.

    Answers of blind readers count once they are handed in, and as they were then. Series that the
    one who asks reads blind are left out.
    """
    answers = _answers(store, reader)
    shared = {subject: own for subject, own in answers.items() if len(own) > 1}
    if not shared:
        return None
    names = sorted({name for own in shared.values() for name in own})
    table = np.full((len(names), len(shared)), np.nan)
    for column, own in enumerate(shared.values()):
        for name, label in own.items():
            table[names.index(name), column] = TUMOR_CLASSES.index(label)
    known = pseudonyms(store)
    patients = np.array([known[study_id] for study_id, _, _ in shared])
    pairs = {
        (first, second): both
        for first, second in combinations(names, 2)
        if (both := _both(table, names.index(first), names.index(second))).any()
    }
    rows = {two: [names.index(name) for name in two] for two in pairs}
    return LabelAgreement(
        alpha=bootstrap_by_unit(
            lambda drawn: krippendorff_alpha(table[:, drawn], level="nominal"), patients
        ),
        kappa={
            two: label_agreement(table[rows[two]][:, both], patients[both], coefficient="cohen")
            for two, both in pairs.items()
        },
        same={
            two: float((table[rows[two][0], both] == table[rows[two][1], both]).mean())
            for two, both in pairs.items()
        },
    )


def _answers(store: Store, reader: str) -> dict[Subject, dict[str, str]]:
    found = read_handed_in(store)
    with store.reading() as session:
        hidden = {
            place
            for place in {(one.study_id, one.series_id) for one in found}
            if reads_blind(session, *place, reader)
        }
    answers: dict[Subject, dict[str, str]] = {}
    for one in found:
        if (one.study_id, one.series_id) not in hidden and one.label is not None:
            answers.setdefault(_subject(one), {})[one.reader] = one.label
    return answers


def _subject(one: ReaderLabel) -> Subject:
    return one.study_id, one.series_id, one.slice_index


def _both(table: NDArray[np.float64], first: int, second: int) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(table[first]) & np.isfinite(table[second]))
