"""Random intensities to train with: a network that sees every contrast trusts none of them.

References
----------
Billot et al. 2023, SynthSeg: segmentation of brain MRI scans of any contrast and resolution
without retraining, Medical Image Analysis 86:102789, doi:10.1016/j.media.2023.102789.
"""

from collections.abc import Iterable

import numpy as np

from neuroscope.phantom.scanner.contrast import Contrast

LEAST, MOST = 0.03, 1.0
MOST_DOSE_EFFECT = 0.8  # of the full range, for 1 mM
LEVEL = 0.45  # this brightness gets the gray value that white matter has in a usual sequence


def random_contrast(rng: np.random.Generator, tissues: Iterable[str]) -> Contrast:
    """Give every tissue a mean of its own; air stays black.

    The painting mixes the means in voxels that hold several tissues, so that partial volumes are
    smooth. Contrast agent darkens or brightens by a random slope.
    """
    means = {name: float(rng.uniform(LEAST, MOST)) for name in tissues}
    means["air"] = 0.0
    slope = float(rng.uniform(-1, 1)) * MOST_DOSE_EFFECT

    def look(tissue: str, dose_mm: float) -> float:
        return (
            float(np.clip(means[tissue] + slope * dose_mm, 0, MOST)) if dose_mm else means[tissue]
        )

    return Contrast(look, enhances=True, nuclei=float(rng.uniform(-1, 1)), level=LEVEL)
