"""Exit codes, help, and how fast it answers."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from neuroscope.cli.main import exit_code, run
from neuroscope.errors import (
    BadInputError,
    ConflictError,
    ModelError,
    NeuroscopeError,
    NotFoundError,
    StorageError,
    TooLargeError,
)

COMMANDS = ("demo", "serve", "analyze", "phantom", "train", "evaluate", "models", "doctor")


def test_help_names_every_command_and_the_research_use(command):
    code, out, _ = command("--help")
    assert code == 0
    assert all(name in out for name in COMMANDS)
    assert "Research use only" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(command, name):
    code, out, _ = command(name, "--help")
    assert code == 0
    assert "Usage" in out


def test_help_loads_nothing_heavy():
    # A fresh process: modules of other tests must not count.
    heavy = "numpy torch onnxruntime openvino weasyprint matplotlib sqlalchemy fastapi scipy"
    script = (
        "import sys\nfrom neuroscope.cli.main import run\n"
        f"code = run(['--help'])\nfound = [m for m in '{heavy}'.split() if m in sys.modules]\n"
        "sys.exit(code or (', '.join(found) if found else 0))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def declared_packages() -> set[str]:
    """Names of all that `pip install .` without extras brings, whatever else is installed."""
    seen: set[tuple[str, str]] = set()
    waiting = [("neuroscope", "")]
    while waiting:
        name, extra = wanted = waiting.pop()
        if wanted in seen:
            continue
        try:
            needed = [Requirement(line) for line in requires(name) or []]
        except PackageNotFoundError:  # for another platform
            continue
        seen.add(wanted)
        for need in needed:
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                waiting += [(canonicalize_name(need.name), one) for one in ("", *need.extras)]
    return {name for name, _ in seen}


def test_the_workbench_runs_on_its_declared_packages_alone(slices_folder, tmp_path):
    # What only the extras bring is hidden: `make demo` does not install it.
    allowed = declared_packages()
    hidden = sorted(
        module
        for module, owners in packages_distributions().items()
        if not allowed & {canonicalize_name(owner) for owner in owners}
    )
    assert {"torch", "monai", "openvino", "pytest"} <= set(hidden)
    script = f"""
import sys
from importlib.abc import MetaPathFinder
class Hide(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {hidden!r}:
            raise ModuleNotFoundError("hidden: " + name, name=name)
sys.meta_path.insert(0, Hide())
import neuroscope.api.app, neuroscope.jobs.worker, neuroscope.phantom.demo
from neuroscope.cli.main import run
sys.exit(run(["analyze", {str(slices_folder)!r}, "--out", {str(tmp_path / "out")!r}]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.pdf").is_file()


@pytest.mark.parametrize(
    "arguments", [["--nonsense"], ["analyze"], ["analyze", "x"], ["no-such-command"]]
)
def test_wrong_usage_ends_with_2(command, arguments):
    code, _, err = command(*arguments)
    assert code == 2
    assert "Usage" in err


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (BadInputError, 2),
        (TooLargeError, 2),
        (NotFoundError, 2),
        (ConflictError, 2),
        (StorageError, 1),
        (ModelError, 1),
        (NeuroscopeError, 1),
    ],
)
def test_exit_code_says_whose_fault_it_was(kind, code):
    assert exit_code(kind("It is so.", fix="Do this.")) == code


def test_version_is_printed(command):
    code, out, _ = command("--version")
    assert code == 0
    assert out.startswith("neuroscope 0.")


def test_a_bug_ends_with_1_and_says_how_to_report_it(command, monkeypatch):
    from neuroscope.models import cards

    def broken() -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(cards, "read_cards", broken)
    code, _, err = command("models")
    assert code == 1
    assert "RuntimeError" in err
    assert "--verbose" in err
    with pytest.raises(RuntimeError):
        run(["--verbose", "models"])


def test_an_interrupt_ends_with_130(command, monkeypatch):
    from neuroscope.models import cards

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cards, "read_cards", interrupted)
    assert command("models")[0] == 130
