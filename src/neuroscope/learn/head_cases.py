"""Synthetic whole heads with their brains, one picture of any contrast each."""

from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuroscope.models.brain_extractor import SPACING_MM, head_grid, seen_by_network
from neuroscope.models.segmenter_input import sampled
from neuroscope.phantom.case import make_case
from neuroscope.phantom.lesions.kinds import KINDS
from neuroscope.phantom.scanner.options import Scan, ScannerOptions
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.volume import Volume

FIRST_SEED = 900_000  # no other training, test or demo uses these
CONTRASTS = ("t1", "t1c", "t2", "flair", "ct", "random")
STEPS = 160  # stored gray values per unit
WHOLE = 255  # stored share of a voxel that is all brain
TRUTH_MM = 2.0  # grid of the brain that is to be found
DRAW = 13
NAME = "head-{:06d}.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Pictures `(contrasts, i, j, k)` scaled by `STEPS`, and the brain's share of every voxel.

    The share `(i, j, k)` is scaled by `WHOLE`: where the surface passes within a voxel of 3 mm is
    what a yes or no would lose.
    """

    images: NDArray[np.uint8]
    share: NDArray[np.uint8]

    @property
    def brain(self) -> NDArray[np.bool_]:
        """The voxels that are brain for more than half."""
        return self.share > WHOLE // 2


def made_heads(
    numbers: range, *, cache: Path, workers: int = 1, progress: Progress = ignore
) -> list[Path]:
    """Make the heads of some numbers in a folder; those that are there are kept."""
    cache.mkdir(parents=True, exist_ok=True)
    paths = [cache / NAME.format(number) for number in numbers]
    missing = [n for n, path in zip(numbers, paths, strict=True) if not path.is_file()]
    if missing:
        with get_context("spawn").Pool(workers) as pool:
            stored = pool.imap(partial(_store, folder=cache), missing)
            for done, _ in enumerate(stored, start=1):
                progress(done / len(missing))
    return paths


def read_head(path: Path) -> Head:
    """Read a stored head."""
    with np.load(path) as stored:
        return Head(stored["images"], stored["share"])


def drawn_head(number: int) -> Head:
    """Make head `number`: any lesion or none, any scanner."""
    rng = np.random.default_rng([FIRST_SEED, number, DRAW])
    seed, kind = FIRST_SEED + number, str(rng.choice(KINDS))
    scan = Scan(
        bias=float(rng.uniform(0, 0.25)),
        noise=float(rng.uniform(0.005, 0.08)),
        blur_mm=float(rng.uniform(0.4, 2.0)),
    )
    scanner = ScannerOptions(field_t=3, every=scan)
    head = make_case(
        kind, seed=seed, spacing_mm=SPACING_MM, sequences=CONTRASTS, head=True, scanner=scanner
    )
    stripped = make_case(kind, seed=seed, spacing_mm=TRUTH_MM, sequences=("t1",))
    shape, affine = head_grid(head.volumes["t1"])
    bare = stripped.volumes["t1"]
    inside = Volume((np.asarray(bare.voxels) > 0).astype(np.float32), bare.affine)
    images = [seen_by_network(head.volumes[name], shape, affine) for name in CONTRASTS]
    codes = np.round(np.stack(images) * STEPS).astype(np.uint8)
    share = np.clip(sampled(inside, shape, affine), 0, 1) * WHOLE
    return Head(codes, np.round(share).astype(np.uint8))


def _store(number: int, *, folder: Path) -> None:
    made = drawn_head(number)
    fresh = folder / f"partial-{number}.npz"
    np.savez_compressed(fresh, images=made.images, share=made.share)
    fresh.rename(folder / NAME.format(number))
