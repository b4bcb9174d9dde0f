"""What takes up contrast in a healthy head: sinuses, veins, arteries, dura, choroid plexus.

Positions are template (MNI) millimeters. Without these a network learns that all that is bright
after contrast is tumor.
"""

import numpy as np

from neuroscope.phantom.anatomy.person import Brain
from neuroscope.phantom.fields import Box, Field
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Point, Scene, ellipsoid, paint_body, tube

SINUS_MM = 1.1  # gadolinium in large veins, millimole per liter
SIDES = (-1.0, 1.0)
SAGITTAL: tuple[Point, ...] = (
    (0, 66, 22), (0, 58, 42), (0, 38, 62), (0, 8, 77), (0, -28, 81), (0, -62, 68), (0, -86, 45),
    (0, -101, 18), (0, -102, -6), (0, -94, -18),
)  # fmt: skip


def paint_vessels(scene: Scene, brain: Brain) -> None:
    """Paint what enhances without being a lesion, in all sequences."""
    _paint_sinuses(scene)
    _paint_arteries(scene)
    _paint_dura(scene)
    _paint_surface_veins(scene, brain)
    _paint_gland(scene)
    for side in SIDES:
        plexus = tube([(side * 22, -38, 6), (side * 27, -38, -2), (side * 24, -28, -10)], 3.0, 1.5)
        paint_body(scene, "blood vessel", plexus, gadolinium_mm=0.4, strength=0.8, where=_speckled)


def _paint_sinuses(scene: Scene) -> None:
    paint_body(scene, "blood vessel", tube(SAGITTAL, 1.6, 4.2), gadolinium_mm=SINUS_MM)
    straight = tube([(0, -38, 5), (0, -52, -1), (0, -88, -14)], 1.5, 2.2)
    paint_body(scene, "blood vessel", straight, gadolinium_mm=SINUS_MM)
    for side in SIDES:
        lateral = tube(
            [(0, -94, -16), (side * 28, -88, -24), (side * 54, -62, -30), (side * 52, -46, -46)],
            3.4,
        )
        paint_body(scene, "blood vessel", lateral, gadolinium_mm=SINUS_MM)
        deep = tube([(side * 2.5, 2, 14), (side * 2, -18, 13), (side * 1, -36, 7)], 0.9)
        basal = tube([(side * 10, -14, -14), (side * 14, -28, -4), (side * 2, -38, 4)], 0.8)
        for vein in (deep, basal):
            paint_body(scene, "blood vessel", vein, gadolinium_mm=0.8)


def _paint_arteries(scene: Scene) -> None:
    for side in SIDES:
        carotid = tube(
            [(side * 24, -6, -58), (side * 14, -4, -44), (side * 13, 6, -38), (side * 9, 3, -26)],
            2.4,
        )
        middle = tube([(side * 9, 2, -24), (side * 22, 2, -20), (side * 38, 0, -12)], 1.4, 0.9)
        sylvian = tube([(side * 38, 0, -12), (side * 42, -18, 4), (side * 46, -36, 14)], 0.9, 0.6)
        anterior = tube([(side * 2, 12, -20), (side * 1.5, 36, -4), (side * 1.5, 34, 16)], 0.9, 0.6)
        cavernous = ellipsoid((side * 12, 2, -36), (5, 9, 6))
        paint_body(scene, "blood vessel", cavernous, gadolinium_mm=0.7, strength=0.8)
        for artery in (carotid, middle, sylvian, anterior):
            paint_body(scene, "blood vessel", artery, gadolinium_mm=0.7)
    basilar = tube([(0, -22, -48), (0, -17, -24)], 1.5)
    paint_body(scene, "blood vessel", basilar, gadolinium_mm=0.7)


def _paint_dura(scene: Scene) -> None:
    at, edge = scene.place.template_mm, scene.edge_mm
    lifted = at[2] > 20 + 0.25 * np.abs(at[1])
    falx = np.clip((1.0 - np.abs(at[0])) / edge + 0.5, 0, 1) * lifted * (scene.place.depth_mm > 0)
    paint(scene.canvas, "dura", np.asarray(falx * 0.45, np.float32), gadolinium_mm=0.25)
    height = 2 - 0.38 * np.abs(at[0]) - 0.22 * (-40 - at[1])
    sheet = np.clip((0.9 - np.abs(at[2] - height)) / edge + 0.5, 0, 1)
    sheet *= (at[1] < -38) & (at[1] > -92) & (np.abs(at[0]) < 46) & (np.abs(at[0]) > 2)
    paint(scene.canvas, "dura", np.asarray(sheet * 0.4, np.float32), gadolinium_mm=0.25)


def _paint_surface_veins(scene: Scene, brain: Brain) -> None:
    """Cross sections of veins in the sulci: where two textures vanish together lies a line."""
    near = np.exp(-(scene.medium**2 + (scene.fine - 0.4) ** 2) / 0.03)
    shallow = np.clip((26 - scene.place.depth_mm) / 6, 0, 1)
    coverage = near * np.clip(brain.fluid * 2.5 - 0.5, 0, 1) * shallow
    paint(scene.canvas, "blood vessel", np.asarray(coverage * 0.8, np.float32), gadolinium_mm=0.9)


def _paint_gland(scene: Scene) -> None:
    """Paint the normal pituitary gland and its stalk."""
    paint_body(scene, "pituitary", ellipsoid((0, 4, -37), (6.5, 5, 3.2)), gadolinium_mm=0.3)
    paint_body(scene, "pituitary", tube([(0, 2, -34), (0, -2, -24)], 1.1), gadolinium_mm=0.3)


def _speckled(scene: Scene, box: Box) -> Field:
    return np.asarray(np.clip(0.6 + 0.8 * scene.fine[box], 0, 1), np.float32)
