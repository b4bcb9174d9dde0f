"""Where a core may lie: the rules that recipes choose from."""

import numpy as np

from neuroscope.phantom.anatomy.person import Brain, Place
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import ventricles
from neuroscope.phantom.lesions.search import infratentorial


def anywhere(place: Place, _brain: Brain) -> Mask:
    """Allow every voxel."""
    return np.ones(place.depth_mm.shape, bool)


def in_brain(place: Place, brain: Brain) -> Mask:
    """Allow the brain outside the lateral and third ventricles."""
    return np.asarray((place.depth_mm > 0.5) & ~ventricles(place, brain))


def in_white_matter(place: Place, brain: Brain) -> Mask:
    """Allow white matter outside the lateral and third ventricles."""
    return np.asarray((brain.white > 0.3) & ~ventricles(place, brain) & (place.depth_mm > 2))


def in_posterior_fossa(place: Place, _brain: Brain) -> Mask:
    """Allow what lies under the tentorium, the fourth ventricle too."""
    return np.asarray((place.depth_mm > 0.5) & infratentorial(place.template_mm))
