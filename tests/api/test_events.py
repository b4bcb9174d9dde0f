import asyncio
import json
from collections.abc import AsyncIterator, Callable

from neuroscope.api.events import Feed
from neuroscope.records.imported import ImportedStudy
from neuroscope.store import jobs
from neuroscope.store.database import Store
from neuroscope.store.studies import save_study


def new_job(store: Store, study_id: str | None = None) -> str:
    with store.transaction() as session:
        return jobs.add_job(session, "analyze", study_id=study_id).id


async def next_event(events: AsyncIterator[bytes], kind: str) -> dict[str, object]:
    """Wait for the next event of a kind; other kinds and comments are passed over."""
    while True:
        head, _, rest = (await asyncio.wait_for(anext(events), 20)).decode().partition("\n")
        if head == f"event: {kind}":
            told: dict[str, object] = json.loads(rest.removeprefix("data: "))
            return told


def test_a_page_that_comes_is_told_what_runs(store: Store) -> None:
    job_id = new_job(store)

    async def watch() -> dict[str, object]:
        feed = Feed(store)
        told = await next_event(feed.subscribe(), "job")
        await feed.close()
        return told

    assert asyncio.run(watch())["id"] == job_id


def test_every_change_of_a_job_is_told_to_all_who_listen(store: Store) -> None:
    async def watch() -> list[object]:
        feed = Feed(store)
        pages = [feed.subscribe(), feed.subscribe()]
        for page in pages:
            await anext(page)
        waiting = [asyncio.create_task(next_event(page, "job")) for page in pages]
        job_id = await asyncio.to_thread(new_job, store)
        told = [(await task)["id"] for task in waiting]
        await asyncio.to_thread(jobs.tell_progress, store, job_id, 0.5, "Half")
        progress = []
        for page in pages:  # the start may be told twice: as what runs, and as a change
            while (event := await next_event(page, "job"))["progress"] == 0.0:
                pass
            progress.append(event["progress"])
        await feed.close()
        assert told == [job_id, job_id]
        return progress

    assert asyncio.run(watch()) == [0.5, 0.5]


def test_the_end_of_a_job_is_told_for_its_study(
    store: Store, picture_study: Callable[..., ImportedStudy]
) -> None:
    study_id = save_study(store, picture_study(1)).study_id

    async def watch() -> dict[str, object]:
        feed = Feed(store)
        page = feed.subscribe()
        await anext(page)
        waiting = asyncio.create_task(next_event(page, "study"))
        await asyncio.to_thread(new_job, store, study_id)
        told = await waiting
        await feed.close()
        return told

    assert asyncio.run(watch()) == {"id": study_id}


def test_results_that_are_stored_before_the_end_are_told_and_mere_progress_is_not(
    store: Store, picture_study: Callable[..., ImportedStudy]
) -> None:
    study_id = save_study(store, picture_study(1)).study_id

    async def kinds(events: AsyncIterator[bytes], number: int) -> list[str]:
        told = [await asyncio.wait_for(anext(events), 20) for _ in range(number)]
        return [event.decode().split("\n")[0].removeprefix("event: ") for event in told]

    async def watch() -> list[str]:
        feed = Feed(store)
        page = feed.subscribe()
        await anext(page)
        job_id = await asyncio.to_thread(new_job, store, study_id)
        await next_event(page, "study")  # it came
        await asyncio.to_thread(jobs.tell_progress, store, job_id, 0.1, "Analyzing slice 1")
        await next_event(page, "study")  # it runs
        await asyncio.to_thread(jobs.tell_progress, store, job_id, 0.3, "Analyzing slice 32")
        told = await kinds(page, 1)
        await asyncio.to_thread(jobs.tell_stored, store, job_id)
        told += await kinds(page, 2)
        await feed.close()
        return told

    assert asyncio.run(watch()) == ["job", "job", "study"]


def test_nothing_is_watched_while_nobody_listens(store: Store) -> None:
    async def watch() -> bool:
        feed = Feed(store)
        page = feed.subscribe()
        await anext(page)
        await page.aclose()
        await asyncio.wait_for(feed.watch_ended(), 20)
        return True

    assert asyncio.run(watch())


def test_a_study_that_went_is_told(store: Store) -> None:
    async def watch() -> dict[str, object]:
        feed = Feed(store)
        page = feed.subscribe()
        await anext(page)
        waiting = asyncio.create_task(next_event(page, "study"))
        await asyncio.to_thread(feed.study_changed, "gone")
        told = await waiting
        await feed.close()
        return told

    assert asyncio.run(watch()) == {"id": "gone"}
