"""A segmenter that the user brings in a folder: nnU-Net v2, a MONAI bundle, or own weights."""

from dataclasses import replace
from pathlib import Path

from neuroscope.errors import BadInputError
from neuroscope.models.bundle import METADATA, load_bundle
from neuroscope.models.nnunet import load_nnunet
from neuroscope.models.nnunet_folder import DATASET
from neuroscope.models.segmenter import Segmenter
from neuroscope.models.unet_segmenter import SIDECAR_NAME, load_segmenter

BROUGHT = "brought segmenter"  # own weights outside the registry: no version of the active one


def load_brought_segmenter(folder: Path, *, threads: int = 0) -> Segmenter:
    """Load whatever segmenter a folder holds; its files tell which kind it is.

    Raises
    ------
    BadInputError
        If it holds none that we can run, or one whose channels or labels are not ours.
    MissingExtraError
        If the package that runs it is not installed.
    ModelError
        If own weights are damaged.
    """
    if (folder / DATASET).is_file():
        return load_nnunet(folder, threads=threads)
    if (folder / METADATA).is_file():
        return load_bundle(folder, threads=threads)
    if (folder / SIDECAR_NAME).is_file():
        own = load_segmenter(threads=threads, weights=folder)
        own.model = replace(own.model, name=BROUGHT)
        return own
    raise BadInputError(
        f"The folder '{folder.name}' holds no segmenter (NEUROSCOPE_SEGMENTER).",
        fix=f"Name a trained nnU-Net v2 folder (with {DATASET}), a MONAI bundle (with {METADATA}) "
        f"or own weights (with {SIDECAR_NAME}).",
    )
