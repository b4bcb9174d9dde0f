import zipfile
from pathlib import Path

import pydicom
import pytest

from neuroscope.phantom.demo import make_demo


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_demo_holds_every_kind_in_every_form(tmp_path: Path):
    studies = {study.name: study for study in make_demo(tmp_path / "demo")}

    kinds = {kind for study in studies.values() for kind in study.kinds}
    assert kinds == {"glioma", "meningioma", "pituitary", "notumor"}
    assert all(study.path.exists() for study in studies.values())
    assert len(list((tmp_path / "demo" / "slices").glob("*.png"))) == 12
    dicom = list((tmp_path / "demo" / "glioma-dicom").rglob("*.dcm"))
    assert {pydicom.dcmread(p, stop_before_pixels=True).Modality for p in dicom} == {"MR"}
    with zipfile.ZipFile(tmp_path / "demo" / "meningioma-dicom.zip") as packed:
        assert sum(name.endswith(".dcm") for name in packed.namelist()) > 20
    assert (tmp_path / "demo" / "healthy-nifti" / "t2.nii.gz").exists()
