"""`neuroscope doctor`."""

import json
import socket

from neuroscope.cli.doctor import CHECKS, check_disk, check_port, check_store
from neuroscope.settings import Settings


def test_every_check_is_listed_with_a_state(command):
    code, out, _ = command("doctor", "--json")
    checks = json.loads(out)
    assert len(checks) == len(CHECKS)
    assert {check["state"] for check in checks} <= {"ok", "warning", "problem"}
    assert code == int(any(check["state"] == "problem" for check in checks))


def test_what_is_not_well_comes_with_a_remedy(command):
    _, out, _ = command("doctor", "--json")
    assert all(check["fix"] for check in json.loads(out) if check["state"] != "ok")


def test_a_taken_port_is_found(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        check = check_port(Settings(home=tmp_path, port=port))
    assert check.state == "warning"
    assert "--port" in check.fix


def test_a_home_that_cannot_be_made_is_found(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "file").chmod(0o400)
    check = check_store(Settings(home=tmp_path / "file" / "home"))
    assert (check.state, bool(check.fix)) == ("problem", True)


def test_free_space_is_measured_where_the_store_will_be(tmp_path):
    assert "GB free" in check_disk(Settings(home=tmp_path / "not" / "yet")).found
