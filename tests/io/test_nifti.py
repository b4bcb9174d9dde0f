import gzip
import itertools
import time

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st
from nibabel.orientations import axcodes2ornt, inv_ornt_aff, ornt_transform

from neuroscope.errors import BadInputError, GeometryError, TooLargeError, UnreadableFileError
from neuroscope.io.nifti import read_nifti, read_nifti_image, write_nifti
from neuroscope.records.geometry import axis_codes
from neuroscope.settings import Limits

VOXELS = np.arange(6 * 7 * 8, dtype=np.int16).reshape(6, 7, 8)
AFFINE = np.array([[-1.0, 0, 0, 90], [0, 1.5, 0, -100], [0, 0, 3, -70], [0, 0, 0, 1]])
ORIENTATIONS = [
    "".join(letters)
    for order in itertools.permutations(("LR", "PA", "IS"))
    for letters in itertools.product(*order)
]


def _save(tmp_path, voxels=VOXELS, affine=AFFINE, *, name="a.nii.gz", kind=nib.Nifti1Image):
    path = tmp_path / name
    nib.save(kind(voxels, affine), path)
    return path


def _edited(tmp_path, *, voxels=VOXELS, **fields):
    """Write a NIfTI whose header fields say what they should not."""
    image = nib.Nifti1Image(voxels, AFFINE)
    content = bytearray(image.to_bytes())
    header = image.header.copy()
    header["vox_offset"], header["magic"] = 352, b"n+1"
    for name, value in fields.items():
        header[name] = value
    content[:348] = header.binaryblock
    path = tmp_path / "edited.nii"
    path.write_bytes(content)
    return path


def test_there_are_48_orientations():
    assert len(set(ORIENTATIONS)) == 48


@pytest.mark.parametrize("codes", ORIENTATIONS)
def test_a_marker_lands_at_its_place_in_every_orientation(tmp_path, limits, codes):
    marked = np.zeros((6, 7, 8), np.int16)
    marked[1, 5, 2] = 1000
    place = (AFFINE @ [1, 5, 2, 1])[:3]
    turn = ornt_transform(nib.io_orientation(AFFINE), axcodes2ornt(tuple(codes)))
    turned = nib.apply_orientation(marked, turn)
    affine = AFFINE @ inv_ornt_aff(turn, marked.shape)
    path = _save(tmp_path, turned, affine, name=f"{codes}.nii")

    volume = read_nifti(path, limits=limits)

    assert axis_codes(volume.affine) == codes
    found = np.argwhere(volume.voxels == 1000)
    np.testing.assert_allclose(volume.to_mm(found), [place], atol=1e-4)
    oracle = SimpleITK.ReadImage(str(path))
    lps = oracle.TransformIndexToPhysicalPoint([int(n) for n in found[0]])
    np.testing.assert_allclose(volume.to_mm(found)[0], np.array(lps) * [-1, -1, 1], atol=1e-3)


def test_left_is_not_right(tmp_path, limits):
    """The marker at index i=0 of a grid that runs to the left lies on the right (+x)."""
    volume = read_nifti(_save(tmp_path), limits=limits)
    assert volume.to_mm([0, 0, 0])[0] == 90.0
    assert axis_codes(volume.affine) == "LAS"


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("dtype", ["u1", "i1", "<i2", ">i2", "u2", "i4", "u4", "f4", ">f8", "f8"])
def test_every_real_type_is_read_exactly(tmp_path, limits, kind, name, dtype):
    voxels = (VOXELS % 120).astype(dtype)
    volume = read_nifti(_save(tmp_path, voxels, name=name, kind=kind), limits=limits)
    np.testing.assert_array_equal(volume.voxels, voxels)
    assert volume.voxels.dtype.isnative
    expected = np.float32 if voxels.dtype.kind == "f" else voxels.dtype.newbyteorder("=")
    assert volume.voxels.dtype == expected


def test_64_bit_integers_become_something_others_can_use(tmp_path, limits):
    path = tmp_path / "long.nii"
    nib.save(nib.Nifti1Image(VOXELS.astype(np.int64), AFFINE, dtype=np.int64), path)
    volume = read_nifti(path, limits=limits)
    np.testing.assert_array_equal(volume.voxels, VOXELS)
    assert volume.voxels.dtype == np.int32


def test_slope_and_intercept_are_applied(tmp_path, limits):
    path = _edited(tmp_path, scl_slope=0.5, scl_inter=-10)
    volume = read_nifti(path, limits=limits)
    np.testing.assert_allclose(volume.voxels, 0.5 * VOXELS - 10)
    assert volume.voxels.dtype == np.float32


@pytest.mark.parametrize("slope", [0.0, np.nan, np.inf])
def test_a_slope_that_means_none_changes_nothing(tmp_path, limits, slope):
    np.testing.assert_array_equal(
        read_nifti(_edited(tmp_path, scl_slope=slope), limits=limits).voxels, VOXELS
    )


def test_a_fourth_axis_of_one_is_dropped_and_more_are_refused_with_a_way_out(tmp_path, limits):
    single = _save(tmp_path, VOXELS[..., None], name="one.nii")
    assert read_nifti(single, limits=limits).shape == (6, 7, 8)
    several = _save(tmp_path, np.stack([VOXELS] * 3, axis=-1), name="three.nii")
    with pytest.raises(BadInputError, match=r"4-D .6 x 7 x 8 x 3.: it holds 3 volumes") as caught:
        read_nifti(several, limits=limits)
    assert "fslroi" in caught.value.fix


def test_one_slice_is_a_volume_with_a_caution(tmp_path, limits):
    image = read_nifti_image(_save(tmp_path, VOXELS[:, :, :1]), limits=limits)
    assert image.volume.shape == (6, 7, 1)
    assert "The volume is a single slice." in image.cautions


def test_two_axes_are_one_slice(tmp_path, limits):
    assert read_nifti(_save(tmp_path, VOXELS[:, :, 0]), limits=limits).shape == (6, 7, 1)


def test_color_and_complex_voxels_are_refused(tmp_path, limits):
    rgb = np.zeros((4, 4, 4), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    with pytest.raises(BadInputError, match="RGB"):
        read_nifti(_save(tmp_path, rgb), limits=limits)
    with pytest.raises(BadInputError, match="complex64"):
        read_nifti(_save(tmp_path, VOXELS.astype(np.complex64)), limits=limits)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_few_voxels_that_are_not_finite_become_0_and_are_counted(tmp_path, limits, bad):
    voxels = VOXELS.astype(np.float32)
    voxels[0, 0, :3] = bad
    image = read_nifti_image(_save(tmp_path, voxels), limits=limits)
    np.testing.assert_array_equal(image.volume.voxels[0, 0], [0, 0, 0, 3, 4, 5, 6, 7])
    assert image.cautions == ("Voxels that are not finite (NaN or infinite), set to 0: 3.",)


def test_many_voxels_that_are_not_finite_are_refused(tmp_path, limits):
    voxels = VOXELS.astype(np.float32)
    voxels[0] = np.nan
    with pytest.raises(BadInputError, match=r"16\.7 % of the voxels are not finite"):
        read_nifti(_save(tmp_path, voxels), limits=limits)


def test_a_singular_affine_is_refused(tmp_path, limits):
    path = _edited(tmp_path, srow_x=[0, 0, 0, 0], qform_code=0)
    with pytest.raises(GeometryError, match="singular"):
        read_nifti(path, limits=limits)


def test_an_affine_with_nan_is_refused(tmp_path, limits):
    with pytest.raises(GeometryError, match="not finite"):
        read_nifti(_edited(tmp_path, srow_y=[0, np.nan, 0, 0]), limits=limits)


def _sheared(degrees):
    affine = AFFINE.copy()
    affine[0, 2] = 3 * np.tan(np.radians(degrees))
    return affine


def test_a_sheared_affine_is_a_caution_at_2_degrees_and_refused_at_10(tmp_path, limits):
    image = read_nifti_image(_save(tmp_path, affine=_sheared(2)), limits=limits)
    assert "miss being perpendicular by 2.0 degrees" in " ".join(image.cautions)
    with pytest.raises(GeometryError, match=r"by 10\.0 degrees"):
        read_nifti(_save(tmp_path, affine=_sheared(10)), limits=limits)


def test_sform_and_qform_that_disagree_are_a_caution(tmp_path, limits):
    image = nib.Nifti1Image(VOXELS, AFFINE)
    moved = AFFINE.copy()
    moved[0, 3] += 20
    image.set_sform(moved, code=1)
    image.set_qform(AFFINE, code=1)
    nib.save(image, tmp_path / "two.nii")
    found = read_nifti_image(tmp_path / "two.nii", limits=limits)
    np.testing.assert_allclose(found.volume.affine, moved)
    assert "up to 20 mm apart" in found.cautions[0]


def test_no_orientation_is_a_caution(tmp_path, limits):
    image = nib.Nifti1Image(VOXELS, None)
    nib.save(image, tmp_path / "none.nii")
    found = read_nifti_image(tmp_path / "none.nii", limits=limits)
    assert "gives no orientation" in found.cautions[0]


def test_meters_are_converted_to_millimeters(tmp_path, limits):
    image = nib.Nifti1Image(VOXELS, np.diag([0.001, 0.0015, 0.003, 1]))
    image.header.set_xyzt_units("meter")
    nib.save(image, tmp_path / "m.nii")
    found = read_nifti_image(tmp_path / "m.nii", limits=limits)
    np.testing.assert_allclose(found.volume.spacing_mm, (1, 1.5, 3), rtol=1e-5)
    assert "does not count in millimeters" in found.cautions[0]


def test_an_implausible_spacing_is_a_caution(tmp_path, limits):
    image = read_nifti_image(_save(tmp_path, affine=np.diag([100.0, 1, 1, 1])), limits=limits)
    assert "100 x 1 x 1 mm, which is unusual" in image.cautions[0]


@pytest.mark.parametrize("keep", [100, 350, 500])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_a_truncated_file_is_unreadable(tmp_path, limits, keep, name):
    path = _save(tmp_path, name=name)
    content = path.read_bytes()
    path.write_bytes(content[: min(keep, len(content) - 20)])
    with pytest.raises(UnreadableFileError):
        read_nifti(path, limits=limits)


def test_a_wrong_checksum_is_unreadable(tmp_path, limits):
    path = _save(tmp_path)
    content = bytearray(path.read_bytes())
    content[-8] ^= 0xFF  # the CRC of gzip
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError):
        read_nifti(path, limits=limits)


def test_half_of_a_pair_is_refused_with_a_way_out(tmp_path, limits):
    with pytest.raises(UnreadableFileError, match="half of a NIfTI pair"):
        read_nifti(_edited(tmp_path, magic=b"ni1"), limits=limits)


def test_impossible_dimensions_are_refused(tmp_path, limits):
    with pytest.raises(UnreadableFileError, match="impossible dimensions"):
        read_nifti(_edited(tmp_path, dim=[3, 6, 0, 8, 1, 1, 1, 1]), limits=limits)


def test_an_unknown_type_is_refused(tmp_path, limits):
    with pytest.raises(UnreadableFileError, match=r"unknown data type \(3\)"):
        read_nifti(_edited(tmp_path, datatype=3), limits=limits)


def test_a_gzip_bomb_is_refused_by_its_header_alone(tmp_path, limits):
    path = _edited(tmp_path, dim=[3, 30000, 30000, 30000, 1, 1, 1, 1])
    bomb = tmp_path / "bomb.nii.gz"
    bomb.write_bytes(gzip.compress(path.read_bytes() + bytes(50 * 1024**2)))
    with pytest.raises(TooLargeError, match="27000000000000 voxels"):
        read_nifti(bomb, limits=limits)


def test_what_follows_the_declared_voxels_is_not_unpacked(tmp_path, limits):
    path = tmp_path / "long.nii.gz"
    path.write_bytes(
        gzip.compress(_save(tmp_path, name="a.nii").read_bytes() + bytes(80 * 1024**2))
    )
    assert read_nifti(path, limits=limits).shape == (6, 7, 8)


def test_the_limit_of_voxels_comes_from_the_settings(tmp_path):
    with pytest.raises(TooLargeError, match="336 voxels; the limit is 335"):
        read_nifti(_save(tmp_path), limits=Limits(volume_voxels=335))


@given(draw=st.data(), zipped=st.booleans())
@settings(max_examples=200)
def test_bit_flips_and_cuts_never_raise_anything_else(
    tmp_path_factory, answer_or_refusal, draw, zipped
):
    content = nib.Nifti1Image(VOXELS, AFFINE).to_bytes()
    content = bytearray(gzip.compress(content) if zipped else content)
    last = len(content) - 1 if zipped else 360  # the header is what can be wrong
    for position in draw.draw(st.lists(st.integers(0, last), max_size=6)):
        content[position] ^= 1 << draw.draw(st.integers(0, 7))
    path = tmp_path_factory.mktemp("fuzz") / "x.nii"
    path.write_bytes(content[: draw.draw(st.integers(0, len(content)))])
    found = answer_or_refusal(lambda: read_nifti(path, limits=Limits(volume_voxels=10_000)))
    if not isinstance(found, BadInputError):
        assert found.voxels.size <= 10_000
        assert np.isfinite(found.voxels).all()
        assert np.linalg.det(found.affine) != 0


@pytest.mark.parametrize("name", ["w.nii", "w.nii.gz"])
@pytest.mark.parametrize("dtype", [np.float32, np.int16, np.uint8])
def test_what_is_written_is_read_back_exactly(tmp_path, limits, name, dtype):
    write_nifti((VOXELS % 200).astype(dtype), AFFINE, tmp_path / name)
    volume = read_nifti(tmp_path / name, limits=limits)
    np.testing.assert_array_equal(volume.voxels, VOXELS % 200)
    np.testing.assert_allclose(volume.affine, AFFINE)
    assert volume.voxels.dtype == dtype
    oracle = nib.load(tmp_path / name)
    np.testing.assert_array_equal(oracle.get_fdata(), VOXELS % 200)
    assert oracle.header.get_xyzt_units()[0] == "mm"


def test_writing_narrows_what_others_cannot_read(tmp_path, limits):
    for given_dtype, found in ((bool, np.uint8), (np.float64, np.float32), (np.int64, np.int32)):
        write_nifti(VOXELS.astype(given_dtype), AFFINE, tmp_path / "n.nii")
        assert read_nifti(tmp_path / "n.nii", limits=limits).voxels.dtype == found


def test_writing_twice_gives_the_same_bytes(tmp_path):
    write_nifti(VOXELS, AFFINE, tmp_path / "a.nii.gz")
    write_nifti(VOXELS, AFFINE, tmp_path / "b.nii.gz")
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()


def test_a_picture_is_not_written_as_a_volume(tmp_path):
    with pytest.raises(BadInputError, match="has 2 axes"):
        write_nifti(VOXELS[0], AFFINE, tmp_path / "a.nii")


@pytest.mark.data
def test_real_volumes_agree_with_nibabel(development_data, limits):
    files = sorted((development_data / "brats3d").rglob("*.nii.gz"))
    files += sorted((development_data / "native3d_no_registration").rglob("*.nii.gz"))
    assert len(files) >= 20
    for path in files:
        volume, oracle = read_nifti(path, limits=limits), nib.load(path)
        assert volume.shape == oracle.shape
        np.testing.assert_allclose(volume.affine, oracle.affine, atol=1e-6)
        np.testing.assert_array_equal(volume.voxels[::7, ::7, ::7], oracle.dataobj[::7, ::7, ::7])


@pytest.mark.data
def test_a_brats_volume_is_read_in_under_a_second(development_data, limits):
    path = development_data / "brats3d" / "BraTS-GLI-00001-000" / "t1c.nii.gz"
    start = time.process_time()
    volume = read_nifti(path, limits=limits)
    assert time.process_time() - start < 1.0
    assert volume.shape == (240, 240, 155)
    assert axis_codes(volume.affine) == "LPS"
