"""Put the parts of the web process together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, FastAPI

from neuroscope.api.auth import Access, Gate
from neuroscope.api.document import describe
from neuroscope.api.events import Feed
from neuroscope.api.problems import add_problems
from neuroscope.api.routes import (
    analyses,
    annotations,
    audit,
    certificates,
    comparison,
    drawing,
    explanations,
    health,
    jobs,
    masks,
    model_audits,
    models,
    readers,
    replacements,
    similar,
    studies,
    training,
    uploads,
    validation,
)
from neuroscope.api.site import add_site
from neuroscope.jobs.queue import JobQueue
from neuroscope.settings import Settings
from neuroscope.store.database import Store, open_store
from neuroscope.store.registration import note_shipped


def create_app(settings: Settings, access: Access) -> FastAPI:
    """Make the web application; its store and queue are open while it runs."""

    @asynccontextmanager
    async def open_all(app: FastAPI) -> AsyncIterator[None]:
        settings: Settings = app.state.settings
        store: Store = open_store(settings)
        note_shipped(store)
        queue = JobQueue(store, settings)
        feed = Feed(store)
        app.state.store, app.state.queue, app.state.feed = store, queue, feed
        queue.put_again()
        try:
            yield
        finally:
            await feed.close()
            queue.close()
            store.close()

    app = FastAPI(
        title="Neuroscope",
        version=version("neuroscope"),
        docs_url=None,  # its page would come from a CDN
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=open_all,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings = settings
    api = APIRouter(prefix="/api")
    studied = (studies, analyses, masks, explanations, replacements, comparison)
    parts = (
        health,
        uploads,
        *studied,
        drawing,
        annotations,
        readers,
        jobs,
        models,
        certificates,
        audit,
        training,
        validation,
        model_audits,
        similar,
    )
    for part in parts:
        api.include_router(part.router)
    app.include_router(api)
    describe(app)
    add_problems(app)
    add_site(app)
    app.add_middleware(Gate, access=access)
    return app
