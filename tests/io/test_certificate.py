"""A certificate and its pictures come back as they were written."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.io.certificate import (
    CERTIFICATE_NAME,
    FLIPS_NAME,
    read_certificate,
    read_flip_pictures,
    write_certificate,
)
from neuroscope.records.certificate import Certificate, FlipPicture, NegativeFlip
from neuroscope.records.passport import Passport, judged

FLIP = NegativeFlip("u1", 4, "glioma", "glioma", "notumor")
FOUND = Certificate(
    verdict="insufficient",
    reasons=("Too little was held out to tell.",),
    conditions=(),
    rows=(),
    tests=(),
    counts=(),
    negative_flips=(FLIP,),
    positive_flips=0,
    status="feasible",
    step=10,
    controls={},
    hashes={},
    settings={},
    seed=0,
)


def picture() -> FlipPicture:
    rng = np.random.default_rng(0)
    pixels = (rng.integers(0, 255, (8, 8)) / 255).astype(np.float32)
    return FlipPicture(FLIP, pixels, rng.normal(size=(2, 2)), rng.normal(size=(2, 2)))


def test_a_certificate_and_its_pictures_are_read_again(tmp_path: Path):
    written = picture()
    write_certificate(FOUND, (written,), tmp_path)
    assert read_certificate(tmp_path).as_dict() == FOUND.as_dict()
    (read,) = read_flip_pictures(tmp_path)
    assert read.flip == FLIP
    assert np.allclose(read.pixels, written.pixels, atol=1 / 255)
    assert np.allclose(read.before, written.before)
    assert np.allclose(read.after, written.after)


def test_passports_of_both_maps_are_kept_with_the_pictures(tmp_path: Path):
    failed = Passport("glioma", "evidence", (judged("repeatability", 0.1, 0.5, reason="Overlap."),))
    write_certificate(FOUND, (replace(picture(), tests_after=failed),), tmp_path)
    (read,) = read_flip_pictures(tmp_path)
    assert read.tests_before is None
    assert read.tests_after == failed


def test_pictures_of_earlier_versions_have_no_passports(tmp_path: Path):
    write_certificate(FOUND, (picture(),), tmp_path)
    path = tmp_path / FLIPS_NAME
    with np.load(path) as kept:
        older = {name: kept[name] for name in kept if not name.startswith("tests_")}
    np.savez_compressed(path, **older)
    (read,) = read_flip_pictures(tmp_path)
    assert (read.tests_before, read.tests_after) == (None, None)


def test_old_pictures_do_not_stay_beside_a_new_certificate(tmp_path: Path):
    write_certificate(FOUND, (picture(),), tmp_path)
    write_certificate(FOUND, (), tmp_path)
    assert not (tmp_path / FLIPS_NAME).exists()
    assert read_flip_pictures(tmp_path) == ()


def test_a_missing_or_torn_certificate_is_said(tmp_path: Path):
    with pytest.raises(NotFoundError, match="no certificate"):
        read_certificate(tmp_path)
    (tmp_path / CERTIFICATE_NAME).write_text('{"schema": ')
    with pytest.raises(BadInputError, match="no JSON"):
        read_certificate(tmp_path)
