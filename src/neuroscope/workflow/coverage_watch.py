"""Watch whether sets of classes still hold, by what readers have confirmed."""

from dataclasses import dataclass

from neuroscope.records.doubt import LEVELS
from neuroscope.reliability.doubt.drift import Drift, watch
from neuroscope.store.confirmed import confirmed_answers
from neuroscope.store.database import Store


@dataclass(frozen=True, slots=True)
class CoverageWatch:
    """What confirmed answers say of each level, and what could not be used."""

    levels: tuple[tuple[str, Drift], ...]
    disputed: int
    without_sets: int


def watch_coverage(store: Store) -> CoverageWatch:
    """Judge each level in percent by one confirmed answer of each patient, in their order."""
    found = confirmed_answers(store)
    return CoverageWatch(
        levels=tuple(
            (
                level,
                watch(
                    [one.label not in one.sets[level] for one in found.answers],
                    promised=(100 - int(level)) / 100,
                ),
            )
            for level in LEVELS
        ),
        disputed=found.disputed,
        without_sets=found.without_sets,
    )
