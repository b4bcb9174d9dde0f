"""An audit of written-down models says what was written into them, and what is missing."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.reliability.counterfactual.conftest import (
    head_with_tumor,
    model_of,
    reads_tag,
    sees_tumor,
)

from neuroscope.errors import BadInputError
from neuroscope.records.focus import row_of
from neuroscope.records.modelaudit import ModelAudit
from neuroscope.reliability.audited import AuditedModel
from neuroscope.reliability.model.reasons import COARSE
from neuroscope.report.model_audit import focus_csv, model_audit_html
from neuroscope.settings import Limits
from neuroscope.workflow.audited_pictures import Pictures, pictures_of, spread
from neuroscope.workflow.model_audit import audit_models


def written(root: Path, n: int, *, masks: bool = True) -> Path:
    """Write heads into a folder for each class, masks beside."""
    for number in range(n):
        image, tumor, label = head_with_tumor(number)
        for part, pixels in (("images", image), ("masks", tumor.astype(np.uint8) * 255)):
            if part == "masks" and not masks:
                continue
            place = root / part / label
            place.mkdir(parents=True, exist_ok=True)
            ending = "_mask" if part == "masks" else ""
            Image.fromarray(pixels).save(place / f"{number}{ending}.png")
    return root


def listed(root: Path) -> Pictures:
    return pictures_of(root, split="test", limits=Limits())


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> ModelAudit:
    root = written(tmp_path_factory.mktemp("set"), 24)
    models = [model_of(reads_tag, "reads the tag"), model_of(sees_tumor, "sees the tumor")]
    done: list[float] = []
    found = audit_models(listed(root), models, changed=22, progress=done.append)
    assert done == sorted(done)
    assert done[-1] == 1.0
    return found


def test_the_reader_of_the_tag_is_flagged_and_the_other_is_not(audit: ModelAudit) -> None:
    tag, tumor = audit.models
    states = {f.name: (f.state, g.state) for f, g in zip(tag.findings, tumor.findings, strict=True)}
    assert states["answers follow a tag"] == ("flagged", "clear")
    assert states["answers stay without the tumor"] == ("flagged", "clear")
    assert states["answers without a head"][0] == "flagged"
    assert audit.answer[0].startswith("No: being right does not show understanding")
    assert [sheet.measure("balanced accuracy").interval.value for sheet in audit.models] == [1, 1]  # type: ignore[union-attr]


def test_rows_carry_what_the_tests_found(audit: ModelAudit) -> None:
    tag, tumor = audit.models
    assert len(tag.rows) == len(tumor.rows) == 24
    followed = [row for row in tag.rows if "follows a tag" in row.flags]
    assert len(followed) == 22
    assert not [row for row in tumor.rows if "follows a tag" in row.flags]
    one = followed[0]
    assert set(one.deltas) == {"tumor_out", "tumor_only", "background", "border_crop", "text_tag"}
    assert one.tumor_from == "reader"


def test_tables_and_page_tell_the_same(audit: ModelAudit) -> None:
    rows = [row_of(cells) for cells in csv.DictReader(io.StringIO(focus_csv(audit)))]
    assert [row.image_id for row in rows[:24]] == [row.image_id for row in audit.models[0].rows]
    page = model_audit_html(audit)
    assert "Does high accuracy mean clinical understanding?" in page
    assert "not for clinical" in page.lower() or "research" in page.lower()
    assert page.count("<svg") == 12  # 10 kinds of change, wrong reasons, risk over coverage
    plain = audit.as_dict()
    assert plain["schema"] == "neuroscope/model-audit/1"
    assert [sheet["name"] for sheet in plain["models"]] == ["reads the tag", "sees the tumor"]
    assert {one["measure"] for one in plain["comparisons"]} == {
        "balanced accuracy", "evidence on and around the tumor", "right under changes",
    }  # fmt: skip


def test_maps_too_coarse_for_the_outline_itself_tell_no_reasons(tmp_path: Path) -> None:
    root = written(tmp_path / "set", 24)
    fine = replace(
        model_of(sees_tumor, "fine"), through=lambda _, outline: outline.astype(np.float32)
    )
    coarse = replace(
        model_of(sees_tumor, "one place"),
        through=lambda picture, _: np.ones(picture.shape, np.float32),
    )
    found = audit_models(listed(root), [fine, coarse], changed=4)
    of_fine, of_coarse = found.models
    at_best = [sheet.measure(COARSE) for sheet in found.models]
    assert [one.interval.value for one in at_best if one is not None] == [0.0, 1.0]
    assert of_fine.measure("right for the wrong reason") is not None
    assert of_coarse.measure("right for the wrong reason") is None
    (reason,) = (one for one in of_coarse.findings if one.name == "right for the wrong reason")
    assert (reason.state, "too coarse to tell" in reason.why) == ("insufficient", True)
    assert {(one.part, one.model) for one in found.not_done} >= {
        ("Right for the wrong reason", "one place")
    }
    assert "evidence on and around the tumor" not in {one.measure for one in found.comparisons}
    assert "its maps are too coarse to tell its reasons" in found.answer[-1]
    assert "too coarse to tell" in model_audit_html(found)


def test_three_patients_without_masks_in_one_class(tmp_path: Path) -> None:
    root = written(tmp_path / "set", 5, masks=False)
    (root / "images" / "glioma" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    for path in (root / "images" / "meningioma").iterdir():
        path.unlink()
    found = audit_models(listed(root), [model_of(reads_tag)], changed=3)
    missing = {one.part: one.why for one in found.not_done}
    assert missing["Accuracy over classes"].startswith("The set has one class")
    assert missing["Localization"] == "No tumor is outlined."
    assert "Source probe" in missing
    assert {f.state for f in found.models[0].findings} == {"insufficient"}
    assert [one.name for one in found.data.unreadable] == ["images/glioma/torn.png"]
    assert any("3 patients: too few" in line for line in found.cautions)
    assert found.answer[0].startswith("It cannot be told")
    assert "torn.png" in model_audit_html(found)


def test_masks_on_another_grid_and_contradicting_labels_are_named(tmp_path: Path) -> None:
    root = written(tmp_path / "set", 4)
    Image.fromarray(np.zeros((32, 40), np.uint8)).save(root / "masks" / "glioma" / "0_mask.png")
    image = Image.open(root / "images" / "glioma" / "2.png")
    image.save(root / "images" / "meningioma" / "copy.png")
    found = audit_models(listed(root), [model_of(sees_tumor)], changed=0)
    said = " ".join(found.cautions)
    assert "1 masks lie on another grid" in said
    assert "labels that contradict" in said
    flags = {row.image_id: row.flags for row in found.models[0].rows}
    assert flags["images/glioma/0.png"] == ("mask on another grid",)


def test_a_model_without_maps_is_audited_all_the_same(tmp_path: Path) -> None:
    plain = model_of(sees_tumor)
    bare = AuditedModel(
        "bare", "bare", "test", plain.classes, 64, 1.0,
        lambda pictures, maps: type(plain.ask(pictures, False))(plain.ask(pictures, False).logits),
        no_maps="The model has no layer to read evidence from.",
    )  # fmt: skip
    found = audit_models(listed(written(tmp_path / "set", 4)), [bare], changed=2)
    missing = {one.part: one.why for one in found.not_done}
    assert missing["Localization"] == "The model has no layer to read evidence from."
    assert missing["Source probe"] == "The model gives no embedding."
    assert found.models[0].measure("balanced accuracy") is not None
    assert found.models[0].rows == ()


def test_labels_that_the_model_does_not_know_count_for_nothing(tmp_path: Path) -> None:
    root = written(tmp_path / "set", 2)
    (root / "images" / "glioma").rename(root / "images" / "abscess")
    (root / "images" / "meningioma").rename(root / "images" / "cyst")
    found = audit_models(listed(root), [model_of(sees_tumor)], changed=2)
    assert (
        "2 pictures bear labels that the model does not know (abscess, cyst)" in found.cautions[-1]
    )
    assert {one.part for one in found.not_done} >= {"Accuracy", "Calibration", "Robustness"}


def test_a_manifest_names_masks_and_patients(tmp_path: Path) -> None:
    root = written(tmp_path / "set", 2)
    table = root / "set.csv"
    table.write_text(
        "file,label,patient,split,mask\n"
        "images/glioma/0.png,glioma,a,test,masks/glioma/0_mask.png\n"
        "images/meningioma/1.png,meningioma,a,train,\n"
    )
    found = listed(table)
    assert [(n.file, n.patient, n.has_outline) for n in found.named] == [
        ("images/glioma/0.png", "a", True)
    ]
    case = found.case(0)
    assert case.has_tumor  # type: ignore[union-attr]
    assert "1 pictures that were trained on" in found.cautions[0]


def test_nothing_readable_is_refused(tmp_path: Path) -> None:
    (tmp_path / "glioma").mkdir()
    (tmp_path / "glioma" / "1.png").write_bytes(b"nothing")
    with pytest.raises(BadInputError, match="No picture can be read"):
        audit_models(listed(tmp_path), [model_of(sees_tumor)])


def test_pictures_are_chosen_label_by_label_outlined_first() -> None:
    labels = ["a"] * 5 + ["b"] * 2
    rank = [(1, 1), (0, 2), (0, 1), (1, 2), (1, 3), (1, 1), (1, 2)]
    assert spread(labels, rank, 4) == [1, 2, 5, 6]
    assert spread(labels, rank, 5) == [0, 1, 2, 5, 6]
