"""Gather pictures that the classifier should not answer, one family at a time.

Some are made of test slices (turned, inverted, noise in the shape of the head), some are drawn
(`other_pictures.py`), some synthetic (CT), and some real: a CT, other sequences of real studies
that lost their skull, and the photographs that scikit-learn carries.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from neuroscope.errors import NeuroscopeError
from neuroscope.io.reader import read_study
from neuroscope.learn.dataset import SliceSet, read_gray
from neuroscope.learn.other_pictures import other_picture
from neuroscope.learn.real_studies import real_studies
from neuroscope.phantom.case import make_case
from neuroscope.phantom.slices import picture
from neuroscope.preprocess.orient import slices_of, usable_indices
from neuroscope.preprocess.slice_input import find_head
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits

Gray = NDArray[np.floating]

NUMBER = 120  # pictures of a family that is made or drawn
SEED = 20_001
CT_FIRST_SEED = 810_000
CT_HEADS = 4
CT_FOLDER = "ct_head*"
DRAWN = {
    "drawn: a joint, as of a knee": "joint",
    "drawn: other parts of a body": "trunk",
    "drawn: like a photograph": "photograph-like",
    "drawn: writing": "writing",
}
SEQUENCES = {"t1c": "T1 with contrast", "t1": "T1", "t2": "T2", "flair": "FLAIR"}


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Pictures of one kind, and the groups they come from."""

    name: str
    pictures: Sequence[Gray]
    units: Sequence[str]


def foreign_families(
    data: Path, slices: SliceSet, *, number: int = NUMBER, seed: int = SEED
) -> Iterator[Family]:
    """Make or read every family; those whose files are missing are left out.

    Parameters
    ----------
    slices
        Slices of a part of the data that was not trained on: some are turned and inverted.
    """
    some = np.linspace(0, len(slices) - 1, min(number, len(slices))).round().astype(int)
    own = [read_gray(data / slices.names[row]) for row in some]
    units = [str(slices.units[row]) for row in some]
    rng = np.random.default_rng(seed)
    yield Family("upside down", [pixels[::-1, ::-1] for pixels in own], units)
    yield Family("black and white inverted", [pixels.max() - pixels for pixels in own], units)
    yield Family("noise in the shape of a head", [_noisy(pixels, rng) for pixels in own], units)
    noise = [rng.random((160, 160)) for _ in range(number)]
    yield Family("noise", noise, _each("noise", number))
    for name, kind in DRAWN.items():
        drawn = [other_picture(kind, rng) for _ in range(number)]
        yield Family(name, drawn, _each(kind, number))
    yield _photographs(number, rng)
    yield _synthetic_ct(rng)
    yield from _real_ct(data)
    yield from _other_sequences(data)


def _noisy(pixels: Gray, rng: Generator) -> Gray:
    head = find_head(np.asarray(pixels, np.float32))
    return np.where(head, rng.uniform(0, 255, pixels.shape), 0.0)


def _photographs(number: int, rng: Generator) -> Family:
    """Cut windows of many sizes out of two photographs: two pieces of evidence, not many."""
    from sklearn.datasets import load_sample_images

    photographs = [image.mean(2) for image in load_sample_images().images]
    pictures, units = [], []
    for n in range(number):
        photograph = photographs[n % len(photographs)]
        side = int(rng.integers(120, min(photograph.shape)))
        top, left = (int(rng.integers(0, extent - side + 1)) for extent in photograph.shape)
        pictures.append(photograph[top : top + side, left : left + side])
        units.append(f"photograph {n % len(photographs)}")
    return Family("photographs", pictures, units)


def _synthetic_ct(rng: Generator) -> Family:
    pictures, units = [], []
    for seed in range(CT_FIRST_SEED, CT_FIRST_SEED + CT_HEADS):
        case = make_case("none", seed=seed, spacing_mm=2.0, sequences=("ct",), head=True)
        number = case.segmentation.labels.shape[2]
        for index in rng.integers(int(number * 0.35), int(number * 0.8), 10):
            pictures.append(picture(case, "ct", "axial", int(index)).astype(np.float32))
            units.append(f"phantom {seed}")
    return Family("CT of synthetic heads", pictures, units)


def _real_ct(data: Path) -> Iterator[Family]:
    for folder in sorted((data / "dicom").glob(CT_FOLDER)):
        try:
            imported = read_study(folder, key=b"k" * 32, limits=Limits())
        except NeuroscopeError:
            continue
        pictures = [cut for volume in imported.volumes.values() for cut in _cuts(volume, 1)]
        yield Family("CT of a real head", pictures, ["one person"] * len(pictures))


def _other_sequences(data: Path) -> Iterator[Family]:
    pictures: dict[str, list[Gray]] = {role: [] for role in SEQUENCES}
    units: dict[str, list[str]] = {role: [] for role in SEQUENCES}
    for study in real_studies(data, Limits()):
        for role in SEQUENCES:
            if role not in study.volumes:
                continue
            cuts = list(_cuts(study.volumes[role], 5))
            middle = cuts[len(cuts) // 4 : -len(cuts) // 4]
            pictures[role] += middle
            units[role] += [study.name] * len(middle)
    for role, name in SEQUENCES.items():
        if pictures[role]:
            yield Family(f"{name} of real brains without skull", pictures[role], units[role])


def _cuts(volume: Volume, step: int) -> Iterator[Gray]:
    source = slices_of(volume)
    for index in list(usable_indices(source))[::step]:
        yield source.get(index)


def _each(kind: str, number: int) -> list[str]:
    return [f"{kind} {n}" for n in range(number)]
