import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryError
from neuroscope.records.geometry import diagonal
from neuroscope.records.prepared import Finding, Prepared
from neuroscope.records.transform import IDENTITY, Transform
from neuroscope.records.volume import Volume

GRID = Volume(np.arange(24, dtype=np.float32).reshape(2, 3, 4), diagonal((1.0, 2.0, 3.0)))
MASK = Volume(np.ones((2, 3, 4), np.bool_), GRID.affine)
SHIFT = Transform(np.array([[1.0, 0, 0, 5], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]))


def made(**changes: object) -> Prepared:
    moved = Volume(GRID.voxels, SHIFT.matrix @ GRID.affine)
    given: dict[str, object] = {
        "volumes": {"t1c": GRID, "t2": moved},
        "series": {"t1c": "a", "t2": "b"},
        "reference": "t1c",
        "to_reference": {"t1c": IDENTITY, "t2": SHIFT},
        "brain": MASK,
    }
    return Prepared(**(given | changes))


def test_the_native_grid_is_where_the_scanner_put_it():
    native = made().native_grid("t2")

    np.testing.assert_allclose(native.affine, GRID.affine)
    np.testing.assert_array_equal(native.voxels, GRID.voxels)


def test_results_are_given_on_the_grid_of_the_reference():
    assert made().grid is GRID


def test_findings_are_read_as_problem_what_was_done_and_cost():
    finding = Finding("missing", "No T2.", "It went on without.", "Edema is less exact.")

    assert made(findings=(finding,)).cautions == (
        "No T2. It went on without. Edema is less exact.",
    )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"reference": "flair"}, BadInputError),
        ({"series": {"t1c": "a"}}, BadInputError),
        ({"to_reference": {"t1c": IDENTITY}}, BadInputError),
        ({"brain": Volume(np.ones((2, 3, 4)), GRID.affine)}, GeometryError),
        ({"brain": Volume(np.ones((2, 3, 5), np.bool_), GRID.affine)}, GeometryError),
    ],
)
def test_what_does_not_fit_together_is_refused(changes: dict[str, object], error: type):
    with pytest.raises(error):
        made(**changes)
