import numpy as np
import pytest

from neuroscope.measure.meshes import mesh_of, meshes
from neuroscope.measure.regions import cut, regions_of
from neuroscope.measure.surface import smooth, surface
from neuroscope.records.volume import Volume


def is_closed(mesh) -> bool:
    """Every edge is used twice, once in each direction."""
    edges = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    there = {tuple(edge) for edge in edges.tolist()}
    return len(there) == len(edges) and all((b, a) in there for a, b in there)


def test_a_mesh_is_closed_keeps_its_volume_and_stays_below_its_faces(ellipsoid):
    region = cut(*ellipsoid((30, 22, 18)))
    full, few = mesh_of(region, "WT"), mesh_of(region, "WT", most_faces=3000)
    assert len(few.faces) <= 3000 < len(full.faces)
    for mesh in (full, few):
        assert is_closed(mesh)
        assert mesh.enclosed_ml == pytest.approx(region.ml, rel=0.03)
    assert few.area_mm2 == pytest.approx(full.area_mm2, rel=0.03)


def test_thick_slices_give_a_surface_in_the_right_place(ellipsoid):
    mesh = mesh_of(cut(*ellipsoid((20, 16, 24), (1.0, 1.0, 6.5))), "TC")
    assert np.abs(mesh.vertices_mm).max(0) == pytest.approx([20, 16, 24], abs=3.5)
    assert is_closed(mesh)


@pytest.mark.parametrize("edge_mm", [2.0, 4.0])  # between the spacings, and above all of them
def test_cubes_of_any_edge_keep_volume_and_place_on_uneven_grids(ellipsoid, edge_mm):
    region = cut(*ellipsoid((30, 22, 26), (1.0, 1.0, 3.0)))
    mesh = surface(smooth(region, edge_mm=edge_mm), "WT")
    assert mesh.enclosed_ml == pytest.approx(region.ml, rel=0.03)
    assert np.abs(mesh.vertices_mm).max(0) == pytest.approx([30, 22, 26], abs=0.75 * edge_mm)
    assert is_closed(mesh)


def test_what_is_there_is_drawn(labeled):
    labels = np.zeros((40, 40, 40), np.uint8)
    labels[10:30, 10:30, 10:30] = 2
    labels[14:24, 14:24, 14:24] = 3
    head = np.zeros(labels.shape, bool)
    head[2:38, 2:38, 2:38] = True
    drawn = meshes(regions_of(labeled(labels)), Volume(head, np.eye(4)))
    assert [mesh.name for mesh in drawn] == ["WT", "TC", "ET", "brain"]
    assert drawn[-1].enclosed_ml == pytest.approx(36**3 / 1000, rel=0.03)
    assert meshes(regions_of(labeled(np.zeros((5, 5, 5)))), None) == ()
