import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryError
from neuroscope.records.mesh import Mesh

VERTICES = np.array([[0, 0, 0], [30, 0, 0], [0, 20, 0], [0, 0, 10]], np.float32) + 100
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.uint32)


def test_a_tetrahedron_has_its_area_and_volume():
    mesh = Mesh("x", VERTICES, FACES)
    assert mesh.enclosed_ml == pytest.approx(30 * 20 * 10 / 6 / 1000)
    assert Mesh("x", VERTICES, FACES[:, ::-1]).enclosed_ml == pytest.approx(-1.0)
    assert mesh.area_mm2 == pytest.approx(300 + 150 + 100 + 350)


def test_a_face_needs_its_vertices():
    with pytest.raises(BadInputError, match="vertex 3 of 3"):
        Mesh("x", VERTICES[:3], FACES)
    with pytest.raises(GeometryError, match="shape"):
        Mesh("x", VERTICES[:, :2], FACES)


def test_an_empty_mesh_measures_nothing_and_arrays_cannot_be_changed():
    nothing = Mesh("x", np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint32))
    assert (nothing.area_mm2, nothing.enclosed_ml) == (0, 0)
    with pytest.raises(ValueError, match="read-only"):
        Mesh("x", VERTICES, FACES).faces[0, 0] = 1
