import numpy as np

from neuroscope.measure.lesions import find_lesions
from neuroscope.measure.regions import regions_of
from neuroscope.measure.study import measure
from neuroscope.measure.vasari import Known, vasari
from neuroscope.records.measured import Midline
from neuroscope.records.volume import Volume

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
    assert [found[n] for n in (3, 8, 10, 12, 16, 17, 20, 25)] == ["not assessed"] * 8


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


def looked_at(segmentation, images) -> dict[int, str]:
    regions = regions_of(segmentation)
    healthy = np.argwhere(segmentation.labels == 0)[::7].astype(float)
    volumes = {name: Volume(voxels, np.eye(4)) for name, voxels in images.items()}
    lesions = find_lesions(regions, "s").lesions
    return {one.number: one.value for one in vasari(Known(regions, volumes, healthy, lesions))}


def test_fluid_in_the_core_is_a_cyst_and_a_bright_solid_core_is_none(labeled):
    rng = np.random.default_rng(0)
    labels = np.zeros((40, 40, 40), np.uint8)
    labels[8:30, 8:30, 8:30] = 1
    t2, flair = (rng.normal(100, 10, labels.shape).astype(np.float32) for _ in range(2))
    flair[labels > 0] = 150
    t2[labels > 0] = 200
    assert looked_at(labeled(labels), {"t2": t2, "flair": flair})[8] == "no"
    flair[12:24, 12:24, 12:24] = 20  # 1.7 ml
    assert looked_at(labeled(labels), {"t2": t2, "flair": flair})[8] == "yes"
    flair[12:24, 12:24, 12:24] = 150
    flair[12:20, 12:20, 12:20] = 20  # 0.5 ml
    assert looked_at(labeled(labels), {"t2": t2, "flair": flair})[8] == "no"
    assert looked_at(labeled(labels), {"t2": t2})[8] == "not assessed"


def test_what_is_dark_on_t1_is_compared_with_the_whole_tumor(labeled):
    rng = np.random.default_rng(0)
    labels = np.zeros((40, 40, 40), np.uint8)
    labels[8:28, 8:28, 8:28] = 2
    found = []
    for planes in (2, 10, 18):  # of 20 are dark
        t1 = rng.normal(100, 10, labels.shape).astype(np.float32)
        t1[labels > 0] = 100
        t1[8 : 8 + planes, 8:28, 8:28] = 40
        found.append(looked_at(labeled(labels), {"t1": t1, "flair": t1})[10])
    assert found == ["infiltrative", "mixed", "expansive"]
    assert looked_at(labeled(labels), {"t1": t1})[10] == "not assessed"
    half = {"t1": t1[:18], "flair": t1}  # a T1 image that covers half of the tumor
    assert looked_at(labeled(labels), half)[10] == "not assessed"


def test_a_core_near_the_surface_of_the_brain_involves_the_cortex(labeled):
    labels = np.zeros((70, 70, 70), np.uint8)
    brain = np.zeros(labels.shape, np.uint8)
    brain[4:66, 4:66, 4:66] = 1
    found = []
    for start in (5, 12, 28):
        labels[...] = 0
        labels[start : start + 12, 28:40, 28:40] = 3
        measured = measure(labeled(labels), images={}, brain=Volume(brain, np.eye(4)))
        (feature,) = (one for one in measured.vasari if one.number == 20)
        found.append((feature.value, feature.how.split(" from")[0]))
    assert found == [
        ("yes", "the core lies 2.0 mm"),
        ("no", "the core lies 9.0 mm"),
        ("no", "the core lies far"),
    ]
    labels[...] = 0
    labels[0:12, 28:40, 28:40] = 3
    cut_off = measure(labeled(labels), images={}, brain=Volume(np.ones_like(brain), np.eye(4)))
    (feature,) = (one for one in cut_off.vasari if one.number == 20)
    assert feature.value == "not assessed"  # the end of a scan is no cortex


def test_nothing_has_no_features(labeled):
    assert answers(labeled(np.zeros((6, 6, 6)))) == {}
