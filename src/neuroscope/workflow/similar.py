"""From a study to similar past cases, why they are similar, and how far to trust them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, NeuroscopeError, NotFoundError
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.metric import Metric
from neuroscope.records.prediction import Prediction
from neuroscope.records.similar import (
    CaseFacts,
    Embedded,
    Hit,
    Neighbor,
    Similar,
    VectorKind,
)
from neuroscope.retrieve.conditions import Condition, none_of, one_of
from neuroscope.retrieve.embed import Embedder
from neuroscope.retrieve.index import VectorIndex
from neuroscope.retrieve.rank import Kin, Ranked, kin_of, nudged, rank_cases
from neuroscope.retrieve.trust import NEIGHBORS, Clarity, same_source_rate, vote_of
from neuroscope.retrieve.why import compared, why_similar
from neuroscope.workflow.embed_case import embed_case, see_entry
from neuroscope.workflow.similar_query import Box, View, box_query

CT = ("ct",)
TWIN = 0.999  # cosine above which two slices are probably one picture
MOST_CASES = 100
MODEL_LABELS = (
    "No person has said what these cases are; the labels are the network's own and say nothing new."
)
DISPUTED = "The neighbors say {0}, the network says {1}. Look at both before you rely on either."
SHORTCUT = (
    "{0:.0%} of the neighbors come from where the query comes from, of all cases {1:.0%}: the "
    "search may find where an image was made rather than what it shows."
)
KNOWN = "Cases of the same patient, or that share images with them, were left out: {0} vectors."
TWINS = "This is probably the same picture as the query, under another patient."

Load = Callable[[str], ImportedStudy | None]
Explain = Callable[[Ranked, Embedded], Neighbor]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, besides the images.

    Attributes
    ----------
    region
        Top, left, bottom and right edge, in pixels of the picture, of what shall be found again.
    relevant, not_relevant
        Ids of cases that were marked in an earlier answer.
    patient, groups
        Whose the query is, and its leak groups, as the index names them; without a patient, whom
        the files name.
    """

    conditions: tuple[Condition, ...] = ()
    most: int = NEIGHBORS
    facts: CaseFacts = field(default_factory=CaseFacts)
    lesions_only: bool = False
    region: Box | None = None
    relevant: tuple[str, ...] = ()
    not_relevant: tuple[str, ...] = ()
    patient: str = ""
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.most <= MOST_CASES:
            raise BadInputError(
                f"{self.most} cases were asked for.", fix=f"Ask for 1 to {MOST_CASES}."
            )
        if both := set(self.relevant) & set(self.not_relevant):
            raise BadInputError(
                f"Case {min(both)} is marked relevant and not relevant.", fix="Decide for one."
            )


def find_similar(
    imported: ImportedStudy,
    index: VectorIndex,
    embedder: Embedder,
    question: Question,
    *,
    load: Load,
    calibration: Sequence[Clarity] = (),
    predicted: Prediction | None = None,
    metric: Metric | None = None,
) -> Similar:
    """Find the past cases that are most like a study.

    Parameters
    ----------
    load
        Gives the images of a past case, to say why it is similar; None where they are not at hand.
    calibration
        From `calibrate_votes`.
    predicted
        What the network says of the study, to compare with what the neighbors turned out to be.
    metric
        As `answer` takes it.

    Raises
    ------
    BadInputError
        If the index is empty, holds no images of this modality, nothing fulfills the conditions,
        or the region cannot be used.
    ConflictError
        If the index was made with another network.
    """
    index.space.require_same(embedder.space)
    require_cases(index)
    query, view = _query(imported, embedder, question)

    def explain(one: Ranked, asked: Embedded) -> Neighbor:
        return _explained(one, asked, view, embedder, load)

    return answer(
        index,
        query,
        question,
        calibration=calibration,
        predicted=predicted,
        explain=explain,
        metric=metric,
    )


def answer(
    index: VectorIndex,
    query: Embedded,
    question: Question,
    *,
    calibration: Sequence[Clarity] = (),
    predicted: Prediction | None = None,
    explain: Explain | None = None,
    metric: Metric | None = None,
) -> Similar:
    """Find the past cases whose vectors are most like some vectors of one case.

    Parameters
    ----------
    query
        All of one case, its first entry tells whose it is; at least one.
    explain
        Says why a case is similar; without, features are set side by side and no place is drawn.
    metric
        Learned from judgments of readers. Like marks, it orders the cases that are shown; who
        votes is decided by the plain cosine alone, since neither may touch a diagnosis.

    Raises
    ------
    BadInputError
        If the index is empty, holds no images of this modality, or nothing fulfills the conditions.
    ConflictError
        If the query is of another network.
    """
    index.space.require_same(query.space)
    require_cases(index)
    own = query.entries[0]
    kin = kin_of(index, own.patient, {own.group, *question.groups})
    allowed = (*question.conditions, *_same_modality(index, query))
    searched = _searched(index, kin, allowed, question.conditions)
    most = max(question.most, NEIGHBORS)
    ranked = plain = rank_cases(index, query, kin, allowed, most=most)
    moved = _with_feedback(query, index, question)
    if moved is not query or metric is not None:
        ranked = rank_cases(index, query, kin, allowed, most=most, moved=moved, metric=metric)
    voters = plain[:NEIGHBORS]
    near, base = _sources(index, own.facts.source, ranked[:NEIGHBORS], (*kin.conditions, *allowed))
    itself = index.count([one_of("case_id", [own.case_id])])
    found = Similar(
        space=index.space,
        neighbors=tuple((explain or _plain)(one, query) for one in ranked[: question.most]),
        vote=vote_of([Hit(one.best.entry, one.score) for one in voters], calibration),
        searched=searched,
        excluded=max(0, index.count(()) - index.count(kin.conditions) - itself),
        predicted=predicted.label if predicted else None,
        p_predicted=predicted.p_label if predicted else None,
        same_source=near,
        base_same_source=base,
        reordered_by=(
            *(("marks",) if moved is not query else ()),
            *(("judgments",) if metric is not None else ()),
        ),
    )
    return replace(found, cautions=_cautions(found))


def require_cases(index: VectorIndex) -> None:
    """Refuse to search where nothing is.

    Raises
    ------
    BadInputError
        If the index is empty.
    """
    if index.count(()) == 0:
        raise BadInputError("The index holds no cases yet.", fix="Fill it: neuroscope index")


def _query(
    imported: ImportedStudy, embedder: Embedder, question: Question
) -> tuple[Embedded, View]:
    """Embed the query; give its vectors, and the way to see again what is behind one of them."""
    patient = question.patient or imported.study.pseudonym
    if question.region is not None:
        return box_query(imported, question.region, embedder, patient=patient, facts=question.facts)
    whole = embed_case(
        imported,
        embedder,
        case_id=imported.study.id,
        patient=patient,
        group=patient,
        facts=question.facts,
    )
    kinds: tuple[VectorKind, ...] = ("slice", "lesion") if imported.volumes else ("slice",)
    query = whole.of_kind(*(("lesion",) if question.lesions_only else kinds))
    if not query.entries:
        raise BadInputError(
            "The network sees no lesion in this study.",
            fix="Search by whole slices, or draw the region: --region TOP,LEFT,BOTTOM,RIGHT.",
        )
    return query, lambda entry: see_entry(imported, entry, embedder)[1]


def _same_modality(index: VectorIndex, query: Embedded) -> tuple[Condition, ...]:
    """Compare CT with CT only, and MR with MR only."""
    is_ct = [entry.facts.sequence in CT for entry in query.entries]
    wanted = one_of("sequence", CT) if all(is_ct) else none_of("sequence", CT)
    if index.count([wanted]) == 0:
        kind = "CT" if all(is_ct) else "MR"
        raise BadInputError(
            f"The query is {kind}, and the index holds no {kind}.",
            fix=f"Add {kind} cases to it: neuroscope index.",
        )
    return (wanted,)


def _searched(
    index: VectorIndex, kin: Kin, allowed: Sequence[Condition], asked: Sequence[Condition]
) -> int:
    searched = index.count((*kin.conditions, *allowed))
    if searched == 0:
        if not asked:
            raise BadInputError(
                "The index holds no case of another patient to compare with.",
                fix="Analyze studies of other patients, or add past cases: neuroscope index.",
            )
        counts = [f"{one.text} ({index.count([one])})" for one in asked]
        which = f"Vectors that fulfill each condition: {', '.join(counts)}. "
        raise BadInputError(
            "No case of the index fulfills all conditions, the query's own patient left out.",
            fix=f"{which}Leave a condition out, or add cases: neuroscope index.",
        )
    return searched


def _sources(
    index: VectorIndex,
    source: str | None,
    voters: Sequence[Ranked],
    allowed: Sequence[Condition],
) -> tuple[float | None, float | None]:
    """Give the share of the query's source among the neighbors, and among all who could be."""
    near, _ = same_source_rate(source, [one.best.entry for one in voters], ())
    known = index.count((*allowed, none_of("source", [""]))) if source else 0
    if source is None or not known:
        return near, None
    return near, index.count((*allowed, one_of("source", [source]))) / known


def _with_feedback(query: Embedded, index: VectorIndex, question: Question) -> Embedded:
    """Move the query by what was marked; nothing marked leaves it as it is."""
    if not (question.relevant or question.not_relevant):
        return query
    marked = []
    for ids in (question.relevant, question.not_relevant):
        found = index.fetch([one_of("case_id", ids)])
        unknown = set(ids) - {entry.case_id for entry in found.entries}
        if unknown:
            raise NotFoundError(
                f"There is no case {min(unknown)} in the index.", fix="Take ids from an answer."
            )
        marked.append(found)
    vectors = [
        nudged(vector, *(_of_kind(one, entry.kind) for one in marked))
        for entry, vector in zip(query.entries, query.vectors, strict=True)
    ]
    return Embedded(query.space, query.entries, np.stack(vectors))


def _of_kind(found: Embedded, kind: VectorKind) -> NDArray[np.float32]:
    return found.of_kind(kind).vectors


def _plain(ranked: Ranked, query: Embedded) -> Neighbor:
    """Set a case beside the query, features only."""
    asked, found = query.entries[ranked.query_row], ranked.best.entry
    return Neighbor(
        case_id=ranked.case_id,
        score=ranked.score,
        best=ranked.best,
        query_entry=asked,
        compared=compared(asked.facts, found.facts),
        cautions=(TWINS,) if ranked.best.score > TWIN else (),
    )


def _explained(
    ranked: Ranked,
    query: Embedded,
    view: View,
    embedder: Embedder,
    load: Load,
) -> Neighbor:
    """Say why a case is similar, where its images are at hand."""
    plain = _plain(ranked, query)
    try:
        imported = load(ranked.case_id)
        if imported is None:
            return plain
        match = see_entry(imported, ranked.best.entry, embedder)[1]
        return replace(plain, why=why_similar(view(plain.query_entry), match))
    except NeuroscopeError as error:
        caution = f"Why it is similar cannot be shown: {error.problem}"
        return replace(plain, cautions=(*plain.cautions, caution))


def _cautions(found: Similar) -> tuple[str, ...]:
    cautions = []
    if found.is_disputed:
        cautions.append(DISPUTED.format(found.vote.label, found.predicted))
    if not found.vote.labeled:
        cautions.append(MODEL_LABELS)
    near, base = found.same_source, found.base_same_source
    if near is not None and base is not None and near > base + 0.2:
        cautions.append(SHORTCUT.format(near, base))
    if found.excluded:
        cautions.append(KNOWN.format(found.excluded))
    return tuple(cautions)
