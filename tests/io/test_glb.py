import json
import struct

import numpy as np
import pytest

from neuroscope.io.glb import glb_bytes
from neuroscope.records.mesh import Mesh

VERTICES = np.array([[0, 0, 0], [30, 0, 0], [0, 20, 0], [0, 0, 10]], np.float32) - 5
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.uint32)


def unpacked(content: bytes) -> tuple[dict, bytes]:
    magic, version, length = struct.unpack("<4sII", content[:12])
    assert (magic, version, length) == (b"glTF", 2, len(content))
    size, kind = struct.unpack("<I4s", content[12:20])
    assert kind == b"JSON"
    assert size % 4 == 0
    described = json.loads(content[20 : 20 + size])
    rest = content[20 + size :]
    if not rest:
        return described, b""
    count, kind = struct.unpack("<I4s", rest[:8])
    assert (kind, count % 4, count) == (b"BIN\0", 0, len(rest) - 8)
    return described, rest[8:]


def test_a_surface_comes_back_in_millimeters_of_the_patient():
    described, blob = unpacked(glb_bytes([Mesh("ET", VERTICES, FACES)]))
    assert described["asset"]["extras"] == {"frame": "RAS+", "unit": "mm"}
    (mesh,) = described["meshes"]
    (part,) = mesh["primitives"]

    def read(number, dtype):
        accessor = described["accessors"][number]
        view = described["bufferViews"][accessor["bufferView"]]
        start = view["byteOffset"]
        return np.frombuffer(blob[start : start + view["byteLength"]], dtype), accessor

    places, about = read(part["attributes"]["POSITION"], "<f4")
    np.testing.assert_array_equal(places.reshape(-1, 3), VERTICES)
    assert (about["min"], about["max"]) == ([-5, -5, -5], [25, 15, 5])
    corners, about = read(part["indices"], "<u4")
    np.testing.assert_array_equal(corners.reshape(-1, 3), FACES)
    assert (about["componentType"], about["count"]) == (5125, 12)
    normals, _ = read(part["attributes"]["NORMAL"], "<f4")
    np.testing.assert_allclose(np.linalg.norm(normals.reshape(-1, 3), axis=1), 1, atol=1e-6)
    outward = ((VERTICES - VERTICES.mean(0)) * normals.reshape(-1, 3)).sum(1)
    assert (outward > 0).all()


def test_every_surface_has_its_node_and_color_and_none_has_none():
    nothing = Mesh("TC", np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint32))
    drawn = [Mesh("ET", VERTICES, FACES), nothing, Mesh("brain", VERTICES, FACES)]
    described, _ = unpacked(glb_bytes(drawn, colors={"ET": (1.0, 0.0, 0.0, 1.0)}))
    assert [node["name"] for node in described["nodes"]] == ["ET", "brain"]
    first = described["materials"][0]["pbrMetallicRoughness"]["baseColorFactor"]
    assert first == pytest.approx([1, 0, 0, 1])
    empty, blob = unpacked(glb_bytes([]))
    assert "meshes" not in empty
    assert blob == b""
