"""Keep what is slow to make of a head on disk: where its tissues and lesions lie.

A cached head is an `.npz` file of plain arrays (never a pickle) whose name is a hash of all that
decides it: who and what, the grid, the phantom's source code and the versions of the libraries. The
folder keeps a limit: the files that were used least recently go first. Several processes may share
it; what a killed one left half written goes when the next head is saved.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast
from zipfile import BadZipFile

import numpy as np

from neuroscope.phantom.anatomy.person import Brain, Place
from neuroscope.phantom.fields import Grid, Noise, Number
from neuroscope.phantom.laid import Laid
from neuroscope.phantom.lesions.kinds import Grown
from neuroscope.phantom.lesions.lesion import Lesion, Side
from neuroscope.phantom.lesions.tumor import Tumor
from neuroscope.records.arrays import Array

GIB = 1 << 30
NOTHING = Noise(np.zeros((4, 4, 4), np.float32), 100.0)
LIBRARIES = ("numpy", "scipy", "nibabel", "nilearn")  # nilearn carries the template
HALF_WRITTEN_S = 3600.0  # so much older than a new head, a part belongs to a killed process
SMALL = np.float16  # enough for fractions and depths; template positions keep 32 bits


@dataclass(frozen=True, slots=True)
class LaidCache:
    """A folder of cached heads that stays below `most_bytes`."""

    folder: Path
    most_bytes: int = 4 * GIB

    def path(self, *key: object, grid: Grid) -> Path:
        """Name the file of a head on a grid."""
        text = json.dumps([origins(), _grid_facts(grid), *key], default=str)
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.npz"

    def load(self, path: Path) -> Laid | None:
        """Read a head; None if it is not there, or damaged."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                laid = unpacked(dict(arrays))
            path.touch()
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None
        return laid

    def save(self, path: Path, laid: Laid) -> None:
        """Write a head whole or not at all, then make room. A disk that refuses is no error."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(suffix=".part", dir=self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    np.savez(file, **cast("dict[str, Any]", packed(laid)))
                Path(name).rename(path)
            finally:
                Path(name).unlink(missing_ok=True)
            self._make_room(path)
            self._clear_parts(path)

    def _clear_parts(self, newest: Path) -> None:
        """Remove what processes that were killed left half written."""
        for part in self.folder.glob("*.part"):
            with contextlib.suppress(FileNotFoundError):
                if part.stat().st_mtime < newest.stat().st_mtime - HALF_WRITTEN_S:
                    part.unlink()

    def _make_room(self, newest: Path) -> None:
        files = []
        for path in self.folder.glob("*.npz"):
            with contextlib.suppress(FileNotFoundError):  # another process was quicker
                state = path.stat()
                files.append((state.st_mtime, state.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files, key=lambda file: file[0]):
            if total <= self.most_bytes:
                return
            if path != newest:
                path.unlink(missing_ok=True)
                total -= size


@lru_cache(maxsize=1)
def origins() -> str:
    """Sum up code and libraries that lay heads, so that a change of them makes old files useless.

    All of the phantom's code counts: to leave a file out by mistake would serve wrong heads.
    """
    room = Path(__file__).parent
    total = hashlib.sha256()
    for name in LIBRARIES:
        total.update(f"{name} {version(name)}\n".encode())
    for path in sorted(room.rglob("*.py")):
        total.update(path.relative_to(room).as_posix().encode() + path.read_bytes())
    return total.hexdigest()


def packed(laid: Laid) -> dict[str, Array]:
    """Turn a head into plain arrays."""
    place, brain = laid.place, laid.brain
    about: dict[str, Any] = {
        "grid": _grid_facts(place.grid),
        "tumors": [_tumor_facts(tumor) for tumor in laid.tumors],
    }
    arrays: dict[str, Array] = {
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
        "template_mm": place.template_mm,
        "depth_mm": place.depth_mm.astype(SMALL),
        "gray": brain.gray.astype(SMALL),
        "white": brain.white.astype(SMALL),
        "fluid": brain.fluid.astype(SMALL),
        "residual": brain.residual.astype(SMALL),
    }
    for n, tumor in enumerate(laid.tumors):
        arrays[f"labels{n}"] = tumor.labels
        arrays[f"edema_time{n}"] = tumor.edema_time.astype(np.float32)
        arrays[f"lump{n}"] = tumor.lump.astype(SMALL)
        arrays[f"grain{n}"] = tumor.grain.astype(SMALL)
        arrays[f"center{n}"] = tumor.lesion.center_mm
        arrays[f"inward{n}"] = tumor.lesion.inward
    return arrays


def unpacked(arrays: dict[str, Array]) -> Laid:
    """Make a head of plain arrays; its lesions can be painted, but not grown again."""
    about = json.loads(arrays["about"].tobytes())
    whole = {
        name: arrays[name].astype(np.float32)
        for name in ("template_mm", "depth_mm", "gray", "white", "fluid", "residual")
    }
    place = Place(_grid_of(about["grid"]), whole["template_mm"], whole["depth_mm"])
    brain = Brain(whole["gray"], whole["white"], whole["fluid"], whole["residual"])
    tumors = tuple(_tumor(arrays, n, facts) for n, facts in enumerate(about["tumors"]))
    return Laid(tuple(tumor.lesion for tumor in tumors), place, brain, tumors)


def _tumor(arrays: dict[str, Array], n: int, facts: dict[str, Any]) -> Tumor:
    grid = _grid_of(facts["grid"])
    lesion = Lesion(
        kind=cast("Grown", facts["kind"]),
        side=cast("Side", facts["side"]),
        center_mm=arrays[f"center{n}"],
        inward=arrays[f"inward{n}"],
        core_ml=facts["core_ml"],
        edema_ml=facts["edema_ml"],
        pushed_ml=facts["pushed_ml"],
        number=facts["number"],
        grid=grid,
        core_time=np.zeros(0, np.float32),
        edema_time=np.zeros(0, np.float32),
        lump=NOTHING,
        grain=NOTHING,
        character=MappingProxyType(facts["character"]),
    )
    first, second, third = (slice(*span) for span in facts["box"])
    maps = [arrays[f"{name}{n}"].astype(np.float32) for name in ("edema_time", "lump", "grain")]
    return Tumor(lesion, (first, second, third), grid, arrays[f"labels{n}"], *maps)


def _tumor_facts(tumor: Tumor) -> dict[str, Any]:
    lesion = tumor.lesion
    return {
        "kind": lesion.kind,
        "side": lesion.side,
        "core_ml": lesion.core_ml,
        "edema_ml": lesion.edema_ml,
        "pushed_ml": lesion.pushed_ml,
        "number": lesion.number,
        "character": dict(lesion.character),
        "grid": _grid_facts(tumor.grid),
        "box": [[span.start, span.stop] for span in tumor.box],
    }


def _grid_facts(grid: Grid) -> list[list[Number]]:
    return [list(grid.shape), list(grid.spacing), list(grid.origin)]


def _grid_of(facts: list[list[Number]]) -> Grid:
    shape, spacing, origin = facts
    return Grid(
        (int(shape[0]), int(shape[1]), int(shape[2])),
        (float(spacing[0]), float(spacing[1]), float(spacing[2])),
        (float(origin[0]), float(origin[1]), float(origin[2])),
    )
