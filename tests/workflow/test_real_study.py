"""A real study in thick slices, from the scanner to measurements, with the networks that ship."""

from dataclasses import replace

import nibabel
import numpy as np
import pytest
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform

from neuroscope.io.reader import read_study
from neuroscope.models.brain_extractor import load_brain_extractor
from neuroscope.models.unet_segmenter import load_segmenter
from neuroscope.records.volume import Volume
from neuroscope.records.volumetry import Volumetry
from neuroscope.settings import Limits
from neuroscope.workflow.volumes import examine

TYPES = {"t1": np.int16, "t1c": np.float64, "t2": np.uint16, "flair": np.float32}
AXES = {"t1": "PIR", "t1c": "SLA", "t2": "LPS", "flair": "AIR"}


def stored_otherwise(volume: Volume, axes: str, kind: type) -> Volume:
    """The same picture in space, with voxels in another order and of another type."""
    image = nibabel.Nifti1Image(np.asarray(volume.voxels, np.float32), volume.affine)
    turned = image.as_reoriented(
        ornt_transform(io_orientation(volume.affine), axcodes2ornt(tuple(axes)))
    )
    return Volume(np.asarray(turned.dataobj).astype(kind), turned.affine)


def center_mm(found: Volumetry) -> np.ndarray:
    segmentation = found.segmented.segmentation
    labels = Volume(np.asarray(segmentation.labels), segmentation.affine)
    return labels.to_mm(np.argwhere(np.asarray(labels.voxels) > 0)).mean(0)


@pytest.mark.data
@pytest.mark.slow
def test_a_real_study_is_measured_alike_however_its_voxels_are_stored(development_data):
    folder = development_data / "native3d_no_registration" / "TCGA-02-0054"
    study = read_study(folder, key=b"0" * 32, limits=Limits())
    role_of = {one.id: one.role for one in study.study.series}
    volumes = {
        name: stored_otherwise(volume, AXES[role_of[name]], TYPES[role_of[name]])
        for name, volume in study.volumes.items()
    }
    networks = {"extract_brain": load_brain_extractor(), "rule": "glioma"}
    segmenter = load_segmenter()

    first = examine(study, lambda _: segmenter, **networks)
    second = examine(replace(study, volumes=volumes), lambda _: segmenter, **networks)

    for found, given in ((first, study.volumes), (second, volumes)):
        (t1c,) = (given[name] for name, role in role_of.items() if role == "t1c")
        segmentation = found.segmented.segmentation
        assert segmentation.labels.shape == t1c.shape
        np.testing.assert_allclose(segmentation.affine, t1c.affine, atol=1e-4)
        assert found.prepared.reference == "t1c"
        assert set(found.segmented.present) == {"t1", "t1c", "t2", "flair"}
    one, other = (found.measurements.named("WT volume").value for found in (first, second))
    assert one > 5
    assert other == pytest.approx(one, rel=0.05)
    assert np.linalg.norm(center_mm(first) - center_mm(second)) < 2
    sides = [found.measurements.lesions[0].side for found in (first, second)]
    assert sides[0] == sides[1]
