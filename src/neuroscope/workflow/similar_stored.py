"""Similar cases of what lies in the store: what a page asks, answered from vectors kept before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import NotFoundError
from neuroscope.preprocess.orient import slices_of
from neuroscope.preprocess.slice_input import PreparedSlice, prepare_slice
from neuroscope.records.annotation import Annotation
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.metric import Metric
from neuroscope.records.prediction import Prediction
from neuroscope.records.similar import CaseFacts, Embedded, Entry, LabelSource, Similar, WhySimilar
from neuroscope.retrieve.conditions import one_of, parse_conditions
from neuroscope.retrieve.embed import HEALTHY, Embedder, SeenSlice
from neuroscope.retrieve.index import VectorIndex
from neuroscope.retrieve.trust import NEIGHBORS, Clarity
from neuroscope.retrieve.why import why_similar
from neuroscope.store.database import Store
from neuroscope.store.results import newest_finished, read_analysis
from neuroscope.store.stored_analysis import StoredAnalysis
from neuroscope.store.studies import load_study, read_study
from neuroscope.workflow.embed_case import see_entry
from neuroscope.workflow.similar import Question, answer, require_cases
from neuroscope.workflow.similar_query import View, drawn_query, slice_query

ASKING = 12  # vectors of a study that ask, at most: the slices that look most like a tumor
NOT_INDEXED = "This study is not among the indexed cases yet."


@dataclass(frozen=True, slots=True, eq=False)
class PastCases:
    """What answers: the index, the network it was made with, and the images of past cases.

    Attributes
    ----------
    load
        Gives the images of a past case; None where they are not at hand.
    metric
        Learned from judgments of readers, for the vectors of this index.
    """

    store: Store
    index: VectorIndex
    embedder: Embedder
    calibration: Sequence[Clarity]
    load: Callable[[str], ImportedStudy | None]
    metric: Metric | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a page asks: of a whole study, of one slice of it, or of what a reader drew.

    Attributes
    ----------
    series_id, slice_index
        Both for one slice; neither for the whole study.
    drawn
        What was drawn, for lesions like it.
    filter_text
        As `parse_conditions` reads it.
    analysis_id
        Whose answer the neighbors are compared with; the newest finished one if None.
    """

    study_id: str
    series_id: str | None = None
    slice_index: int | None = None
    drawn: Annotation | None = None
    filter_text: str = ""
    most: int = NEIGHBORS
    relevant: tuple[str, ...] = ()
    not_relevant: tuple[str, ...] = ()
    analysis_id: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two slices side by side, as the network saw them, and why they are similar.

    Attributes
    ----------
    query, match
        Gray values 0..1, shape `(size, size)`; the maps of `why` lie on them.
    """

    why: WhySimilar
    query: NDArray[np.float32]
    match: NDArray[np.float32]


def similar_to(asked: Asked, past: PastCases) -> Similar:
    """Find the past cases that are most like what a page shows.

    Raises
    ------
    BadInputError
        As `answer`, or if the filter or the drawing cannot be used.
    NotFoundError
        If the study is not there, or has no vectors yet.
    ConflictError
        If the index was made with another network.
    """
    read_study(past.store, asked.study_id)
    past.index.space.require_same(past.embedder.space)
    require_cases(past.index)
    question = Question(
        conditions=parse_conditions(asked.filter_text),
        most=asked.most,
        relevant=asked.relevant,
        not_relevant=asked.not_relevant,
    )
    query, _ = _query(asked, past)
    predicted = _predicted(past.store, asked, query)
    return answer(
        past.index,
        _as_predicted(query, predicted),
        question,
        calibration=past.calibration,
        predicted=predicted,
        metric=past.metric,
    )


def compare_with(asked: Asked, past: PastCases, *, query_id: str, match_id: str) -> Pair:
    """Take the similarity of two vectors apart over the places of both images.

    Parameters
    ----------
    query_id, match_id
        Ids of vectors, from an answer to the same question.

    Raises
    ------
    NotFoundError
        If a vector is gone, or the images of the past case are not at hand.
    ConflictError
        If the index was made with another network.
    """
    past.index.space.require_same(past.embedder.space)
    query, view = _query(asked, past)
    entry = next((one for one in query.entries if one.id == query_id), None)
    found = past.index.fetch([one_of("case_id", [match_id.split("/")[0]])])
    match = next((one for one in found.entries if one.id == match_id), None)
    if entry is None or match is None:
        raise NotFoundError(
            "This vector is not in the index any more.", fix="Search for similar cases again."
        )
    imported = past.load(match.case_id)
    if imported is None:
        raise NotFoundError(
            "The images of this case are not at hand.",
            fix="Put its file back to where it was when the index was made.",
        )
    prepared, seen = see_entry(imported, match, past.embedder)
    own, own_seen = _seen(asked, past, entry, view)
    return Pair(why_similar(own_seen, seen), own.image, prepared.image)


def _query(asked: Asked, past: PastCases) -> tuple[Embedded, View | None]:
    """Give the vectors that ask; of a drawing or a slice that is not kept, seen just now."""
    held = past.index.fetch([one_of("case_id", [asked.study_id])])
    if asked.drawn is None and asked.slice_index is None:
        return whole_query(held, _analysis(past.store, asked)), None
    imported = load_study(past.store, asked.study_id)
    patient = imported.study.pseudonym
    facts = _of_the_case(held)
    if asked.drawn is not None:
        return drawn_query(imported, asked.drawn, past.embedder, patient=patient, facts=facts)
    here = ("slice", asked.series_id, asked.slice_index)
    kept = [e for e in held.entries if (e.kind, e.series_id, e.slice_index) == here]
    if kept:
        return _only(held, kept), None
    index, series_id = asked.slice_index or 0, asked.series_id or ""
    return slice_query(imported, series_id, index, past.embedder, patient=patient, facts=facts)


def whole_query(held: Embedded, analysis: StoredAnalysis | None) -> Embedded:
    """Choose the vectors that ask for a whole study: slices with lesions first, and their lesions.

    They are of the series that speaks for the study.
    """
    series = None if analysis is None else analysis.headline_series
    entries = [e for e in held.entries if e.series_id == series] or list(held.entries)
    is_volume = any(e.kind == "volume" for e in entries)
    lesions = {e.slice_index: e for e in reversed(entries) if e.kind == "lesion"}
    slices = [e for e in entries if e.kind == "slice"]
    shown = [e for e in slices if e.slice_index in lesions] or slices
    if is_volume:
        chosen = [*_spread(shown, ASKING // 2)]
        chosen += [lesions[e.slice_index] for e in chosen if e.slice_index in lesions]
    else:
        chosen = [*_spread(shown, ASKING)]
    if not chosen:
        raise NotFoundError(
            NOT_INDEXED, fix="Wait for its analysis to end, or make the index: neuroscope index"
        )
    return _only(held, chosen)


def _spread(entries: Sequence[Entry], most: int) -> Sequence[Entry]:
    if len(entries) <= most:
        return entries
    return [entries[at] for at in np.linspace(0, len(entries) - 1, most).round().astype(int)]


def _only(held: Embedded, entries: Sequence[Entry]) -> Embedded:
    rows = {entry.id: row for row, entry in enumerate(held.entries)}
    vectors = held.vectors[[rows[entry.id] for entry in entries]]
    return Embedded(held.space, tuple(entries), vectors)


def _of_the_case(held: Embedded) -> CaseFacts:
    """Give what is known of the whole case, not of one image of it."""
    if not held.entries:
        return CaseFacts()
    facts = held.entries[0].facts
    return CaseFacts(
        age=facts.age,
        grade=facts.grade,
        site=facts.site,
        source=facts.source,
        date=facts.date,
        volume_ml=facts.volume_ml,
    )


def _seen(
    asked: Asked, past: PastCases, entry: Entry, view: View | None
) -> tuple[PreparedSlice, SeenSlice]:
    """See again what is behind a vector of the query."""
    imported = load_study(past.store, asked.study_id)
    if view is None:
        return see_entry(imported, entry, past.embedder)
    held = imported.volumes.get(entry.series_id) or imported.slices[entry.series_id]
    image = slices_of(held).get(entry.slice_index)
    return prepare_slice(image, size=past.embedder.spec.size), view(entry)


def _analysis(store: Store, asked: Asked) -> StoredAnalysis | None:
    analysis_id = asked.analysis_id or newest_finished(store, asked.study_id)
    return None if analysis_id is None else read_analysis(store, analysis_id)


def _predicted(store: Store, asked: Asked, query: Embedded) -> Prediction | None:
    """Give what the network says of what is asked: of the slice, or of the whole study."""
    analysis = _analysis(store, asked)
    own = query.entries[0]
    wanted = (
        own.series_id if asked.series_id or asked.drawn else analysis and analysis.headline_series
    )
    series = next((s for s in (analysis.series if analysis else ()) if s.series_id == wanted), None)
    if series is None:
        return None
    slices = {one.index: one.prediction for one in series.slices}
    is_one = asked.slice_index is not None or asked.drawn is not None
    if is_one or series.decision is None:
        at = own.slice_index if is_one else _surest(slices)
        return slices.get(at) if at is not None else None
    return series.decision


def _as_predicted(query: Embedded, predicted: Prediction | None) -> Embedded:
    """Call the query what the network calls it: what readers said of it is not told here."""
    label = None if predicted is None else predicted.label
    source: LabelSource | None = None if label is None else "model"
    entries = tuple(
        replace(entry, facts=replace(entry.facts, label=label, label_source=source))
        for entry in query.entries
    )
    return Embedded(query.space, entries, query.vectors)


def _surest(slices: Mapping[int, Prediction]) -> int | None:
    """Name the slice that speaks for a series of pictures: the surest tumor, else the surest."""
    tumors = {n: p for n, p in slices.items() if p.label != HEALTHY}
    found = tumors or dict(slices)
    return max(found, key=lambda n: found[n].p_label) if found else None
