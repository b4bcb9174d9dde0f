"""Read a table of past cases: one row for each picture, volume or folder, and what is known of it.

Columns, of which only `file` must be there: file, class, patient, group, sequence, plane, age,
grade, site, source, date, volume. Nothing here leaves the machine; patients and groups are turned
into names of our own before they are stored.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from neuroscope.errors import BadInputError
from neuroscope.records.similar import CaseFacts

WORDS = ("sequence", "plane", "grade", "site", "source")
COLUMNS = ("file", "class", "patient", "group", *WORDS, "age", "date", "volume")
OLDEST = 130.0
LONGEST_WORD = 100
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A row: where the case lies below the folder, and what is known of it.

    `patient` and `group` are as the table writes them; empty if it does not.
    """

    file: str
    patient: str
    group: str
    facts: CaseFacts


def read_case_table(path: Path) -> tuple[CaseRow, ...]:
    """Read a CSV table, UTF-8, with a heading.

    Raises
    ------
    BadInputError
        Naming the first row that cannot be used, and why.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInputError("The table is larger than 64 MiB.", fix="Split it.")
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            unknown = [name for name in reader.fieldnames or () if name not in COLUMNS]
            if "file" not in (reader.fieldnames or ()) or unknown:
                raise BadInputError(
                    f"The table lacks a column 'file', or has one that is not known: {unknown}.",
                    fix=f"Use the columns {', '.join(COLUMNS)}.",
                )
            rows = tuple(_row(row, number) for number, row in enumerate(reader, start=2))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInputError(
            "The table cannot be read.", fix="Give a CSV file in UTF-8 with a heading."
        ) from error
    files = [row.file for row in rows]
    if len(set(files)) < len(files):
        twice = next(file for file in files if files.count(file) > 1)
        raise BadInputError(f"'{twice}' stands twice in the table.", fix="Keep one row for a case.")
    return rows


def _row(row: Mapping[str | None, str], number: int) -> CaseRow:
    if None in row:
        raise BadInputError(f"Row {number} of the table is too long.", fix="Quote its commas.")
    given = {str(name): value.strip() for name, value in row.items()}
    file = PurePosixPath(given["file"])
    if not given["file"] or file.is_absolute() or ".." in file.parts:
        raise BadInputError(
            f"Row {number} of the table names no file below the folder.",
            fix="Write the path as seen from the folder, such as site1/case7.",
        )
    sequence, plane, grade, site, source = (
        given.get(name, "")[:LONGEST_WORD] or None for name in WORDS
    )
    label = given.get("class") or None
    facts = CaseFacts(
        label=label,
        label_source="reference" if label else None,
        age=_number(given, "age", number, most=OLDEST),
        volume_ml=_number(given, "volume", number, most=5_000.0),
        date=_date(given, number),
        sequence=sequence,
        plane=plane,
        grade=grade,
        site=site,
        source=source,
    )
    return CaseRow(str(file), given.get("patient", ""), given.get("group", ""), facts)


def _number(given: Mapping[str, str], name: str, number: int, *, most: float) -> float | None:
    text = given.get(name, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise BadInputError(
            f"Row {number} of the table has {name} '{text}'.",
            fix=f"Write a number from 0 to {most:.0f}, or leave it empty.",
        )
    return value


def _date(given: Mapping[str, str], number: int) -> str | None:
    text = given.get("date", "")
    if not text:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise BadInputError(
            f"Row {number} of the table has date '{text}'.", fix="Write it like 2024-01-31."
        ) from error
