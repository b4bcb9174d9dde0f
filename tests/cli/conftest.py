"""Commands run in this process, in a store of their own."""

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neuroscope.cli.main import run


def in_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEUROSCOPE_HOME", str(home))
    monkeypatch.setenv("NEUROSCOPE_THREADS", "1")
    for name in ("DATABASE_URL", "DATA", "HOST", "PORT"):
        monkeypatch.delenv(f"NEUROSCOPE_{name}", raising=False)
    return home


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh store, and no settings of the person who runs the tests."""
    return in_home(tmp_path / "home", monkeypatch)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command: `command("analyze", path)` -> exit code, standard output, standard error."""

    def ask(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return ask


def head_pixels(seed: int, shape: tuple[int, int] = (180, 150)) -> np.ndarray:
    """A synthetic slice: a gray oval with texture and a bright spot, 8 bits."""
    rows, columns = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    rng = np.random.default_rng(seed)
    inside = (rows / 0.8) ** 2 + (columns / 0.75) ** 2 < 1
    center = rng.uniform(-0.3, 0.3, 2)
    spot = np.exp(-((rows - center[0]) ** 2 + (columns - center[1]) ** 2) / 0.02)
    pixels = np.where(inside, 90 + 110 * spot + rng.normal(0, 6, shape), 0)
    return np.clip(pixels, 0, 255).astype(np.uint8)


@pytest.fixture
def slices_folder(tmp_path: Path) -> Path:
    """Three PNG slices, one of them in a subfolder, and one torn file."""
    return write_slices(tmp_path / "slices")


@dataclass(frozen=True)
class Analyzed:
    """What one run of `neuroscope analyze` on those slices left and said; only to be read."""

    folder: Path
    code: int
    printed: str
    err: str


@pytest.fixture(scope="session")
def analyzed(tmp_path_factory: pytest.TempPathFactory) -> Analyzed:
    """The slices of `slices_folder`, analyzed once for all who only look at the result."""
    home = tmp_path_factory.mktemp("analyzed")
    folder = home / "deep" / "out"
    said, warned = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(warned),
    ):
        in_home(home / "home", patch)
        code = run(["analyze", str(write_slices(home / "slices")), "--out", str(folder)])
    return Analyzed(folder, code, said.getvalue(), warned.getvalue())


def write_slices(folder: Path) -> Path:
    (folder / "more").mkdir(parents=True)
    for seed, name in enumerate(("a.png", "b.v2.png", "more/c.png")):
        Image.fromarray(head_pixels(seed)).save(folder / name)
    (folder / "torn.png").write_bytes((folder / "a.png").read_bytes()[:900])
    return folder


@pytest.fixture
def head_slice() -> np.ndarray:
    """The pixels of one synthetic slice."""
    return head_pixels(7)
