"""Decide which series of a study speaks for it, and say what contradicts it.

A study often holds one head on several sequences, and the network knows one of them well. The
surest answer of all would be that of the sequence it knows least, as often as not. See
docs/explanation/volume-decision.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from neuroscope.records.analysis import SeriesFinding
from neuroscope.records.prediction import CLASS_NAMES, Prediction
from neuroscope.records.study import ROLE_NAMES, Role, Series

RANKS: tuple[tuple[Role, ...], ...] = (
    ("t1c",),  # nearly all tumors of the training data
    ("t1", "mr", "slice"),  # may be the same kind of image, or one close to it
    ("t2", "flair"),
    ("ct", "dwi", "adc", "swi", "other"),  # nothing like them was seen
)
UNHEARD = RANKS[-1]  # their answers contradict nobody
TUMOR_ML = 1.0  # a segmented tumor of less counts as none, as in the card of the segmenter


@dataclass(frozen=True, slots=True)
class StudyDecision:
    """Which series speaks for the study (None if nothing was analyzed), and what to doubt in it."""

    series_id: str | None
    cautions: tuple[str, ...]


def decide_study(series: Sequence[Series], findings: Sequence[SeriesFinding]) -> StudyDecision:
    """Let the series speak that is most like the training data; of several, the surest tumor.

    A series of a lower rank never overrides one of a higher rank, however sure it is.
    """
    role_of = {one.id: one.role for one in series}
    answers = {found.series_id: found.headline for found in findings if found.headline is not None}
    for rank in RANKS:
        said = {one: answer for one, answer in answers.items() if role_of[one] in rank}
        if said:
            tumors = {one: answer for one, answer in said.items() if answer.label != "notumor"}
            candidates = tumors or said
            chosen = max(candidates, key=lambda one: candidates[one].p_label)
            return StudyDecision(chosen, _contradiction(series, answers, chosen))
    return StudyDecision(None, ())


def contradiction_in_space(
    series: Sequence[Series],
    speaks: SeriesFinding | None,
    *,
    whole_tumor_ml: float,
    segmented_on: Sequence[str],
    is_given: bool = False,
) -> tuple[str, ...]:
    """Say so if the segmentation contradicts the answer of the study; neither is overturned.

    Parameters
    ----------
    speaks
        The series that speaks for the study; None if nothing was analyzed.
    whole_tumor_ml
        What was segmented, all lesions together.
    segmented_on
        Roles of the sequences that the segmenter used, at least one.
    is_given
        Whether the outlines came from a person or another program.
    """
    answer = speaks.headline if speaks is not None else None
    if speaks is None or answer is None:
        return ()
    is_found = whole_tumor_ml >= TUMOR_ML
    if is_found == (answer.label != "notumor"):
        return ()
    if is_found:
        found = f"finds {whole_tumor_ml:.1f} ml of tumor"
    elif is_given or _show_tumors(segmented_on):
        found = f"finds no tumor (less than {TUMOR_ML:g} ml)"
    else:
        return ()
    both, other = "The two networks", "segmenter"
    if is_given:
        both, other = "The classifier and the given mask", "mask"
    sentence = (
        f"{both} contradict each other: the classifier says "
        f"{CLASS_NAMES[answer.label].lower()} on {_names(series)[speaks.series_id]}, the {other} "
        f"{found} on {_listed(segmented_on)}. The study is listed with the answer of the "
        "classifier; a person must look at the images."
    )
    return (sentence,)


def _show_tumors(roles: Sequence[str]) -> bool:
    """Tell whether finding no tumor on these sequences says anything, as measured in the card."""
    return "flair" in roles or {"t1c", "t2"} <= set(roles)


def _listed(roles: Sequence[str]) -> str:
    *others, last = [name for role, name in ROLE_NAMES.items() if role in roles]
    return f"{', '.join(others)} and {last}" if others else last


def _contradiction(
    series: Sequence[Series], answers: Mapping[str, Prediction], chosen: str
) -> tuple[str, ...]:
    """Name the answers if series that can be heard differ in theirs."""
    names = _names(series)
    heard: dict[str, list[str]] = {}
    for one in sorted(series, key=lambda one: one.id != chosen):  # the answer of the study first
        if one.id in answers and one.role not in UNHEARD:
            heard.setdefault(answers[one.id].label, []).append(names[one.id])
    if len(heard) < 2:
        return ()
    listed = "; ".join(
        f"{CLASS_NAMES[label].lower()} on {' and '.join(of)}" for label, of in heard.items()
    )
    sentence = (
        f"The series of this study contradict each other: {listed}. The study is listed with the "
        f"answer on {names[chosen]}; look at the others too."
    )
    return (sentence,)


def _names(series: Sequence[Series]) -> dict[str, str]:
    """Name every series as briefly as tells them apart."""
    for named in ([ROLE_NAMES[one.role] for one in series], [one.title for one in series]):
        if len(set(named)) == len(named):
            return {one.id: name for one, name in zip(series, named, strict=True)}
    return {one.id: f"{one.title} (series {n})" for n, one in enumerate(series, start=1)}
