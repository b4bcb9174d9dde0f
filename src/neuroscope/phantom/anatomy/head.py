"""All of a head outside the brain: skin, fat, muscle, skull, orbits, sinuses, neck.

Positions are template (MNI) millimeters read off averages and anatomy books; the result looks like
a head but is no atlas. What is missing stands in docs/explanation/phantom.md.
"""

import numpy as np

from neuroscope.phantom.fields import Box, Field, ramp
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Body, Scene, ellipsoid, paint_body, tube

CSF_MM = 1.2  # between brain and dura
DURA_MM = 1.0
SKIN_MM = 2.0
UNION_MM = 10.0  # how softly skull, face and neck flow into each other
SIDES = (-1.0, 1.0)


def paint_head(scene: Scene) -> None:
    """Paint the whole head; the brain is laid over it afterwards."""
    depth = outer_depth(scene)
    fat_mm = scene.person.scalp_mm * (1 + 0.15 * scene.broad) + _extra_fat(scene)
    edge = scene.edge_mm
    paint(scene.canvas, "skin", ramp(depth, edge), gadolinium_mm=0.15)
    paint(scene.canvas, "fat", ramp(depth - SKIN_MM, edge) * np.float32(0.92))
    deep = ramp(depth - SKIN_MM - fat_mm, edge)
    paint(scene.canvas, "muscle", deep, gadolinium_mm=0.1)
    marbled = (
        0.12 + 0.16 * scene.medium + 0.08 * scene.fine + 0.3 * np.clip(scene.broad - 0.6, 0, 1)
    )
    paint(scene.canvas, "fat", np.asarray(deep * np.clip(marbled, 0, 0.6), np.float32))
    _paint_neck(scene)
    _paint_skull(scene)
    _paint_face(scene)


def outer_depth(scene: Scene) -> Field:
    """Depth under the skin in mm (negative in air): skull, face, nose, ears and neck in one."""
    at = scene.place.template_mm
    person = scene.person
    thickness = CSF_MM + DURA_MM + person.skull_mm + person.scalp_mm + SKIN_MM + 1.0
    parts = [scene.place.depth_mm + thickness + 0.4 * scene.broad]
    parts += [body.distance(at) for body in _OUTER]
    neck = np.sqrt(57 * 60) * (1 - np.hypot(at[0] / 57, (at[1] + 28) / 60))
    parts.append(np.minimum(neck, -58 - at[2]))
    top = parts[0]
    for part in parts[1:]:
        top = (
            np.maximum(top, part)
            + UNION_MM / 4 * np.clip(1 - np.abs(top - part) / UNION_MM, 0, None) ** 2
        )
    return np.asarray(top, np.float32)


_OUTER: tuple[Body, ...] = (
    ellipsoid((0, 36, -62), (64, 56, 70)),  # face
    ellipsoid((0, 6, -70), (68, 58, 58)),  # jaws and cheeks
    ellipsoid((0, 92, -56), (13, 21, 19)),  # nose
    *(ellipsoid((side * 82, -24, -42), (5, 13, 26)) for side in SIDES),  # ears
)


def _extra_fat(scene: Scene) -> Field:
    low = np.clip((-45 - scene.place.template_mm[2]) / 30, 0, 1)
    return np.asarray(4 * low, np.float32)


def _paint_skull(scene: Scene) -> None:
    out = -scene.place.depth_mm
    edge, skull_mm = scene.edge_mm, scene.person.skull_mm * (1 + 0.12 * scene.broad)
    start = CSF_MM + DURA_MM
    bone = ramp(out - start, edge) * ramp(start + skull_mm - out, edge)
    paint(scene.canvas, "bone", bone)
    diploe = ramp(out - start - 0.3 * skull_mm, edge) * ramp(start + 0.72 * skull_mm - out, edge)
    spongy = np.clip(0.75 + 0.3 * scene.medium, 0, 1)
    paint(scene.canvas, "marrow", diploe * spongy, gadolinium_mm=0.05)
    paint(scene.canvas, "dura", ramp(start - out, edge), gadolinium_mm=0.12)
    paint(scene.canvas, "fluid", ramp(CSF_MM - out, edge))


def _paint_neck(scene: Scene) -> None:
    paint_body(scene, "marrow", tube([(0, -40, -76), (0, -36, -120)], 19), rough_mm=1.5)
    paint_body(scene, "bone", tube([(0, -40, -76), (0, -36, -120)], 13))
    paint_body(scene, "fluid", tube([(0, -43, -68), (0, -38, -120)], 10))
    paint_body(scene, "white", tube([(0, -43, -66), (0, -38, -120)], 5.5))
    paint_body(scene, "marrow", tube([(0, -4, -44), (0, -20, -64)], 6, 7), strength=0.9)  # clivus
    for side in SIDES:
        vessels = tube([(side * 26, -2, -62), (side * 24, -2, -120)], 3.5)
        paint_body(scene, "blood vessel", vessels, gadolinium_mm=1.0)
        mastoid = ellipsoid((side * 50, -38, -50), (12, 16, 16))
        paint_body(scene, "bone", mastoid, rough_mm=2.0)
        paint_body(scene, "marrow", mastoid, strength=0.8, where=_honeycomb)
        ramus = tube([(side * 49, 6, -58), (side * 46, 2, -120)], 5.0)
        paint_body(scene, "bone", ramus)
        marrow = tube([(side * 49, 6, -58), (side * 46, 2, -120)], 2.6)
        paint_body(scene, "marrow", marrow)
        paint_body(scene, "fat", tube([(side * 24, 8, -62), (side * 22, 6, -120)], 4), strength=0.7)
        parotid = ellipsoid((side * 56, -6, -72), (9, 14, 16))
        paint_body(scene, "fat", parotid, rough_mm=2.0, strength=0.6)


def _paint_face(scene: Scene) -> None:
    for side in SIDES:
        _paint_orbit(scene, side)
        antrum = ellipsoid((side * 31, 52, -68), (14, 17, 15))
        paint_body(
            scene, "mucosa", ellipsoid((side * 31, 52, -68), (16, 19, 17)), gadolinium_mm=0.3
        )
        paint_body(scene, "air", antrum, rough_mm=1.0)
        frontal = ellipsoid((side * 11, 79, -8), (10, 4, 9))
        paint_body(scene, "air", frontal, rough_mm=1.5)
    nose = ellipsoid((0, 58, -58), (15, 30, 19))
    paint_body(scene, "mucosa", nose, gadolinium_mm=0.45, rough_mm=0.5)
    paint_body(scene, "air", ellipsoid((0, 57, -58), (13.5, 27, 17)), where=_turbinates)
    ethmoid = ellipsoid((0, 46, -37), (11, 20, 9))
    paint_body(scene, "mucosa", ethmoid, gadolinium_mm=0.35)
    paint_body(scene, "air", ethmoid, where=_cells)
    paint_body(scene, "bone", ellipsoid((0, 20, -46), (16, 14, 11)))
    paint_body(scene, "air", ellipsoid((0, 21, -46), (13, 11, 8)), rough_mm=1.0)
    throat = tube([(0, 18, -74), (0, 6, -84), (0, 4, -120)], 9, 8)
    paint_body(scene, "mucosa", tube([(0, 18, -74), (0, 6, -84), (0, 4, -120)], 13, 12))
    paint_body(scene, "air", throat)


def _paint_orbit(scene: Scene, side: float) -> None:
    eye, apex = (side * 32, 60, -37), (side * 14, 24, -34)
    paint_body(scene, "bone", tube([(side * 31, 52, -37), apex], 21, 7))
    paint_body(scene, "fat", tube([(side * 31, 54, -37), apex], 18.5, 4.5))
    for dx, dz in ((9, 0), (-9, 0), (0, 9), (0, -9)):
        rectus = [(side * 31 + dx, 54.0, -37.0 + dz), (side * 15.0, 27.0, -34.0)]
        paint_body(scene, "muscle", tube(rectus, 2.4, 1.2), gadolinium_mm=0.3)
    nerve = tube([(side * 31, 49, -37), (side * 22, 36, -35), (side * 10, 14, -30)], 2.0)
    paint_body(scene, "white", nerve)
    paint_body(scene, "skin", ellipsoid(eye, (12.5, 12.5, 12.5)), gadolinium_mm=0.3)
    paint_body(scene, "vitreous", ellipsoid(eye, (11.3, 11.3, 11.3)))
    lens = ellipsoid((side * 32, 69, -37), (4.5, 2.0, 4.5))
    paint_body(scene, "muscle", lens)


def _honeycomb(scene: Scene, box: Box) -> Field:
    return np.asarray(np.clip(0.3 + 0.5 * scene.fine[box], 0, 1), np.float32)


def _cells(scene: Scene, box: Box) -> Field:
    return np.asarray(np.clip(4 * np.abs(scene.fine[box]) - 0.6, 0, 1), np.float32)


def _turbinates(scene: Scene, box: Box) -> Field:
    at = scene.place.template_mm[(slice(None), *box)]
    septum = np.clip(np.abs(at[0] + scene.broad[box]) - 1.0, 0, 1)
    folds = np.sin(at[2] * 0.45 + 0.3 * np.abs(at[0]) + 1.6 * scene.broad[box])
    return np.asarray(
        septum * np.clip(0.25 + 0.7 * folds + 0.2 * scene.medium[box], 0, 0.85), np.float32
    )
