import numpy as np
import pytest

from neuroscope.preprocess.orient import slices_of
from neuroscope.records.analysis import SliceFinding
from neuroscope.records.annotation import Annotation
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.focus import FocusRow
from neuroscope.records.geometry import diagonal
from neuroscope.records.heatmap import EvidenceCells
from neuroscope.records.prediction import TUMOR_CLASSES, ModelRef, Prediction
from neuroscope.records.sliceview import PICTURE_SIDE
from neuroscope.records.volume import Slice, Volume
from neuroscope.workflow.slice_views import KnownTumor, slice_views, small_picture, tumor_marks

SPEC = EvidenceSpec(TUMOR_CLASSES, 64, 1.5, 4.0, 1.0, 0.3, (0.01,) * 4, (1.0,) * 4)
ROWS, COLUMNS = np.mgrid[:128, :128]
HEAD = np.hypot(ROWS - 64, COLUMNS - 64) < 50
BRAIN = np.hypot(ROWS - 64, COLUMNS - 64) < 42
PICTURE = np.where(BRAIN, 120, np.where(HEAD, 230, 0)).astype(np.uint8)


def finding(top: int, left: int, *, index: int = 0) -> SliceFinding:
    """Answer glioma; all evidence lies in 3 x 3 of 32 x 32 cells of 4 pixels."""
    cells = np.zeros((4, 32, 32), np.float32)
    cells[0, top : top + 3, left : left + 3] = 1.0
    p = dict(zip(TUMOR_CLASSES, (0.9, 0.05, 0.03, 0.02), strict=True))
    return SliceFinding(
        index,
        "cut",
        Prediction(p, ModelRef("evidence", "1", "a" * 64)),
        EvidenceCells(
            cells,
            cells.sum(axis=(1, 2)),
            TUMOR_CLASSES,
            np.array([[4, 0, 1.5], [0, 4, 1.5], [0, 0, 1]], np.float64),
            (128, 128),
        ),
    )


def drawn(kind: str = "tumor") -> Annotation:
    """Outline rows 40..52 and columns 72..84 of the picture, off the middle on both axes."""
    ring = np.array([[72, 40, 0], [84, 40, 0], [84, 52, 0], [72, 52, 0]], np.float64)
    return Annotation(
        id="a",
        series_id="s",
        kind=kind,  # type: ignore[arg-type]
        shape="contour",
        points_mm=ring,
        author="ann",
        slice_index=0,
    )


def look(found: SliceFinding, *marks: Annotation) -> FocusRow:
    source = slices_of([Slice(PICTURE, name="cut")])
    (view,) = slice_views(source, [found], SPEC, tumor=KnownTumor(tumor_marks(marks)))
    assert view.picture.shape == (PICTURE_SIDE, PICTURE_SIDE)
    assert view.focus is not None
    return view.focus


def test_evidence_on_what_a_reader_drew_is_reasonable() -> None:
    focus = look(finding(10, 18), drawn())
    assert (focus.tumor_from, focus.dominant, focus.reasonable) == ("reader", "tumor", True)
    assert sum(share for share in focus.fractions if share is not None) == pytest.approx(1)


def test_evidence_across_the_head_is_not() -> None:
    focus = look(finding(10, 10), drawn())  # mirrored to the other side
    assert focus.reasonable is False
    assert focus.fractions[0] == pytest.approx(0, abs=0.01)


def test_other_marks_are_no_tumor_and_nothing_is_claimed() -> None:
    focus = look(finding(10, 18), drawn("evidence"))
    assert (focus.tumor_from, focus.reasonable, focus.fractions[0]) == ("not known", None, None)


def test_evidence_in_a_corner_is_said_to_be_off_the_brain() -> None:
    assert "evidence off the brain" in look(finding(0, 0)).flags


def test_a_segmentation_shows_the_tumor_of_a_volume() -> None:
    voxels = np.repeat(PICTURE[:, :, None], 3, axis=2).astype(np.int16)
    volume = Volume(voxels, diagonal((1.0, 1.0, 5.0)))
    labels = np.zeros(voxels.shape, np.uint8)
    labels[30:60, 80:100, 1] = 3
    source = slices_of(volume)
    tumor = KnownTumor((), Volume(labels, volume.affine))
    # On the screen rows run to posterior and columns to the left of the patient: both turned.
    found = [finding(8, 20, index=index) for index in (0, 1)]
    without, within = slice_views(source, found, SPEC, tumor=tumor)
    assert within.focus is not None
    assert without.focus is not None
    assert (within.focus.tumor_from, within.focus.areas[0]) == ("predicted", 600 / 128**2)
    assert without.focus.areas[0] == 0
    shifted = KnownTumor((), Volume(labels, diagonal((1.0, 1.0, 4.0))))
    (elsewhere,) = slice_views(source, found[1:], SPEC, tumor=shifted)
    assert elsewhere.focus is not None
    assert elsewhere.focus.tumor_from == "not known"


def test_a_small_picture_keeps_the_shape_of_the_slice() -> None:
    tall = np.zeros((200, 100), np.float32)
    tall[:100] = 255
    picture = small_picture(tall)
    assert picture[:46, 30:60].min() == 255
    assert picture[50:].max() == 0
    assert picture[:, :20].max() == 0
    assert picture[:, 78:].max() == 0
