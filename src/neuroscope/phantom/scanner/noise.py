"""How noisy an MR image is by the size of its voxels, the field, and how k-space is read.

References
----------
Edelstein et al. 1986, The intrinsic signal-to-noise ratio in NMR imaging, Magn. Reson. Med. 3:604,
doi:10.1002/mrm.1910030413.
"""

import math

from neuroscope.phantom.fields import Number
from neuroscope.phantom.scanner.kspace import PHASE_AXIS
from neuroscope.phantom.scanner.signal import Protocol
from neuroscope.phantom.scanner.slices import Slices

USUAL = Protocol("spin echo", 600, 12)  # of an image that has no protocol
REFERENCE_MM3, REFERENCE_T, REFERENCE_HZ = 1.0, 3.0, 200.0
REFERENCE_LINES = 200  # along the phase axis
REFERENCE_PARTITIONS = 170  # of a sequence that reads all slices together


def relative_noise(slices: Slices, protocol: Protocol | None, field_t: Number) -> float:
    """Say how noise relates to that of 1 mm voxels at 3 T, read once at 200 Hz a pixel.

    Returns
    -------
    float
        Standard deviation relative to the signal of white matter, 1 for the reference.

    Notes
    -----
    Signal to noise goes with the field, the volume of a voxel, and the root of the time for which
    the receiver listens: averages times lines over bandwidth. Coarser pixels in the same field of
    view need fewer lines, so that noise falls a little slower than the volume rises.
    """
    run = USUAL if protocol is None else protocol
    lines = slices.shape[PHASE_AXIS[slices.plane]] / REFERENCE_LINES
    if run.is_volumetric:
        lines *= slices.shape[slices.axis] / REFERENCE_PARTITIONS
    listening = run.averages * lines * REFERENCE_HZ / run.bandwidth_hz
    volume = math.prod(slices.spacing) / REFERENCE_MM3
    return float(REFERENCE_T / field_t / volume / math.sqrt(listening))
