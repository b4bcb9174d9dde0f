"""`neuroscope serve`: prints a link that works, stops when asked."""

import os
import signal
import subprocess
import sys
import urllib.request

import pytest

from neuroscope.settings import has_desktop


@pytest.mark.server
def test_serve_prints_a_link_that_opens_and_ends_on_ctrl_c(own_home):
    script = "import sys\nfrom neuroscope.cli.main import run\nsys.exit(run(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", script, "serve", "--port", "0", "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        link = process.stdout.readline().strip()
        assert link.startswith("http://127.0.0.1:"), process.communicate(timeout=60)
        address = link.split("?")[0]
        with urllib.request.urlopen(f"{address}api/health", timeout=60) as answer:  # noqa: S310
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    assert "Research use only" in err


@pytest.mark.parametrize(
    ("environment", "opens"),
    [
        ({"DISPLAY": ":0"}, True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, False),
        ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, False),
    ],
)
def test_a_browser_is_opened_only_where_a_person_would_see_it(environment, opens):
    assert has_desktop(environment) is opens
