"""Commands run in this process, in a store of their own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neuroscope.cli.main import run


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh store, and no settings of the person who runs the tests."""
    home = tmp_path / "home"
    monkeypatch.setenv("NEUROSCOPE_HOME", str(home))
    monkeypatch.setenv("NEUROSCOPE_THREADS", "1")
    for name in ("DATABASE_URL", "DATA", "HOST", "PORT"):
        monkeypatch.delenv(f"NEUROSCOPE_{name}", raising=False)
    return home


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
    folder = tmp_path / "slices"
    (folder / "more").mkdir(parents=True)
    for seed, name in enumerate(("a.png", "b.v2.png", "more/c.png")):
        Image.fromarray(head_pixels(seed)).save(folder / name)
    (folder / "torn.png").write_bytes((folder / "a.png").read_bytes()[:900])
    return folder


@pytest.fixture
def head_slice() -> np.ndarray:
    """The pixels of one synthetic slice."""
    return head_pixels(7)
