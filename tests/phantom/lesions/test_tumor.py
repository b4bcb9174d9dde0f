import numpy as np

from neuroscope.phantom.lesions.tumor import EDEMA, ENHANCING, NONENHANCING, thicken


def test_thick_slices_keep_the_volumes():
    labels = np.zeros((20, 20, 16), np.uint8)
    labels[2:18, 2:18, 1:15] = EDEMA
    labels[5:15, 5:15, 3:13] = ENHANCING
    labels[8:12, 8:12, 4:12] = NONENHANCING
    core, edema = (labels % 2 == 1).sum() // 4, (labels == EDEMA).sum() // 4

    thick = thicken(labels, 4, (int(core), int(edema)))

    assert thick.shape == (20, 20, 4)
    assert (thick % 2 == 1).sum() == core
    assert (thick == EDEMA).sum() == edema
    assert thick[10, 10, 2] == NONENHANCING
