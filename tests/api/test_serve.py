import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import psutil
import pytest

from neuroscope.api.serve import Worker, address, bind
from neuroscope.errors import BadInputError, ConflictError
from neuroscope.settings import Settings

SERVE = """
import sys
from pathlib import Path
from neuroscope.api.serve import serve
from neuroscope.settings import Settings
serve(Settings(home=Path(sys.argv[1]), port=0), on_ready=lambda url: print(url, flush=True))
"""


@pytest.mark.parametrize(
    ("host", "link"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/?token=t"),
        ("::1", "http://[::1]:8000/?token=t"),
        ("::", "http://[::1]:8000/?token=t"),
    ],
)
def test_the_link_can_be_opened_on_this_machine(host: str, link: str) -> None:
    assert address(host, 8000, "t") == link


def test_a_port_in_use_is_named_with_another_to_try() -> None:
    with bind("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConflictError, match=f"--port {port + 1}"):
            bind("127.0.0.1", port)


def test_a_host_of_another_machine_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"127\.0\.0\.1"):
        bind("192.0.2.1", 8000)


@pytest.mark.server
def test_a_dead_worker_is_started_again(tmp_path: Path) -> None:
    worker = Worker(Settings(home=tmp_path))
    worker.look_after()
    assert worker.process is not None
    first = worker.process.pid
    worker.process.kill()
    worker.process.wait()
    worker.look_after()
    threading.Event().wait(worker.pause_s)
    worker.look_after()
    assert worker.process is not None
    assert worker.process.pid != first
    worker.end()
    assert worker.process.poll() is not None


@pytest.mark.server
def test_one_signal_ends_the_server_and_its_worker(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with httpx2.Client(follow_redirects=True) as browser:
            assert browser.get(url).status_code == 200
            assert browser.get(url.partition("?")[0] + "api/jobs").json() == {"jobs": []}
        deadline = threading.Event()
        while not (children := psutil.Process(process.pid).children()):
            deadline.wait(0.05)
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == 0
        _, alive = psutil.wait_procs(children, 60)
        assert alive == []
