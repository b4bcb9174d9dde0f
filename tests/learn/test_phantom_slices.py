"""Phantom slices: the label follows the mask, tissues are outlined as the sequence shows them."""

from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.learn import phantom_slices as module
from neuroscope.learn.phantom_slices import PhantomConfig, joined, phantom_slices
from neuroscope.models.classes import CLASS_NAMES, NO_TUMOR

SIZE = 64
SEEDS = range(module.FIRST_SEED, module.FIRST_SEED + 40)


def first_of(kind: str) -> int:
    """The first seed whose drawn case is of the kind, by the rule of the module."""
    for seed in SEEDS:
        rng = np.random.default_rng([seed, 77])
        healthy = rng.random() < module.HEALTHY_SHARE
        drawn = "none" if healthy else CLASS_NAMES[int(rng.integers(3))]
        if drawn == kind:
            return seed
    raise AssertionError(kind)


@pytest.fixture(scope="module")
def glioma(tmp_path_factory: pytest.TempPathFactory):
    config = PhantomConfig(cases=1, first_seed=first_of("glioma"))
    return phantom_slices(config, size=SIZE, cache=tmp_path_factory.mktemp("cache"))


def test_a_slice_has_the_label_of_what_it_shows(glioma):
    shown = (glioma.masks > 0).any((1, 2))
    assert shown.any()
    assert (glioma.labels[shown] == CLASS_NAMES.index("glioma")).all()
    assert (glioma.labels[~shown] == NO_TUMOR).all()
    assert glioma.has_mask.all()


def test_edema_belongs_to_the_outline_only_where_it_is_seen(glioma):
    area = {
        sequence: max(
            (int((mask > 127).sum()) for mask, file in zip(glioma.masks, glioma.files, strict=True)
             if f"-{sequence}-" in file),
            default=0,
        )
        for sequence in ("t1c", "flair")
    }  # fmt: skip
    assert area["flair"] > area["t1c"] > 0


def test_a_healthy_head_has_no_tumor_in_any_sequence_or_plane(tmp_path: Path):
    config = PhantomConfig(cases=1, first_seed=first_of("none"))
    made = phantom_slices(config, size=SIZE, cache=tmp_path)
    assert (made.labels == NO_TUMOR).all()
    assert not made.masks.any()
    kinds = {tuple(name.split("-")[2:4]) for name in made.files}
    assert len(kinds) == 12


def test_a_second_run_reads_what_the_first_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    config = PhantomConfig(cases=1, first_seed=first_of("none"))
    made = phantom_slices(config, size=SIZE, cache=tmp_path)
    monkeypatch.setattr(module, "ProcessPoolExecutor", None)
    again = phantom_slices(config, size=SIZE, cache=tmp_path)
    assert np.array_equal(made.images, again.images)
    assert made.files.tolist() == again.files.tolist()
    both = joined(made, again)
    assert len(both) == 2 * len(made)


def test_no_case_is_refused(tmp_path: Path):
    with pytest.raises(BadInputError, match="No phantom"):
        phantom_slices(PhantomConfig(cases=0), size=SIZE, cache=tmp_path)
    with pytest.raises(ValueError, match="0 or more"):
        PhantomConfig(cases=-1)
