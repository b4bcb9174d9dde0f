"""From a study to similar past cases, why they are similar, and how far to trust them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, NeuroscopeError, NotFoundError
from neuroscope.preprocess.orient import slices_of
from neuroscope.preprocess.slice_input import PreparedSlice, prepare_slice
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import Prediction
from neuroscope.records.similar import (
    CaseFacts,
    Embedded,
    Entry,
    Hit,
    Neighbor,
    Similar,
    VectorKind,
)
from neuroscope.retrieve.conditions import Condition, none_of, one_of
from neuroscope.retrieve.embed import Embedder, SeenSlice, region_of, see
from neuroscope.retrieve.index import VectorIndex
from neuroscope.retrieve.rank import Kin, Ranked, kin_of, nudged, rank_cases
from neuroscope.retrieve.trust import NEIGHBORS, Clarity, same_source_rate, vote_of
from neuroscope.retrieve.why import compared, why_similar
from neuroscope.workflow.embed_case import embed_case, see_entry

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
View = Callable[[Entry], SeenSlice]
Box = tuple[int, int, int, int]


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

    Raises
    ------
    BadInputError
        If the index is empty, holds no images of this modality, nothing fulfills the conditions,
        or the region cannot be used.
    ConflictError
        If the index was made with another network.
    """
    index.space.require_same(embedder.space)
    if index.count(()) == 0:
        raise BadInputError("The index holds no cases yet.", fix="Fill it: neuroscope index")
    query, view = _query(imported, embedder, question)
    own = query.entries[0]
    kin = kin_of(index, own.patient, {own.group, *question.groups})
    allowed = (*question.conditions, *_same_modality(index, query))
    searched = _searched(index, kin, allowed, question.conditions)
    query = _with_feedback(query, index, question)
    ranked = rank_cases(index, query, kin, allowed, most=max(question.most, NEIGHBORS))
    voters = ranked[:NEIGHBORS]
    everyone = index.fetch((*kin.conditions, *allowed)).entries if own.facts.source else ()
    near, base = same_source_rate(own.facts.source, [r.best.entry for r in voters], everyone)
    found = Similar(
        space=index.space,
        neighbors=tuple(
            _explained(one, query, view, embedder, load) for one in ranked[: question.most]
        ),
        vote=vote_of([Hit(one.best.entry, one.score) for one in voters], calibration),
        searched=searched,
        excluded=index.count(()) - index.count(kin.conditions),
        predicted=predicted.label if predicted else None,
        p_predicted=predicted.p_label if predicted else None,
        same_source=near,
        base_same_source=base,
    )
    return replace(found, cautions=_cautions(found))


def _query(
    imported: ImportedStudy, embedder: Embedder, question: Question
) -> tuple[Embedded, View]:
    """Embed the query; give its vectors, and the way to see again what is behind one of them."""
    patient = question.patient or imported.study.pseudonym
    if question.region is not None:
        return _region_query(imported, embedder, question, patient)
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


def _region_query(
    imported: ImportedStudy, embedder: Embedder, question: Question, patient: str
) -> tuple[Embedded, View]:
    series = imported.study.series[0]
    held = imported.slices.get(series.id, ())
    if len(imported.study.series) != 1 or len(held) != 1:
        raise BadInputError(
            "A region was drawn, but the study is not one single picture.",
            fix="Give the picture it was drawn on.",
        )
    prepared = prepare_slice(slices_of(held).get(0), size=embedder.spec.size)
    assert question.region is not None  # noqa: S101 - asked by the caller
    region = _on_prepared(question.region, held[0].pixels.shape, prepared)
    seen = region_of(prepared, see([prepared], embedder)[0], embedder, region)
    facts = replace(
        question.facts,
        sequence=series.role,
        lesion_share=seen.facts.lesion_share,
        lesion_row=seen.facts.lesion_row,
        lesion_column=seen.facts.lesion_column,
        lesion_brightness=seen.facts.lesion_brightness,
    )
    study = imported.study.id
    entry = Entry(
        f"{study}/region", "lesion", study, patient, patient, series.id, 0, held[0].name, facts
    )
    return Embedded(embedder.space, (entry,), seen.vector[None]), lambda _: seen


def _on_prepared(region: Box, shape: tuple[int, ...], prepared: PreparedSlice) -> NDArray[np.bool_]:
    """Carry a box on the picture onto the pixels of the prepared slice."""
    top, left, bottom, right = region
    rows, columns = shape
    if not (0 <= top < bottom <= rows and 0 <= left < right <= columns):
        raise BadInputError(
            f"The region {region} does not lie on the picture of {rows} x {columns} pixels.",
            fix="Write top,left,bottom,right in pixels, such as 40,60,90,110.",
        )
    size = prepared.image.shape[0]
    step, down, across = (
        float(prepared.to_pixels[0, 0]),
        float(prepared.to_pixels[0, 2]),
        float(prepared.to_pixels[1, 2]),
    )
    line = np.arange(size) * step
    inside_rows = (line + down >= top - 0.5) & (line + down < bottom - 0.5)
    inside_columns = (line + across >= left - 0.5) & (line + across < right - 0.5)
    return np.asarray(inside_rows[:, None] & inside_columns[None])


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
        counts = [f"{one.text} ({index.count([one])})" for one in asked]
        which = f"Vectors that fulfill each condition: {', '.join(counts)}. " if counts else ""
        raise BadInputError(
            "No case of the index fulfills all conditions, the query's own patient left out.",
            fix=f"{which}Leave a condition out, or add cases: neuroscope index.",
        )
    return searched


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


def _explained(
    ranked: Ranked,
    query: Embedded,
    view: View,
    embedder: Embedder,
    load: Load,
) -> Neighbor:
    """Say why a case is similar, where its images are at hand."""
    asked, found = query.entries[ranked.query_row], ranked.best.entry
    cautions = [TWINS] if ranked.best.score > TWIN else []
    why = None
    try:
        imported = load(ranked.case_id)
        if imported is not None:
            why = why_similar(view(asked), see_entry(imported, found, embedder)[1])
    except NeuroscopeError as error:
        cautions.append(f"Why it is similar cannot be shown: {error.problem}")
    return Neighbor(
        case_id=ranked.case_id,
        score=ranked.score,
        best=ranked.best,
        query_entry=asked,
        compared=compared(asked.facts, found.facts),
        why=why,
        cautions=tuple(cautions),
    )


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
