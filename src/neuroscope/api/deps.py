"""What routes ask for."""

import unicodedata
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Depends, Header, Path, Request

from neuroscope.api.events import Feed
from neuroscope.errors import BadInputError
from neuroscope.jobs.queue import JobQueue
from neuroscope.settings import READER_LENGTH, Settings
from neuroscope.store.database import Store


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


def _queue(request: Request) -> JobQueue:
    queue: JobQueue = request.app.state.queue
    return queue


def _feed(request: Request) -> Feed:
    feed: Feed = request.app.state.feed
    return feed


SettingsDep = Annotated[Settings, Depends(_settings)]


def reader_name(given: str | None, settings: Settings) -> str:
    """Return who asks: the name in the header, percent-encoded UTF-8, else that of the settings.

    Examples
    --------
    >>> from pathlib import Path
    >>> reader_name("Dr.%20M%C3%BCller", Settings(home=Path()))
    'Dr. Müller'
    """
    return cleaned_name(unquote(given or "")) or settings.reader


def cleaned_name(name: str) -> str:
    """Write a name in one way: composed characters, no control characters, at most 64."""
    printable = "".join(c for c in unicodedata.normalize("NFC", name) if c.isprintable())
    return printable.strip()[:READER_LENGTH].strip()


def required_name(name: str) -> str:
    """Write a name in one way, or refuse one of blanks."""
    cleaned = cleaned_name(name)
    if not cleaned:
        raise BadInputError("The name of the reader is empty.", fix="Give a name.")
    return cleaned


def _reader(
    settings: SettingsDep,
    x_reader: Annotated[
        str | None,
        Header(
            pattern=r"^[0-9A-Za-z._~%!'()*-]{1,600}$",
            description="Who asks: a name, percent-encoded. Without it, NEUROSCOPE_READER.",
            examples=["Dr.%20M%C3%BCller"],
        ),
    ] = None,
) -> str:
    return reader_name(x_reader, settings)


FeedDep = Annotated[Feed, Depends(_feed)]
ReaderDep = Annotated[str, Depends(_reader)]
StoreDep = Annotated[Store, Depends(_store)]
QueueDep = Annotated[JobQueue, Depends(_queue)]
Responses = dict[int | str, dict[str, Any]]  # how FastAPI wants them
UNUSABLE: Responses = {400: {}}  # of a GET that may refuse what it is asked for
HIDDEN: Responses = {409: {}}  # of a GET that is not answered during a blind reading
Id = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$", description="One of our ids.")]
Index = Annotated[int, Path(ge=0, le=10_000_000, description="Counts from 0.")]
