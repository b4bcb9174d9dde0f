import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.case import make_case
from neuroscope.phantom.labels_only import LabelMap, make_labels
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.lesions.shape import Shape, shape_of

SPACING = (2.0, 2.0, 2.0)


def lobed(radius_mm: float = 13) -> Shape:
    """Make a lobed tumor on the left of a 200 mm picture: necrosis in a rim, edema to one side."""
    axis = np.arange(-99, 100, 2.0)
    x, y, z = np.meshgrid(axis + 34, axis - 8, axis - 6, indexing="ij")
    swing = 1 + 0.25 * np.sin(3 * np.arctan2(y, x)) * np.cos(z / 12)
    radius = np.sqrt(x**2 + y**2 + z**2) / swing
    labels = np.zeros(radius.shape, np.uint8)
    labels[np.sqrt((x - 3) ** 2 + (y + 8) ** 2 + z**2) < 1.6 * radius_mm] = 2
    labels[radius < radius_mm] = 3
    labels[radius < 0.6 * radius_mm] = 1
    return Shape(labels, SPACING)


def overlap(shape: Shape, made: LabelMap, label: int) -> float:
    """Dice of a label when both tumors' cores are laid over each other, to the voxel."""
    parts = []
    for labels in (shape.labels, made.labels):
        middle = np.rint(np.argwhere(labels % 2 == 1).mean(0)).astype(int)
        wide = np.pad(labels, 40)
        window = tuple(slice(m + 40 - 30, m + 40 + 30) for m in middle)
        parts.append(wide[window] == label)
    return 2 * (parts[0] & parts[1]).sum() / (parts[0].sum() + parts[1].sum())


@pytest.mark.parametrize("kind", ["glioblastoma", "low_grade_glioma"])
def test_a_shape_is_laid_in_with_its_own_volumes_and_outline(kind):
    shape = lobed()
    made = make_labels(kind, seed=5, spacing_mm=SPACING, wish=Wish(shape=shape))

    for label in (1, 2, 3):
        wanted = shape.volume_ml(label)
        assert (made.labels == label).sum() * made.grid.voxel_ml == pytest.approx(
            wanted, abs=made.grid.voxel_ml
        )
    assert overlap(shape, made, 1) > 0.85
    assert overlap(shape, made, 3) > 0.75
    assert overlap(shape, made, 2) > 0.75


def test_a_shape_lies_on_its_own_side_unless_another_is_wished():
    shape = lobed()
    for side, wish in (("left", Wish(shape=shape)), ("right", Wish(shape=shape, side="right"))):
        (lesion,) = make_labels("glioblastoma", seed=5, spacing_mm=(4, 4, 4), wish=wish).lesions

        assert lesion.side == side
        assert (lesion.center_mm[0] < 0) == (side == "left")


def test_a_wished_volume_scales_the_shape_with_all_its_parts():
    wish = Wish(shape=lobed(), core_ml=4)
    made = make_labels("glioblastoma", seed=5, spacing_mm=SPACING, wish=wish)
    ncr, ed, et = (int((made.labels == n).sum()) for n in (1, 2, 3))
    here, there = lobed(), made.grid.voxel_ml

    assert (ncr + et) * there == pytest.approx(4, abs=there)
    assert et / ncr == pytest.approx(here.volume_ml(3) / here.volume_ml(1), rel=0.02)
    assert ed / (ncr + et) == pytest.approx(here.volume_ml(2) / here.volume_ml(1, 3), rel=0.02)


def test_a_shape_that_does_not_fit_is_refused():
    with pytest.raises(BadInputError, match=r"does not fit.*core_ml scales the shape"):
        make_labels("glioblastoma", seed=5, spacing_mm=SPACING, wish=Wish(shape=lobed(55)))


def test_only_gliomas_take_a_shape():
    with pytest.raises(BadInputError, match=r"meningioma.*glioblastoma, low_grade_glioma"):
        make_labels("meningioma", seed=5, spacing_mm=SPACING, wish=Wish(shape=lobed()))


def test_a_study_is_painted_around_a_shape():
    case = make_case("glioblastoma", seed=5, spacing_mm=3, wish=Wish(shape=lobed()))
    labels, t1c = case.segmentation.labels, case.volumes["t1c"].voxels

    assert np.median(t1c[labels == 3]) > 1.2 * np.median(t1c[labels == 1])
    assert case.truth["side"] == "left"


@pytest.mark.data
@pytest.mark.parametrize("name", ["BraTS20_Training_055", "BraTS20_Training_295"])
def test_a_real_mask_is_laid_in_with_its_own_volumes(name, development_data):
    path = development_data / "brats20_masks_128" / "gt" / f"{name}.npz"
    voxel_mm = (1.875, 1.875, 155 / 128)
    shape = shape_of(np.load(path)["a"][::-1, ::-1], voxel_mm)
    made = make_labels("low_grade_glioma", seed=2, spacing_mm=voxel_mm, wish=Wish(shape=shape))

    for label in (1, 2, 3):
        wanted = shape.volume_ml(label)
        assert (made.labels == label).sum() * made.grid.voxel_ml == pytest.approx(
            wanted, abs=made.grid.voxel_ml
        )
