"""Certificates of retrained versions: as values, as PDF, and the pictures of negative flips."""

import base64
from pathlib import Path

import numpy as np
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from neuroscope.api.certificate_schema import CertificateOut, FlipPictureOut, FlipsOut
from neuroscope.api.deps import Id, StoreDep
from neuroscope.api.routes.analyses import PDF
from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.records.arrays import Array
from neuroscope.records.certificate import Certificate
from neuroscope.store import models

router = APIRouter(prefix="/models", tags=["models"])
PDF_NAME = "certificate.pdf"
FLIPS_NAME = "flips.npz"


@router.get("/{model_id}/certificate")
def get_certificate(model_id: Id, store: StoreDep) -> CertificateOut:
    """Return the certificate of a version: what was tested, found and concluded."""
    found = models.read_model(store, model_id).certificate
    if found is None:
        raise NotFoundError(
            "This version has no certificate.", fix="Only versions that were trained here have one."
        )
    try:
        certificate = Certificate.from_dict(found)
    except BadInputError as error:  # of another version of Neuroscope
        raise NotFoundError(f"It cannot be read. {error.problem}", fix=error.fix) from error
    return CertificateOut.model_validate(certificate.as_dict())


@router.get("/{model_id}/certificate.pdf", response_class=Response, responses=PDF)
def get_certificate_pdf(model_id: Id, store: StoreDep) -> Response:
    """Send the certificate of a version as PDF, with pictures, as it was written after training."""
    path = models.weights_file(store, models.read_model(store, model_id), PDF_NAME)
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
    path = models.weights_file(store, models.read_model(store, model_id), FLIPS_NAME)
    return FlipsOut(flips=_flips(path))


def _flips(path: Path) -> list[FlipPictureOut]:
    with np.load(path, allow_pickle=False) as found:
        kept = {name: found[name] for name in found.files}
    return [
        FlipPictureOut(
            unit=str(kept["unit"][row]),
            index=int(kept["index"][row]),
            label=str(kept["label"][row]),
            before=str(kept["before"][row]),
            after=str(kept["after"][row]),
            size=kept["pictures"].shape[-1],
            cells=kept["maps_before"].shape[-1],
            picture=_base64(kept["pictures"][row], "u1"),
            map_before=_base64(kept["maps_before"][row], "<f4"),
            map_after=_base64(kept["maps_after"][row], "<f4"),
        )
        for row in range(len(kept["unit"]))
    ]


def _base64(values: Array, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, kind).tobytes()).decode("ascii")
