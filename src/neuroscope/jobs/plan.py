"""What the analysis of a study is cut into: parts small enough to be run again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from neuroscope.preprocess.orient import SliceSource
from neuroscope.workflow.analyze import CHUNK, indices_to_run


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some slices of one series, run in one step; `done` slices of the study come before it."""

    series_id: str
    indices: tuple[int, ...]
    done: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for a study; small, because the queue keeps it."""

    study_id: str
    analysis_id: str
    series_ids: tuple[str, ...]
    chunks: tuple[Chunk, ...]
    total: int
    maps: tuple[tuple[str, str], ...]  # (series, class) for every evidence volume


def plan_of(
    study_id: str,
    analysis_id: str,
    sources: Mapping[str, SliceSource],
    classes: Sequence[str],
) -> Plan:
    """Cut the slices of all series into chunks; every volume gets a map of every class."""
    chunks: list[Chunk] = []
    done = 0
    for series_id, source in sources.items():
        indices = indices_to_run(source)
        for first in range(0, len(indices), CHUNK):
            chunk = Chunk(series_id, tuple(indices[first : first + CHUNK]), done)
            chunks.append(chunk)
            done += len(chunk.indices)
    volumes = [series_id for series_id, source in sources.items() if source.cut is not None]
    return Plan(
        study_id=study_id,
        analysis_id=analysis_id,
        series_ids=tuple(sources),
        chunks=tuple(chunks),
        total=done,
        maps=tuple((series_id, target) for series_id in volumes for target in classes),
    )
