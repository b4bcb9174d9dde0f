import numpy as np
import pytest
from scipy import ndimage

from neuroscope.phantom.labels_only import make_labels
from neuroscope.phantom.lesions.glioblastoma import draw_details, draw_volumes
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.scanner.signal import draw_protocols, signal
from neuroscope.phantom.scanner.tissues import draw_relaxation

# Medians in ml of 260 high-grade masks of BraTS 2020.
REAL = {"TC": 30.5, "ET": 18.3, "ED": 49.9, "WT": 88.5}


@pytest.mark.parametrize("first", [0, 2000, 9000])
def test_two_hundred_seeds_have_the_medians_of_real_masks(first):
    sizes: dict[str, list[float]] = {name: [] for name in REAL}
    for seed in range(first, first + 200):
        rng = np.random.default_rng([seed, 1])
        core, edema = draw_volumes(rng)
        part = draw_details(rng)["enhancing"]
        for name, value in zip(REAL, (core, part * core, edema, core + edema), strict=True):
            sizes[name].append(value)

    for name, median in REAL.items():
        assert np.median(sizes[name]) == pytest.approx(median, rel=0.15), name


def test_necrosis_lies_inside_the_rim():
    wish = Wish(core_ml=40, edema_ml=0)
    made = make_labels("glioblastoma", seed=21, spacing_mm=(2, 2, 2), wish=wish)
    depth = ndimage.distance_transform_edt(made.labels > 0, sampling=2)

    assert depth[made.labels == 1].mean() > 1.5 * depth[made.labels == 3].mean()


def test_enhancing_tumor_is_never_bright_on_t1_before_contrast():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        relaxation = draw_relaxation(rng)
        protocol = draw_protocols(rng, ("t1",))["t1"]
        rim, white = (signal(relaxation[name], protocol) for name in ("enhancing", "white"))

        assert rim < white
