"""The contract of `neuroscope analyze`: files, columns, exit codes."""

import csv
import io
import json
import zipfile
from pathlib import Path

import jsonschema_rs
import nibabel as nib
import numpy as np
import pypdf
import pytest
from PIL import Image

from neuroscope.io.nifti import write_nifti
from neuroscope.models.study_decision import TUMOR_ML
from neuroscope.phantom.case import make_case
from neuroscope.phantom.products import write_case
from neuroscope.records.prediction import CLASS_NAMES

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "result.schema.json"
COLUMNS = ["file", "label", "p_glioma", "p_meningioma", "p_pituitary", "p_notumor", "cautions"]


def table(out: Path) -> list[dict[str, str]]:
    with (out / "predictions.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    assert reader.fieldnames == COLUMNS
    return rows


def valid_result(out: Path) -> dict:
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    jsonschema_rs.validator_for(json.loads(SCHEMA.read_text())).validate(result)
    return result


def test_a_folder_of_slices_gives_table_maps_report_and_result(analyzed):
    out = analyzed.folder
    assert analyzed.code == 0, analyzed.err
    rows = table(out)
    assert [row["file"] for row in rows] == ["a.png", "b.v2.png", "more/c.png"]
    for row in rows:
        p = {
            name: float(row[f"p_{name}"])
            for name in ("glioma", "meningioma", "pituitary", "notumor")
        }
        assert sum(p.values()) == pytest.approx(1, abs=1e-4)
        assert row["label"] == max(p, key=p.__getitem__)
    for stem in ("a", "b.v2", "c"):
        values = np.load(out / "evidence" / f"{stem}.npy")
        assert (values.shape, values.dtype) == ((180, 150), np.float32)
        with Image.open(out / "evidence" / f"{stem}.png") as picture:
            assert picture.size == (150, 180)
    assert len(list((out / "evidence").iterdir())) == 6
    result = valid_result(out)
    assert [one["name"] for one in result["unreadable"]] == ["torn.png"]
    assert "torn.png" in analyzed.err
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert str(out) in analyzed.printed.replace("\n", "")
    assert not list(out.parent.glob(".*"))  # nothing half written stays


def test_maps_sum_to_the_sign_of_the_decision(command, slices_folder, tmp_path):
    out = tmp_path / "out"
    assert command("analyze", slices_folder / "a.png", "--out", out)[0] == 0
    row = table(out)[0]
    logits = valid_result(out)["series"][0]["slices"][0]["logits"]
    centered = logits[row["label"]] - sum(logits.values()) / 4
    assert np.sign(np.load(out / "evidence" / "a.npy").sum()) == np.sign(centered)


def test_the_same_slices_in_a_zip_give_the_same_table(command, slices_folder, analyzed, tmp_path):
    packed = tmp_path / "slices.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(slices_folder.rglob("*.png")):
            archive.write(path, path.relative_to(slices_folder))
    assert command("analyze", packed, "--out", tmp_path / "out")[0] == 0
    assert table(tmp_path / "out") == table(analyzed.folder)


def test_json_prints_the_result_and_nothing_else(command, slices_folder, tmp_path):
    code, printed, _ = command("analyze", slices_folder, "--out", tmp_path / "out", "--json")
    assert code == 0
    assert json.loads(printed) == valid_result(tmp_path / "out")


@pytest.fixture(scope="module")
def phantom_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    case = make_case("meningioma", seed=4, spacing_mm=4.0, sequences=("t1c", "flair"), head=True)
    return write_case(case, tmp_path_factory.mktemp("phantom") / "case")


def test_a_volume_gives_evidence_on_its_own_grid(command, phantom_folder, tmp_path):
    # The same voxels stored in another orientation: left-posterior-superior, axes permuted.
    original = nib.load(phantom_folder / "t1c.nii.gz")
    turned = original.as_reoriented(
        nib.orientations.ornt_transform(
            nib.orientations.axcodes2ornt(("R", "A", "S")),
            nib.orientations.axcodes2ornt(("S", "L", "P")),
        )
    )
    nib.save(turned, tmp_path / "turned.nii.gz")
    out = tmp_path / "out"
    code, _, err = command("analyze", tmp_path / "turned.nii.gz", "--out", out)
    assert code == 0, err
    evidence = nib.load(out / "evidence.nii.gz")
    assert evidence.shape == turned.shape
    assert np.abs(evidence.affine - turned.affine).max() < 1e-4
    assert evidence.get_data_dtype() == np.float32
    series = valid_result(out)["series"][0]
    assert series["evidence_file"] == "evidence.nii.gz"
    assert series["decision"]["label"] in ("glioma", "meningioma", "pituitary", "notumor")
    assert not (out / "predictions.csv").exists()


def test_several_volumes_each_get_their_map_and_the_t1c_speaks(command, phantom_folder, tmp_path):
    out = tmp_path / "out"
    _, printed, err = command("analyze", phantom_folder, "--out", out)
    result = valid_result(out)
    series = {one["role"]: one for one in result["series"]}
    assert series["t1c"]["evidence_file"] == "evidence_t1c.nii.gz"
    assert series["flair"]["evidence_file"] == "evidence_flair.nii.gz"
    first = nib.load(out / "evidence.nii.gz").get_fdata()
    assert (first == nib.load(out / "evidence_t1c.nii.gz").get_fdata()).all()
    headline = result["study"]["headline"]
    assert headline["series_id"] == series["t1c"]["id"]
    assert f"The study: {CLASS_NAMES[headline['label']]}, p " in printed
    assert ", from T1 with contrast" in printed
    differ = series["t1c"]["decision"]["label"] != series["flair"]["decision"]["label"]
    said = [c for c in result["study"]["cautions"] if "series of this study contradict" in c]
    assert len(said) == differ
    lesions = json.loads((out / "measurements.json").read_text(encoding="utf-8"))["lesions"]
    whole_ml = sum(one["volume_ml"] for one in lesions)
    apart = (whole_ml >= TUMOR_ML) != (headline["label"] != "notumor")
    said_too = [c for c in result["study"]["cautions"] if "two networks contradict" in c]
    assert len(said_too) == apart
    assert all(caution in " ".join(err.split()) for caution in (*said, *said_too))


@pytest.fixture(scope="module")
def stripped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study without skull, T1 with contrast and FLAIR, and its truth beside it."""
    made = make_case("glioblastoma", seed=5, spacing_mm=4.0, sequences=("t1c", "flair"))
    folder = tmp_path_factory.mktemp("stripped")
    (folder / "study").mkdir()
    for name, volume in made.volumes.items():
        write_nifti(volume.voxels, volume.affine, folder / "study" / f"{name}.nii.gz")
    labels = np.asarray(made.segmentation.labels, np.uint8)
    write_nifti(labels, made.segmentation.affine, folder / "mask.nii.gz")
    return folder


def test_all_in_space_follows_from_a_mask_that_is_given(command, stripped, tmp_path):
    out = tmp_path / "out"
    code, printed, err = command(
        "analyze", stripped / "study", "--out", out, "--segmenter", "manual", "--mask",
        stripped / "mask.nii.gz", "--native",
    )  # fmt: skip
    assert code == 0, err
    truth = np.asanyarray(nib.load(stripped / "mask.nii.gz").dataobj)
    for name in ("segmentation", "segmentation_t1c", "segmentation_flair"):
        written = np.asanyarray(nib.load(out / f"{name}.nii.gz").dataobj)
        np.testing.assert_array_equal(written, truth)
    whole_ml = np.count_nonzero(truth) * 0.064
    assert f"WT: {whole_ml:.1f} ml" in printed
    result = valid_result(out)
    assert result["volumetry"]["model"] is None
    assert result["volumetry"]["files"]["segmentation_flair"] == "segmentation_flair.nii.gz"
    numbers = json.loads((out / "measurements.json").read_text())
    assert "WT" in numbers["surfaces"]
    if result["study"]["headline"]["label"] != "notumor":
        assert numbers["evidence"]["overlap"]["tumor_share"] == pytest.approx(
            np.count_nonzero(truth) / truth.size, rel=1e-3
        )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--segmenter", "magic"), "no segmenter 'magic'"),
        (("--tumor", "liver"), "no kind of tumor 'liver'"),
        (("--mask", "x.nii.gz"), "The segmenter unet takes no mask"),
        (("--segmenter", "nnunet"), "The segmenter nnunet needs a trained model"),
        (("--as-is",), "no volume of T1, contrast T1, T2 or FLAIR"),
    ],
)
def test_a_segmenter_that_cannot_be_used_is_refused_before_all_else(
    command, slices_folder, tmp_path, options, said
):
    code, _, told = command("analyze", slices_folder, "--out", tmp_path / "out", *options)
    assert code == 2
    assert said in " ".join(told.split())
    assert not (tmp_path / "out").exists()


def test_the_same_study_may_be_analyzed_into_the_same_folder_again(
    command, slices_folder, tmp_path
):
    out = tmp_path / "out"
    assert command("analyze", slices_folder, "--out", out)[0] == 0
    before = (out / "result.json").read_bytes()
    assert command("analyze", slices_folder, "--out", out)[0] == 0
    assert (out / "result.json").read_bytes() == before


def test_a_result_inside_the_folder_of_the_images_is_not_read_as_images(
    command, slices_folder, tmp_path
):
    out = slices_folder / "result"
    assert command("analyze", slices_folder, "--out", out)[0] == 0
    before = table(out)
    code, _, err = command("analyze", slices_folder, "--out", out)
    assert code == 0, err
    assert "Caution: Results of earlier analyses set aside: 1." in err
    assert table(out) == before
    assert [one["name"] for one in valid_result(out)["unreadable"]] == ["torn.png"]


def test_the_result_of_other_images_is_not_replaced_unless_asked(command, slices_folder, tmp_path):
    out = tmp_path / "out"
    assert command("analyze", slices_folder, "--out", out)[0] == 0
    other = slices_folder / "more"
    code, _, err = command("analyze", other, "--out", out)
    assert code == 2
    assert "--overwrite" in err
    assert len(table(out)) == 3
    assert command("analyze", other, "--out", out, "--overwrite")[0] == 0
    assert [row["file"] for row in table(out)] == ["c.png"]
    assert sorted(path.name for path in (out / "evidence").iterdir()) == ["c.npy", "c.png"]


def test_a_folder_with_files_of_the_user_is_refused_and_never_emptied(
    command, slices_folder, tmp_path
):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("precious")
    code, _, err = command("analyze", slices_folder, "--out", out)
    assert code == 2
    assert "not empty" in err
    assert command("analyze", slices_folder, "--out", out, "--overwrite")[0] == 0
    assert (out / "thesis.txt").read_text() == "precious"


def test_bad_input_ends_with_2_and_leaves_nothing(command, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    text = tmp_path / "text.png"
    text.write_text("not a picture")
    for path in (empty, text, tmp_path / "absent"):
        code, _, err = command("analyze", path, "--out", tmp_path / "out")
        assert code == 2
        assert "Error:" in err
        assert "Fix:" in err
        assert not (tmp_path / "out").exists()


def test_an_unknown_backend_ends_with_2(command, slices_folder, tmp_path):
    code, _, err = command(
        "analyze", slices_folder, "--out", tmp_path / "out", "--backend", "abacus"
    )
    assert code == 2
    assert "openvino" in err


def test_a_disk_that_refuses_ends_with_1(command, slices_folder, tmp_path, monkeypatch):
    import errno

    from neuroscope.cli import results

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(results, "write_json", full)
    code, _, err = command("analyze", slices_folder, "--out", tmp_path / "out")
    assert code == 1
    assert "disk is full" in err
    assert not list(tmp_path.glob("*out*"))


def test_no_bar_is_drawn_where_there_is_no_terminal(analyzed):
    assert "Analyzing" not in analyzed.err
    assert "\x1b" not in analyzed.err


def test_names_with_brackets_are_printed_as_they_are(command, slices_folder, tmp_path):
    (slices_folder / "torn.png").rename(slices_folder / "torn [bold red].png")
    _, _, err = command("analyze", slices_folder, "--out", tmp_path / "out")
    assert "torn [bold red].png" in err


def test_report_and_table_agree(analyzed):
    out = analyzed.folder
    pdf = pypdf.PdfReader(io.BytesIO((out / "report.pdf").read_bytes()))
    attached = json.loads(pdf.attachments["result.json"][0])
    labels = [one["label"] for one in attached["series"][0]["slices"]]
    assert labels == [row["label"] for row in table(out)]
