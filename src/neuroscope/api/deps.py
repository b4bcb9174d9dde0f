"""What routes ask for."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request

from neuroscope.api.events import Feed
from neuroscope.jobs.queue import JobQueue
from neuroscope.settings import Settings
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


FeedDep = Annotated[Feed, Depends(_feed)]
SettingsDep = Annotated[Settings, Depends(_settings)]
StoreDep = Annotated[Store, Depends(_store)]
QueueDep = Annotated[JobQueue, Depends(_queue)]
Responses = dict[int | str, dict[str, Any]]  # how FastAPI wants them
Id = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$", description="One of our ids.")]
Index = Annotated[int, Path(ge=0, le=10_000_000, description="Counts from 0.")]
