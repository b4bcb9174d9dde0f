"""`neuroscope doctor`."""

import json
import socket
import sys
from importlib.abc import MetaPathFinder

from neuroscope.cli import doctor
from neuroscope.cli.doctor import CHECKS, Check, check_disk, check_port, check_store
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


def test_brackets_in_a_remedy_are_shown(command, monkeypatch):
    broken = Check("Packages", "problem", "missing: x[y]", "pip install -e '.[train]'")
    monkeypatch.setattr(doctor, "CHECKS", (lambda settings: broken,))
    code, out, _ = command("doctor")
    assert code == 1
    assert "x[y]" in out
    assert "'.[train]'" in out


def test_the_workbench_is_well_without_the_training_packages(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "_is_installed", lambda name: name != "torch")
    check = doctor.check_training_packages(Settings(home=tmp_path))
    assert check.state == "ok"
    assert "make setup" in check.found


def test_a_system_without_pango_is_told_how_to_get_it(tmp_path, monkeypatch, capsys):
    class Refusing(MetaPathFinder):  # as WeasyPrint ends when it finds no Pango
        def find_spec(self, name, path=None, target=None):
            if name == "weasyprint":
                sys.stdout.write("WeasyPrint could not import some libraries.")
                raise OSError("cannot load library 'libpango-1.0-0'")

    assert doctor.check_report(Settings(home=tmp_path)).state == "ok"
    monkeypatch.delitem(sys.modules, "weasyprint")
    monkeypatch.setattr(sys, "meta_path", [Refusing(), *sys.meta_path])
    check = doctor.check_report(Settings(home=tmp_path))
    assert (check.state, "libpango" in check.fix) == ("problem", True)
    assert capsys.readouterr().out == ""  # --json stays JSON


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


def test_a_segmenter_that_the_settings_name_is_tried(tmp_path):
    own = doctor.check_segmenter(Settings(home=tmp_path, threads=1))
    assert (own.state, own.found.split(",")[0]) == ("ok", "our own")

    wrong = doctor.check_segmenter(Settings(home=tmp_path, segmenter=tmp_path))
    assert wrong.state == "problem"
    assert "NEUROSCOPE_SEGMENTER" in wrong.found
    assert "dataset.json" in wrong.fix
