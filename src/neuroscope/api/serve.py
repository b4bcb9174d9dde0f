"""Run the workbench: the web process here, the worker beside it, both ended together."""

import errno
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

import uvicorn

from neuroscope.api.app import create_app
from neuroscope.api.auth import Access, hosts_for
from neuroscope.errors import BadInputError, ConflictError, StorageError
from neuroscope.settings import Settings
from neuroscope.store.database import open_store

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5
START_WITHIN_S = 60.0
END_WITHIN_S = 5.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0  # before a dead worker is started again
LOOPBACK_FOR = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - only compared with
LARGEST_LOG = 5 * 1024 * 1024


def serve(
    settings: Settings,
    *,
    open_browser: bool = False,
    on_ready: Callable[[str], None] | None = None,
    token: str | None = None,
    stopped: threading.Event | None = None,
) -> None:
    """Serve the page and the API, and keep a worker running, until SIGINT, SIGTERM or `stopped`.

    Parameters
    ----------
    on_ready
        Called once with the address to open; it holds the launch token.
    token
        The launch token; a new secret one unless given.

    Raises
    ------
    ConflictError
        If the port is in use.
    BadInputError
        If the host is not an address of this machine.
    StorageError
        If the store cannot be opened.
    """
    open_store(settings).close()  # fails here, in words, rather than inside the server
    listening = bind(settings.host, settings.port)
    settings = replace(settings, port=listening.getsockname()[1])
    access = Access(
        token=token or secrets.token_urlsafe(24),
        port=settings.port,
        hosts=hosts_for(settings.host),
    )
    stopped = stopped or threading.Event()
    _stop_on_signals(stopped)
    worker = Worker(settings)
    server, thread = _start_server(settings, access, listening)
    try:
        url = address(settings.host, settings.port, access.token)
        if on_ready is not None:
            on_ready(url)
        if open_browser:
            webbrowser.open(url)
        while thread.is_alive() and not stopped.wait(LOOK_EVERY_S):
            worker.look_after()
    finally:
        server.should_exit = True
        worker.end()
        thread.join(END_WITHIN_S)


def bind(host: str, port: int) -> socket.socket:
    """Take the port before anything else is started.

    Raises
    ------
    ConflictError
        If another program has it.
    BadInputError
        If the host is not an address of this machine, or the port is not for ordinary users.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise ConflictError(
                f"Port {port} is in use, perhaps by another Neuroscope.",
                fix=f"Stop that program, or choose another port: --port {port + 1}",
            ) from error
        raise BadInputError(
            f"The server cannot listen on {host}, port {port} ({error.strerror}).",
            fix="Use --host 127.0.0.1 and a port from 1024 to 65535.",
        ) from error
    return listening


def address(host: str, port: int, token: str) -> str:
    """Return the launch link.

    Examples
    --------
    >>> address("0.0.0.0", 8000, "secret")
    'http://127.0.0.1:8000/?token=secret'
    """
    name = LOOPBACK_FOR.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}/?token={token}"


@dataclass(eq=False)
class Worker:
    """The worker process; started when looked after, and again if it has died."""

    settings: Settings
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause_s: float = SHORTEST_PAUSE_S
    not_before: float = 0.0

    def look_after(self) -> None:
        """Start the worker if it does not run; wait longer each time it dies young."""
        moment = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            code, lived = self.process.returncode, moment - self.started
            longer = min(2 * self.pause_s, LONGEST_PAUSE_S)
            self.pause_s = SHORTEST_PAUSE_S if lived > LONGEST_PAUSE_S else longer
            self.not_before = moment + self.pause_s
            self.process = None
            log.warning("the worker ended with code %s; it is started again", code)
        if self.process is None and moment >= self.not_before:
            self.process = self._start()
            self.started = moment

    def end(self) -> None:
        """End the worker; what it was doing goes on at the next start."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "NEUROSCOPE_HOME": str(self.settings.home),
            "NEUROSCOPE_DATABASE_URL": self.settings.database_url,
            "NEUROSCOPE_THREADS": str(self.settings.threads),
        }
        with _log_file(self.settings.home / "worker.log").open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - our own worker
                [sys.executable, "-m", "neuroscope.jobs.worker", "--child", str(os.getpid())],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches it through us only
            )


def _log_file(path: Path) -> Path:
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".old.log"))
    return path


def _start_server(
    settings: Settings, access: Access, listening: socket.socket
) -> tuple[uvicorn.Server, threading.Thread]:
    config = uvicorn.Config(
        create_app(settings, access),
        log_config=None,
        access_log=False,  # addresses hold ids
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,  # event streams never end by themselves
    )
    server = uvicorn.Server(config)
    # In a thread of its own uvicorn leaves the signals to us: the worker must be ended, too.
    thread = threading.Thread(target=server.run, args=([listening],), name="web", daemon=True)
    thread.start()
    deadline = time.monotonic() + START_WITHIN_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise StorageError(
                "The web server did not start.", fix="Look at the messages above this one."
            )
        time.sleep(0.02)
    return server, thread


def _stop_on_signals(stopped: threading.Event) -> None:
    if threading.current_thread() is not threading.main_thread():
        return

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stopped.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
