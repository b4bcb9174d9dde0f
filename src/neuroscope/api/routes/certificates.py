"""Certificates of retrained versions: as values, as PDF, and the pictures of negative flips."""

import base64
from dataclasses import asdict

import numpy as np
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from neuroscope.api.certificate_schema import CertificateOut, FlipPictureOut, FlipsOut
from neuroscope.api.deps import Id, StoreDep
from neuroscope.api.passport_schema import PassportOut
from neuroscope.api.routes.analyses import PDF
from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.io.certificate import CERTIFICATE_NAME, FLIPS_NAME, PDF_NAME, read_flip_pictures
from neuroscope.records.arrays import Array
from neuroscope.records.certificate import Certificate, FlipPicture
from neuroscope.records.passport import Passport
from neuroscope.store import models
from neuroscope.store.database import Store

REDACTED = "The PDF is no longer kept: it showed a picture of a study that was deleted."

router = APIRouter(prefix="/models", tags=["models"])


@router.get("/{model_id}/certificate")
def get_certificate(model_id: Id, store: StoreDep) -> CertificateOut:
    """Return the certificate of a version: what was tested, found and concluded."""
    found = _certified(store, model_id).certificate
    try:
        certificate = Certificate.from_dict(found or {})
    except BadInputError as error:  # of another version of Neuroscope
        raise NotFoundError(f"It cannot be read. {error.problem}", fix=error.fix) from error
    return CertificateOut.model_validate(certificate.as_dict())


@router.get("/{model_id}/certificate.pdf", response_class=Response, responses=PDF)
def get_certificate_pdf(model_id: Id, store: StoreDep) -> Response:
    """Send the certificate of a version as PDF, with pictures, as it was written after training."""
    model = _certified(store, model_id)
    if PDF_NAME not in model.files and CERTIFICATE_NAME in model.files:
        raise NotFoundError(REDACTED, fix="Read it on the page, or as JSON: all values are there.")
    path = models.weights_file(store, model, PDF_NAME)
    headers = {
        "Content-Disposition": f'inline; filename="neuroscope-certificate-{model_id}.pdf"',
        "Cache-Control": "private, no-cache",
        # Browsers show a PDF by a plug-in of their own, which our usual policy would forbid.
        "Content-Security-Policy": "frame-ancestors 'self'",
    }
    return FileResponse(path, media_type="application/pdf", headers=headers)


@router.get("/{model_id}/certificate/flips")
def list_flip_pictures(model_id: Id, store: StoreDep) -> FlipsOut:
    """Return slices that were answered right before and wrong after, with both maps."""
    model = _certified(store, model_id)
    if FLIPS_NAME not in model.files:  # no answer was lost
        return FlipsOut(flips=[])
    path = models.weights_file(store, model, FLIPS_NAME)
    return FlipsOut(flips=[_flip(picture) for picture in read_flip_pictures(path.parent)])


def _certified(store: Store, model_id: str) -> models.RegisteredModel:
    model = models.read_model(store, model_id)
    if model.certificate is None:
        raise NotFoundError(
            "This version has no certificate.", fix="Only versions that were trained here have one."
        )
    return model


def _flip(picture: FlipPicture) -> FlipPictureOut:
    return FlipPictureOut(
        **asdict(picture.flip),
        size=picture.pixels.shape[-1],
        cells=picture.before.shape[-1],
        picture=_base64(np.rint(picture.pixels * 255), "u1"),
        map_before=_base64(picture.before, "<f4"),
        map_after=_base64(picture.after, "<f4"),
        tests_before=_tests(picture.tests_before),
        tests_after=_tests(picture.tests_after),
    )


def _tests(passport: Passport | None) -> PassportOut | None:
    return None if passport is None else PassportOut.model_validate(passport)


def _base64(values: Array, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, kind).tobytes()).decode("ascii")
