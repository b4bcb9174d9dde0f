"""A certificate and its pictures beside the weights they are about."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.records.certificate import Certificate, FlipPicture, NegativeFlip
from neuroscope.records.passport import Passport, passport_from

CERTIFICATE_NAME = "certificate.json"
PDF_NAME = "certificate.pdf"
FLIPS_NAME = "flips.npz"
TESTS = ("tests_before", "tests_after")  # columns of it


def write_certificate(
    certificate: Certificate, pictures: Sequence[FlipPicture], folder: Path
) -> None:
    """Write the certificate, and the pictures of its negative flips if there are any."""
    text = json.dumps(certificate.as_dict(), indent=1, allow_nan=False) + "\n"
    (folder / CERTIFICATE_NAME).write_text(text, encoding="utf-8")
    write_flip_pictures(pictures, folder)


def write_flip_pictures(pictures: Sequence[FlipPicture], folder: Path) -> None:
    """Write the pictures beside a certificate in place of those there were; no file without any."""
    flips = folder / FLIPS_NAME
    flips.unlink(missing_ok=True)
    if pictures:
        np.savez_compressed(
            flips,
            flips=np.array([json.dumps(asdict(picture.flip)) for picture in pictures]),
            pixels=np.stack([np.rint(p.pixels * 255).astype(np.uint8) for p in pictures]),
            before=np.stack([p.before.astype(np.float32) for p in pictures]),
            after=np.stack([p.after.astype(np.float32) for p in pictures]),
            tests_before=np.array([_packed(p.tests_before) for p in pictures]),
            tests_after=np.array([_packed(p.tests_after) for p in pictures]),
        )


def read_certificate(folder: Path) -> Certificate:
    """Read the certificate of the weights in a folder.

    Raises
    ------
    NotFoundError
        If there is none.
    BadInputError
        If it is damaged.
    """
    path = folder / CERTIFICATE_NAME
    if not path.is_file():
        raise NotFoundError("These weights have no certificate.", fix="Retrain with --certify.")
    try:
        return Certificate.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise BadInputError("The certificate is no JSON.", fix="Certify again.") from error


def read_flip_pictures(folder: Path) -> tuple[FlipPicture, ...]:
    """Read the pictures beside a certificate; none where no answer was lost."""
    path = folder / FLIPS_NAME
    if not path.is_file():
        return ()
    with np.load(path, allow_pickle=False) as kept:
        columns = [kept[name] for name in ("flips", "pixels", "before", "after")]
        untested = np.full(len(columns[0]), "")  # of an earlier version of Neuroscope
        tests = [kept.get(name, untested) for name in TESTS]
    return tuple(
        FlipPicture(
            NegativeFlip(**json.loads(str(flip))),
            pixels.astype(np.float32) / 255,
            before,
            after,
            _unpacked(str(of_before)),
            _unpacked(str(of_after)),
        )
        for flip, pixels, before, after, of_before, of_after in zip(*columns, *tests, strict=True)
    )


def _packed(passport: Passport | None) -> str:
    return "" if passport is None else json.dumps(passport.as_dict())


def _unpacked(stored: str) -> Passport | None:
    return passport_from(json.loads(stored)) if stored else None
