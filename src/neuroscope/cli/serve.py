"""`neuroscope serve`: the workbench in the browser."""

from dataclasses import replace
from typing import Annotated

import typer

from neuroscope.cli.console import say, tell
from neuroscope.settings import RESEARCH_USE, Settings, has_desktop, read_settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address (NEUROSCOPE_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port (NEUROSCOPE_PORT).", min=0)] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Start the server and its worker, and open the workbench. Ctrl-C stops both."""
    settings = read_settings()
    chosen = replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
    )
    run_server(chosen, browser=browser)


def run_server(settings: Settings, *, browser: bool) -> None:
    """Serve until Ctrl-C; print the link when the server is ready."""
    from neuroscope.api.serve import serve as serve_until_stopped

    opens = browser and has_desktop()

    def ready(url: str) -> None:
        say("Neuroscope is running. Open this link (it holds the key of this launch):")
        tell(url)
        port = url.split("?")[0].rstrip("/").rsplit(":", 1)[1]
        if browser and not opens:
            say(f"From another machine first: ssh -L {port}:127.0.0.1:{port} THIS_MACHINE")
        say(f"Ctrl-C stops it. {RESEARCH_USE}")

    serve_until_stopped(settings, open_browser=opens, on_ready=ready)
