"""What was found in space as other programs want it: on the own grid of each sequence."""

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import NotFoundError
from neuroscope.models.manual import nearest
from neuroscope.records.geometry import Affine
from neuroscope.records.volume import Volume
from neuroscope.store import studies
from neuroscope.store.database import Store
from neuroscope.store.volumetry import read_labels, read_volumetry


def labels_where_scanned(
    store: Store, study_id: str, analysis_id: str, role: str
) -> tuple[NDArray[np.uint8], Affine]:
    """Lay stored labels on the grid that a sequence was scanned on.

    Each voxel gets the label of the nearest voxel of the reference.

    Returns
    -------
    tuple
        BraTS 2023 labels `(i, j, k)` and the affine of the sequence, to RAS+ millimeters.

    Raises
    ------
    NotFoundError
        If nothing was found in space, or the study was segmented without this sequence.
    """
    content = read_volumetry(store, analysis_id).content
    found = next((one for one in content["sequences"] if one["role"] == role), None)
    if found is None:
        there = ", ".join(one["role"] for one in content["sequences"])
        raise NotFoundError(
            f"The study was segmented without {role}.", fix=f"Ask for one of {there}."
        )
    labels = Volume(
        read_labels(store, analysis_id), np.array(content["reference"]["affine_ras_mm"])
    )
    series = studies.read_study(store, study_id).require_series(found["series_id"])
    if series.array is None or series.affine is None:
        raise NotFoundError("The sequence is no volume.", fix="Ask for another sequence.")
    empty = np.broadcast_to(np.uint8(0), series.array.shape)
    moved = Volume(empty, np.array(found["to_reference"]) @ series.affine)
    return nearest(labels, moved), series.affine
