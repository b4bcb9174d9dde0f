"""Write an answer about similar cases as JSON (`docs/reference/similar-json.md`) and as words."""

from typing import Any

from neuroscope.records.prediction import CLASS_NAMES
from neuroscope.records.similar import Compared, Neighbor, Similar, WhySimilar
from neuroscope.settings import RESEARCH_USE

SCHEMA = "neuroscope/similar/1"
PAIRS = 5  # strongest pairs of places that are named
FEATURES = {
    "label": "class",
    "sequence": "sequence",
    "plane": "plane",
    "grade": "grade",
    "site": "site",
    "source": "source",
    "volume_ml": "volume",
    "lesion_share": "size in the slice",
    "lesion_brightness": "brightness of the lesion",
    "age": "age",
    "place": "place in the slice",
}

Json = dict[str, Any]


def similar_json(found: Similar) -> Json:
    """Describe an answer by plain dicts, lists, strings and numbers."""
    vote = found.vote
    return {
        "schema": SCHEMA,
        "research_use": RESEARCH_USE,
        "space": {
            "model": found.space.model,
            "version": found.space.version,
            "sha256": found.space.sha256,
            "preparation": found.space.preparation,
            "dimension": found.space.dimension,
        },
        "searched_vectors": found.searched,
        "excluded_vectors": found.excluded,
        "predicted": found.predicted,
        "p_predicted": found.p_predicted,
        "vote": {
            "label": vote.label,
            "shares": dict(vote.shares),
            "labeled": vote.labeled,
            "p_right": vote.p_right,
            "p_right_interval": None
            if vote.p_right is None
            else [vote.p_right_low, vote.p_right_high],
            "p_right_cases": vote.p_right_cases,
        },
        "is_disputed": found.is_disputed,
        "reordered_by": list(found.reordered_by),
        "same_source": found.same_source,
        "base_same_source": found.base_same_source,
        "neighbors": [_neighbor(one, rank) for rank, one in enumerate(found.neighbors, start=1)],
        "cautions": list(found.cautions),
    }


def _neighbor(one: Neighbor, rank: int) -> Json:
    best = one.best.entry
    return {
        "rank": rank,
        "case_id": one.case_id,
        "score": one.score,
        "best_cosine": one.best.score,
        "kind": best.kind,
        "entry_id": best.id,
        "query_entry_id": one.query_entry.id,
        "series_id": best.series_id,
        "slice_index": best.slice_index,
        "name": best.name,
        "query_name": one.query_entry.name,
        "facts": {name: v for name, v in best.facts.as_dict().items() if v is not None},
        "compared": [
            {"feature": c.feature, "query": c.query, "match": c.match, "is_alike": c.is_alike}
            for c in one.compared
        ],
        "why": None if one.why is None else _why(one.why),
        "cautions": list(one.cautions),
    }


def _why(why: WhySimilar) -> Json:
    return {
        "score": why.score,
        "completeness_error": why.completeness_error,
        "query_map": [[round(float(v), 7) for v in row] for row in why.query_map],
        "match_map": [[round(float(v), 7) for v in row] for row in why.match_map],
        "pair_grid": list(why.pair_grid),
        "strongest_pairs": [
            {"query_place": q, "match_place": m, "contribution": share}
            for q, m, share in why.strongest_pairs(PAIRS)
        ],
    }


def similar_lines(found: Similar) -> tuple[str, ...]:
    """Put an answer into lines for a person."""
    number, space = len(found.neighbors), found.space.title
    lines = [f"{number} similar cases, by {space}, among {found.searched} vectors"]
    for rank, one in enumerate(found.neighbors, start=1):
        lines.append(f"  {rank}. {one.score:.3f}  {_name(one)}")
        alike = [_feature(c) for c in one.compared if c.is_alike]
        other = [f"{_feature(c)} ({c.query} / {c.match})" for c in one.compared if not c.is_alike]
        if alike:
            lines.append(f"     alike: {', '.join(alike)}")
        if other:
            lines.append(f"     other: {', '.join(other)}")
        lines += [f"     {caution}" for caution in one.cautions]
    lines += _vote_lines(found)
    if found.same_source is not None and found.base_same_source is not None:
        lines.append(
            f"Of the query's source: {found.same_source:.0%} of the neighbors, "
            f"{found.base_same_source:.0%} of all"
        )
    return tuple(lines)


def _vote_lines(found: Similar) -> list[str]:
    vote = found.vote
    if vote.label is None:
        return []
    lines = [f"The neighbors say {_class(vote.label)}, with {vote.shares[vote.label]:.0%}"]
    if vote.p_right is not None:
        lines.append(
            f"  so clear a vote was right in {vote.p_right:.0%} of {vote.p_right_cases} cases "
            f"({vote.p_right_low:.0%} to {vote.p_right_high:.0%})"
        )
    else:
        lines.append("  too few labeled cases tell how often so clear a vote is right")
    if found.predicted is not None:
        lines.append(f"The network says {_class(found.predicted)}, p = {found.p_predicted:.2f}")
    return lines


def _name(one: Neighbor) -> str:
    facts = one.best.entry.facts
    by = {"model": "by the network", "reader": "by readers", "reference": "known"}
    label = f"{_class(facts.label)} ({by[facts.label_source or 'model']})" if facts.label else "?"
    return f"{label}  case {one.case_id}  {one.best.entry.name}".rstrip()


def _class(label: str) -> str:
    return CLASS_NAMES.get(label, label)


def _feature(one: Compared) -> str:
    return FEATURES[one.feature]
