import numpy as np

from neuroscope.measure.lesions import find_lesions
from neuroscope.measure.regions import regions_of
from neuroscope.measure.vasari import Known, vasari
from neuroscope.records.measured import Midline

PLANE = Midline((20.0, 0.0, 0.0), (1.0, 0.0, 0.0))


def answers(segmentation, **known) -> dict[int, str]:
    regions = regions_of(segmentation)
    lesions = find_lesions(regions, "s").lesions
    found = vasari(Known(regions, {}, np.zeros((0, 3)), lesions, **known))
    return {feature.number: feature.value for feature in found}


def test_a_rim_with_necrosis_and_edema_over_the_midline(labeled):
    labels = np.zeros((60, 40, 40), np.uint8)
    labels[10:40, 5:35, 5:35] = 2
    labels[22:38, 10:26, 10:26] = 3
    labels[27:33, 15:21, 15:21] = 1
    found = answers(labeled(labels), midline=PLANE, ventricles_mm=1.0)
    assert found[2] == "right"
    assert (found[5], found[6], found[7], found[14]) == (
        "6 to 33 %", "not assessed", "up to 5 %", "68 to 95 %",
    )  # fmt: skip
    assert (found[9], found[11], found[24]) == ("focal", "thick or nodular", "no")
    assert (found[15], found[23], found[19]) == ("yes", "no", "yes")
    assert [found[n] for n in (3, 8, 12, 16, 17, 25)] == ["not assessed"] * 6


def test_without_enhancement_there_is_no_margin_and_no_necrosis(labeled):
    labels = np.zeros((60, 40, 40), np.uint8)
    labels[10:34, 10:30, 10:30] = 1
    found = answers(labeled(labels), midline=PLANE)
    assert (found[4], found[11], found[6], found[7]) == ("none", "none", "all", "not assessed")
    assert found[22] == "yes"


def test_cores_in_one_bed_are_multifocal_in_two_multicentric(labeled):
    labels = np.zeros((80, 30, 30), np.uint8)
    labels[4:14, 8:18, 8:18] = labels[40:50, 8:18, 8:18] = 3
    assert answers(labeled(labels))[9] == "multicentric"
    labels[14:40, 10:14, 10:14] = 2
    found = answers(labeled(labels))
    assert (found[9], found[24], found[11]) == ("multifocal", "yes", "solid")


def test_nothing_has_no_features(labeled):
    assert answers(labeled(np.zeros((6, 6, 6)))) == {}
