"""Conditions on what is known of a case: from a person's words to the query of an index.

`class=glioma age=40..60 plane=axial,coronal` means: the class is glioma, and the age is at least 40
and at most 60, and the plane is one of two. A case of which a fact is not known never fulfills a
condition on it.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy import ColumnElement, Table, and_, true

from neuroscope.errors import BadInputError

FieldKind = Literal["word", "number", "date"]
FIELDS: Mapping[str, tuple[str, FieldKind]] = MappingProxyType(
    {  # what people write -> column, and what it holds
        "class": ("label", "word"),
        "sequence": ("sequence", "word"),
        "plane": ("plane", "word"),
        "grade": ("grade", "word"),
        "site": ("site", "word"),
        "source": ("source", "word"),
        "age": ("age", "number"),
        "volume": ("volume_ml", "number"),
        "date": ("date", "date"),
    }
)
COLUMNS = frozenset({"kind", "case_id", "patient", "group", *(name for name, _ in FIELDS.values())})
LONGEST = 500  # characters of a query
UNKNOWN_WORD = ""  # stands for a word nobody knows, in a database that has no NULL


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a column: among `values` (or, with `negated`, not), or between two ends.

    Attributes
    ----------
    low, high
        Both included; None leaves the end open.
    """

    column: str
    values: tuple[str, ...] = ()
    low: float | str | None = None
    high: float | str | None = None
    negated: bool = False

    def __post_init__(self) -> None:
        if self.column not in COLUMNS:
            raise BadInputError(
                f"There is no condition on '{self.column}'.", fix=f"Use one of {', '.join(FIELDS)}."
            )

    @property
    def text(self) -> str:
        """As a person would write it."""
        name = next((n for n, (column, _) in FIELDS.items() if column == self.column), self.column)
        ends = ("" if end is None else f"{end}" for end in (self.low, self.high))
        return f"{name}={','.join(self.values) if self.values else '..'.join(ends)}"


def one_of(column: str, values: Iterable[str]) -> Condition:
    """Ask that a column hold one of some values."""
    return Condition(column, tuple(values))


def none_of(column: str, values: Iterable[str]) -> Condition:
    """Ask that a column hold none of some values."""
    return Condition(column, tuple(values), negated=True)


def parse_conditions(text: str) -> tuple[Condition, ...]:
    """Read conditions as a person writes them; all must hold.

    Examples
    --------
    >>> [condition.text for condition in parse_conditions("class=glioma age=40..60")]
    ['class=glioma', 'age=40.0..60.0']

    Raises
    ------
    BadInputError
        Naming the part that was not understood.
    """
    if len(text) > LONGEST:
        raise BadInputError(f"The filter is longer than {LONGEST} characters.", fix="Shorten it.")
    try:
        parts = shlex.split(text)
    except ValueError as error:
        raise BadInputError(
            "A quotation mark of the filter is not closed.", fix="Close it."
        ) from error
    return tuple(_parsed(part) for part in parts)


def _parsed(part: str) -> Condition:
    name, equals, value = part.partition("=")
    if not equals or name not in FIELDS or not value.strip():
        raise BadInputError(
            f"The condition '{part}' is not understood.",
            fix=f"Write FIELD=VALUE with one of {', '.join(FIELDS)}: class=glioma age=40..60",
        )
    column, kind = FIELDS[name]
    if kind == "word":
        words = tuple(word.strip() for word in value.split(",") if word.strip())
        if not words or not value.isprintable():
            raise BadInputError(f"'{name}' has no value.", fix="Write one after the sign =.")
        return Condition(column, words)
    low, dots, high = value.partition("..")
    ends = [_end(end, kind, part) for end in ((low, high) if dots else (value, value))]
    if None not in ends and ends[0] > ends[1]:  # type: ignore[operator]
        raise BadInputError(f"The ends of '{part}' are reversed.", fix="Write the lower end first.")
    if ends == [None, None]:
        raise BadInputError(f"'{part}' has no end.", fix="Write one, such as age=40..")
    return Condition(column, low=ends[0], high=ends[1])


def _end(text: str, kind: FieldKind, part: str) -> float | str | None:
    if not text:
        return None
    try:
        if kind == "date":
            return date.fromisoformat(text).isoformat()
        number = float(text)
        if number != number or abs(number) == float("inf"):
            raise ValueError
    except ValueError as error:
        example = "date=2024-01-31..2024-12-31" if kind == "date" else "age=40..60"
        raise BadInputError(
            f"'{text}' in '{part}' is no {kind}.", fix=f"Write it like {example}."
        ) from error
    return number


def as_sql(conditions: Sequence[Condition]) -> str:
    """Write conditions for LanceDB, which takes them as SQL text; empty if there are none."""
    return " AND ".join(_one_as_sql(condition) for condition in conditions)


def _one_as_sql(condition: Condition) -> str:
    column = f"`{condition.column}`"
    if condition.low is None and condition.high is None:
        if not condition.values:  # nothing is among no values
            return "true" if condition.negated else "false"
        listed = ", ".join(_literal(value) for value in condition.values)
        return f"{column} {'NOT IN' if condition.negated else 'IN'} ({listed})"
    ends = ((">=", condition.low), ("<=", condition.high))
    return " AND ".join(f"{column} {sign} {_literal(end)}" for sign, end in ends if end is not None)


def _literal(value: float | str) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(float(value))


def as_clause(conditions: Sequence[Condition], table: Table) -> ColumnElement[bool]:
    """Write conditions for a database; values are bound, never pasted."""
    return and_(true(), *(_one_as_clause(condition, table) for condition in conditions))


def _one_as_clause(condition: Condition, table: Table) -> ColumnElement[bool]:
    column = table.c[condition.column]
    if condition.low is None and condition.high is None:
        listed = list(condition.values)
        return column.not_in(listed) if condition.negated else column.in_(listed)
    ends = []
    if condition.low is not None:
        ends.append(column >= condition.low)
    if condition.high is not None:
        ends.append(column <= condition.high)
    return and_(*ends)


def as_where(conditions: Sequence[Condition]) -> dict[str, Any] | None:
    """Write conditions as the JSON filter of Chroma; None if there are none.

    Dates are asked for as whole numbers (`day_number`), since Chroma orders numbers only. Nothing
    is among no values, which no filter of Chroma can say: ask `is_impossible` first.
    """
    parts = [part for condition in conditions for part in _one_as_where(condition)]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {"$and": parts}


def is_impossible(conditions: Sequence[Condition]) -> bool:
    """Tell whether a condition asks for one of no values."""
    return any(
        not (one.values or one.negated) and one.low is None and one.high is None
        for one in conditions
    )


def day_number(day: str) -> int:
    """Count the days up to a date (`YYYY-MM-DD`).

    Examples
    --------
    >>> day_number("2024-03-01") - day_number("2024-02-28")
    2
    """
    return date.fromisoformat(day).toordinal()


def _one_as_where(condition: Condition) -> Sequence[dict[str, Any]]:
    if condition.low is None and condition.high is None:
        if not condition.negated:
            return [{condition.column: {"$in": list(condition.values)}}]
        if not condition.values:
            return []
        return [{condition.column: {"$nin": [*condition.values, UNKNOWN_WORD]}}]
    ends = (("$gte", condition.low), ("$lte", condition.high))
    return [
        {condition.column: {sign: day_number(end) if isinstance(end, str) else end}}
        for sign, end in ends
        if end is not None
    ]
