"""Write surfaces as binary glTF 2.0 (GLB).

glTF means meters with Y up; these files hold RAS+ millimeters as they are, so that a surface lies
on its image without a detour. `asset.extras` says so: `{"frame": "RAS+", "unit": "mm"}`.

References
----------
glTF 2.0 specification, sections 3.6 (geometry) and 4 (GLB), Khronos Group.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.mesh import Mesh

Color = tuple[float, float, float, float]  # red, green, blue, opacity; 0..1, linear

COLORS: Mapping[str, Color] = MappingProxyType(
    {
        "brain": (0.75, 0.72, 0.70, 0.25),
        "WT": (0.10, 0.55, 0.20, 0.35),
        "TC": (0.75, 0.35, 0.05, 0.6),
        "ET": (0.80, 0.60, 0.02, 1.0),
        "NCR": (0.55, 0.03, 0.05, 1.0),
        "ED": (0.10, 0.55, 0.20, 0.35),
    }
)
OTHER: Color = (0.5, 0.5, 0.5, 1.0)
MAGIC, VERSION, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 2, 0x4E4F534A, 0x004E4942
FLOAT, UNSIGNED_INT = 5126, 5125
VERTICES, INDICES = 34962, 34963


def glb_bytes(meshes: Sequence[Mesh], *, colors: Mapping[str, Color] = COLORS) -> bytes:
    """Pack surfaces into one GLB file, a node for each, with normals; empty ones are left out."""
    drawn = [mesh for mesh in meshes if len(mesh.faces)]
    views: list[dict[str, object]] = []
    accessors: list[dict[str, object]] = []
    blob = bytearray()
    described = []
    for number, mesh in enumerate(drawn):
        first = len(accessors)
        for array, target in (
            (np.asarray(mesh.vertices_mm, "<f4"), VERTICES),
            (np.asarray(_normals(mesh), "<f4"), VERTICES),
            (np.asarray(mesh.faces, "<u4").ravel(), INDICES),
        ):
            accessors.append(_accessor(array, len(views)))
            views.append(_view(array, len(blob), target))
            blob += array.tobytes()
        described.append(_mesh(mesh.name, first, number))
    content: dict[str, object] = {
        "asset": {
            "version": "2.0",
            "generator": "Neuroscope; research use only",
            "extras": {"frame": "RAS+", "unit": "mm"},
        },
        "scene": 0,
        "scenes": [{"nodes": list(range(len(drawn)))} if drawn else {"name": "empty"}],
    }
    if drawn:
        content |= {
            "nodes": [{"name": mesh.name, "mesh": n} for n, mesh in enumerate(drawn)],
            "meshes": described,
            "materials": [_material(mesh.name, colors.get(mesh.name, OTHER)) for mesh in drawn],
            "accessors": accessors,
            "bufferViews": views,
            "buffers": [{"byteLength": len(blob)}],
        }
    return _packed(content, bytes(blob))


def _normals(mesh: Mesh) -> NDArray[np.float32]:
    """Average the normals of the triangles around each vertex, weighted by their areas."""
    a, b, c = (mesh.vertices_mm[mesh.faces[:, n]] for n in range(3))
    across = np.cross(b - a, c - a)
    total = np.zeros((len(mesh.vertices_mm), 3))
    for axis in range(3):
        for corner in range(3):
            total[:, axis] += np.bincount(
                mesh.faces[:, corner], across[:, axis], minlength=len(total)
            )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    total[length[:, 0] == 0] = (0, 0, 1)
    return np.asarray(total / np.where(length == 0, 1, length), np.float32)


def _accessor(array: NDArray[np.generic], view: int) -> dict[str, object]:
    is_vector = array.ndim == 2
    described: dict[str, object] = {
        "bufferView": view,
        "componentType": FLOAT if is_vector else UNSIGNED_INT,
        "count": len(array),
        "type": "VEC3" if is_vector else "SCALAR",
    }
    if is_vector:
        described |= {
            "min": [float(v) for v in array.min(0)],
            "max": [float(v) for v in array.max(0)],
        }
    return described


def _view(array: NDArray[np.generic], offset: int, target: int) -> dict[str, object]:
    return {"buffer": 0, "byteOffset": offset, "byteLength": array.nbytes, "target": target}


def _mesh(name: str, first: int, material: int) -> dict[str, object]:
    attributes = {"POSITION": first, "NORMAL": first + 1}
    primitive = {"attributes": attributes, "indices": first + 2, "material": material, "mode": 4}
    return {"name": name, "primitives": [primitive]}


def _material(name: str, color: Color) -> dict[str, object]:
    return {
        "name": name,
        "doubleSided": True,
        "alphaMode": "BLEND" if color[3] < 1 else "OPAQUE",
        "pbrMetallicRoughness": {
            "baseColorFactor": list(color),
            "metallicFactor": 0.0,
            "roughnessFactor": 0.8,
        },
    }


def _packed(content: Mapping[str, object], blob: bytes) -> bytes:
    text = json.dumps(content, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), JSON_CHUNK) + text
    if blob:
        blob += b"\0" * (-len(blob) % 4)
        chunks += struct.pack("<II", len(blob), BINARY_CHUNK) + blob
    return struct.pack("<III", MAGIC, VERSION, 12 + len(chunks)) + chunks
