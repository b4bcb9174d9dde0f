from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryMismatchError, NotFoundError
from neuroscope.records.annotation import Annotation
from neuroscope.store.database import Store
from neuroscope.store.drawn_on import require_image
from neuroscope.store.studies import read_study

Draw = Callable[..., Annotation]


def check(store: Store, study: str, drawn: Annotation) -> str:
    with store.reading() as session:
        return require_image(session, study, drawn)


def test_the_image_is_named_by_its_hash(
    store: Store, volume: str, pictures: str, contour: Draw, stroke: Draw
) -> None:
    array = read_study(store, volume).series[0].array
    assert array is not None
    assert check(store, volume, contour()) == array.sha256
    cuts = read_study(store, pictures).series[0].slices
    for index in (0, 2):
        assert check(store, pictures, stroke(slice_index=index)) == cuts[index].array.sha256


@pytest.mark.parametrize(
    ("column", "meets"), [(66.4, False), (65.9, True), (-7.1, False), (-6.9, True)]
)
def test_a_stroke_must_meet_the_picture(
    store: Store, pictures: str, stroke: Draw, column: float, meets: bool
) -> None:
    # Pixels reach from -0.5 to 63.5; the stroke spans 4 columns and 2.5 to both sides.
    if meets:
        check(store, pictures, stroke(column=column))
    else:
        with pytest.raises(BadInputError, match="beside the image"):
            check(store, pictures, stroke(column=column))


def test_a_contour_must_meet_the_volume(store: Store, volume: str, contour: Draw) -> None:
    check(store, volume, contour(by_mm=37.0))
    for by_mm in (38.0, -31.0):
        with pytest.raises(BadInputError, match="beside the image"):
            check(store, volume, contour(by_mm=by_mm))
    above = replace(contour(), points_mm=contour().points_mm + np.array([0, 0, 23.0]))
    with pytest.raises(BadInputError, match="beside the image"):
        check(store, volume, above)


def test_pictures_are_named_and_volumes_have_none(
    store: Store, volume: str, pictures: str, contour: Draw, stroke: Draw
) -> None:
    with pytest.raises(BadInputError, match="slice_index"):
        check(store, pictures, replace(stroke(), slice_index=None))
    with pytest.raises(BadInputError, match="of a volume"):
        check(store, volume, replace(contour(), slice_index=2))
    with pytest.raises(NotFoundError, match="no picture 3"):
        check(store, pictures, stroke(slice_index=3))
    with pytest.raises(NotFoundError, match="series"):
        check(store, volume, replace(contour(), series_id="other"))


def test_a_mask_lies_on_the_grid_of_its_image(store: Store, volume: str, mask: Draw) -> None:
    check(store, volume, mask())
    for row, column, value, said in (
        (0, 3, 20.4, "another grid"),
        (0, 0, 1.1, "another grid"),
        (2, 2, 3.9, "another grid"),
        (0, 3, 46.0, "beyond"),
        (1, 3, -1.0, "beyond"),
        (2, 3, 44.0, "beyond"),
    ):
        affine = np.array(mask().mask_affine)
        affine[row, column] = value
        with pytest.raises(GeometryMismatchError, match=said):
            check(store, volume, replace(mask(), mask_affine=affine))


def test_a_mask_on_a_plain_picture_lies_in_its_pixels(
    store: Store, pictures: str, mask: Draw
) -> None:
    box = np.ones((5, 7, 1), bool)
    affine = np.array([[0, 1, 0, 57.0], [1, 0, 0, 3], [0, 0, 1, 0], [0, 0, 0, 1]])
    drawn = replace(mask(), series_id="5e71e5", slice_index=1, mask=box, mask_affine=affine)
    check(store, pictures, drawn)  # rows 3..7, columns 57..63
    affine[0, 3] = 58
    with pytest.raises(GeometryMismatchError, match="beyond"):
        check(store, pictures, replace(drawn, mask_affine=affine))
