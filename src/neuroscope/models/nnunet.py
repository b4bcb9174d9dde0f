"""Segment with a user's trained nnU-Net v2 (extra `nnunet`).

A checkpoint is a pickle, which can run any code when it is loaded: load only what you trust.
"""

import io
import logging
import pickle
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, MissingExtraError, extra
from neuroscope.models.answer import answer_of_outputs
from neuroscope.models.naming import require_sequences
from neuroscope.models.nnunet_folder import NnunetFolder, read_nnunet_folder
from neuroscope.models.oriented import stacked
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.records.geometry import spacing_mm
from neuroscope.records.segmented import Segmented

log = logging.getLogger(__name__)

Float32 = NDArray[np.float32]
# Channels `(c, k, j, i)` and the spacing in that order -> probabilities `(outputs, k, j, i)`.
Predict = Callable[[Float32, Sequence[float]], Float32]


class NnunetSegmenter:
    """A trained nnU-Net; owns its network."""

    def __init__(self, predict: Predict, folder: NnunetFolder) -> None:
        self._predict = predict
        self.folder = folder
        self.model = folder.model

    def segment(self, study: SegmenterStudy) -> Segmented:
        """Segment one study; the answer lies on the grid of the brain mask.

        Raises
        ------
        BadInputError
            If the study lacks a sequence that the model was trained with.
        """
        folder = self.folder
        require_sequences(folder.roles, study.volumes)
        given = stacked(study.volumes, study.brain, folder.roles, orientation=folder.orientation)
        # nnU-Net counts axes from the slowest, as SimpleITK's arrays do: k, j, i.
        slowest_first = np.ascontiguousarray(given.channels.transpose(0, 3, 2, 1))
        found = self._predict(slowest_first, spacing_mm(given.affine)[::-1])
        p = np.stack([given.turn.undo(one.transpose(2, 1, 0)) for one in found])
        return answer_of_outputs(p, folder, study, self.model, cautions=folder.cautions)


def load_nnunet(
    path: Path,
    *,
    folds: Sequence[str] = (),
    checkpoint: str = "",
    mirror: bool = True,
    threads: int = 0,
) -> NnunetSegmenter:
    """Load a folder as nnU-Net v2 leaves it after training.

    Parameters
    ----------
    path
        Holds `dataset.json`, `plans.json` and `fold_*`.
    mirror
        Average over mirror images, as nnU-Net does by default; False takes an eighth of the time.
    threads
        Of the CPU; 0 leaves the choice to PyTorch.

    Raises
    ------
    BadInputError
        If the folder is incomplete, damaged, or its channels or labels are not ours.
    MissingExtraError
        If nnU-Net is not installed.
    """
    folder = read_nnunet_folder(path, folds=folds, checkpoint=checkpoint)
    try:
        with extra("nnunet"):
            import torch
            from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
    except RuntimeError as error:  # a torchvision built for another PyTorch
        raise MissingExtraError(
            f"nnU-Net is installed but does not start ({type(error).__name__}).",
            fix="Install a torchvision that fits your PyTorch: see the page "
            "docs/how-to/segment-with-your-own-model.md",
        ) from error
    if threads:
        torch.set_num_threads(threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with redirect_stdout(io.StringIO()):
        predictor = nnUNetPredictor(use_mirroring=mirror, device=device, allow_tqdm=False)
        try:
            predictor.initialize_from_trained_model_folder(
                str(path), folder.folds, folder.checkpoint
            )
        except (OSError, RuntimeError, LookupError, TypeError, ValueError, EOFError, AttributeError,
                pickle.UnpicklingError) as error:  # fmt: skip
            raise BadInputError(
                f"The network of the nnU-Net folder cannot be loaded ({type(error).__name__}).",
                fix="Copy the folder again. Its trainer must be importable (nnUNet_extTrainer), "
                "and torchvision must fit PyTorch: docs/how-to/segment-with-your-own-model.md",
            ) from error

    def predict(channels: Float32, spacing: Sequence[float]) -> Float32:
        with redirect_stdout(io.StringIO()):
            _, p = predictor.predict_single_npy_array(
                channels, {"spacing": list(spacing)}, None, None, True
            )
        return np.asarray(p, np.float32)

    log.info("loaded %s", folder.model.name)
    return NnunetSegmenter(predict, folder)
