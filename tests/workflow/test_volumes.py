"""A study in space, with a segmenter that knows the truth."""

import json
from dataclasses import replace

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.models.inference import load_engine
from neuroscope.models.volume_constants import load_volume_constants
from neuroscope.phantom.case import make_case
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.records.analysis import Analysis, SeriesFinding
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import TUMOR_CLASSES, ModelRef, Prediction
from neuroscope.records.study import Series, Study
from neuroscope.records.volume import Volume
from neuroscope.report.volumetry import SCHEMA, volumetry_json
from neuroscope.workflow import analyze
from neuroscope.workflow.volumes import (
    Explainer,
    can_be_examined,
    contradicted,
    examine,
    examine_prepared,
    explained,
    not_examined,
    rule_for,
)


@pytest.fixture(scope="module")
def case():
    return make_case("glioblastoma", seed=21, spacing_mm=3.0, wish=Wish(side="left"))


@pytest.fixture(scope="module")
def volumetry(case, imported_phantom, truth_segmenter):
    return examine(imported_phantom(case), lambda _: truth_segmenter(case))


def test_labels_lie_on_the_contrast_t1_where_the_tumor_is(case, volumetry):
    labels = np.asarray(volumetry.segmented.segmentation.labels)
    assert volumetry.prepared.reference == "t1c"
    np.testing.assert_array_equal(labels, np.asarray(case.segmentation.labels))


def test_volumes_are_those_of_the_phantom(case, volumetry):
    for name in ("WT", "ET"):
        measured = volumetry.measurements.named(f"{name} volume")
        assert measured.unit == "ml"
        codes = {"WT": (1, 2, 3), "ET": (3,)}[name]
        truth = np.isin(case.segmentation.labels, codes).sum() * 0.027
        assert measured.value == pytest.approx(truth, rel=1e-6)


def test_the_side_is_the_patients_left(volumetry):
    largest = volumetry.measurements.lesions[0]
    assert largest.side == "left"
    assert largest.center_mm[0] < 0


def test_surfaces_surround_the_tumor_and_the_brain(volumetry):
    names = [mesh.name for mesh in volumetry.meshes]
    assert {"brain", "WT", "ET"} <= set(names)
    whole = next(mesh for mesh in volumetry.meshes if mesh.name == "WT")
    assert whole.vertices_mm[:, 0].mean() < 0


def test_every_doubt_travels_with_the_result(volumetry):
    assert "This is the truth." in volumetry.cautions


def test_the_description_is_json_and_complete(volumetry):
    described = volumetry_json(volumetry)
    again = json.loads(json.dumps(described, allow_nan=False))

    assert again["schema"] == SCHEMA
    assert again["reference"]["series_id"] == "s-t1c"
    assert {r["code"] for r in again["regions"]} == {"WT", "TC", "ET"}
    assert all(v["unit"] and v["how"] and v["source"] for v in again["values"])
    assert again["lesions"][0]["side"] == "left"
    assert again["evidence"] is None


def test_a_study_without_volumes_is_not_examined(case, truth_segmenter):
    volume = case.volumes["t1"]
    slices = ImportedStudy(Study("s", "NS-A", (Series("ct", "ct"),)), {"ct": volume}, {}, "h")
    assert not can_be_examined(slices)
    with pytest.raises(BadInputError, match="no volume of T1") as refused:
        examine(slices, lambda _: truth_segmenter(case))
    assert "Not segmented" in not_examined(refused.value)


def test_volumes_without_a_name_are_told_by_their_content_and_segmented(case, truth_segmenter):
    series = tuple(Series(id=f"s{number}", role="mr") for number in range(4))
    volumes = {f"s{n}": volume for n, volume in enumerate(case.volumes.values())}
    study = ImportedStudy(Study("s", "NS-A", series), volumes, {}, "h")

    found = examine(study, lambda _: truth_segmenter(case))

    names = {role: f"s{n}" for n, role in enumerate(case.volumes)}
    assert dict(found.prepared.series) == names
    assert sum(one.code == "unnamed" for one in found.prepared.findings) == 4
    largest = found.measurements.lesions[0]
    assert largest.side == "left"


def test_a_volume_that_nothing_tells_is_refused(case, truth_segmenter, volumetry):
    prepared = replace(
        volumetry.prepared,
        volumes={"mr": volumetry.prepared.volumes["t1c"]},
        series={"mr": "s"},
        to_reference={"mr": volumetry.prepared.to_reference["t1c"]},
        reference="mr",
    )
    given = {"s": case.volumes["t1c"]}
    study = ImportedStudy(Study("s", "NS-A", (Series("s", "mr"),)), given, {}, "h")
    with pytest.raises(BadInputError, match="Neither tags nor content"):
        examine_prepared(study, prepared, truth_segmenter(case))


def test_the_evidence_speaks_for_the_decision_inside_the_brain(
    case, known_weights, imported_phantom, truth_segmenter
):
    engine = load_engine(backend="onnxruntime", threads=1, weights=known_weights)
    imported = imported_phantom(case)
    analysis = analyze.analyze(imported, engine)
    explainer = Explainer(
        engine,
        load_volume_constants(engine.model, engine.spec, weights=known_weights),
        {found.series_id: found for found in analysis.series},
    )
    found = examine(imported, lambda _: truth_segmenter(case), explainer=explainer)

    assert found.evidence is not None
    values = np.asarray(found.evidence.heatmap.values)
    assert values.shape == found.prepared.grid.shape
    assert not values[~np.asarray(found.prepared.brain.voxels, bool)].any()
    told = volumetry_json(found)["evidence"]
    on_tumor = next(one for one in told["passport"]["tests"] if one["name"] == "localization")
    assert on_tumor["outcome"] in ("passed", "failed"), "the map is held against the outlines"
    tumor = np.asarray(found.segmented.segmentation.labels) > 0
    assert told["overlap"]["share_on_tumor"] == pytest.approx(
        float(values[tumor].sum() / values.sum()), rel=1e-4
    )
    assert told["overlap"]["tumor_share"] == pytest.approx(tumor.mean(), rel=1e-4)


class Listening:
    """A segmenter that keeps which rule it was asked to follow."""

    def __init__(self, answers) -> None:
        self.answers, self.rule = answers, ""

    def segment(self, study):
        self.rule = study.rule
        return self.answers.segment(study)


def test_the_rule_of_metastases_is_followed_where_a_person_names_them(
    case, volumetry, imported_phantom, truth_segmenter
):
    listening = Listening(truth_segmenter(case))
    for asked, followed in (("metastases", "metastases"), (None, "other")):
        found = examine_prepared(imported_phantom(case), volumetry.prepared, listening, rule=asked)
        assert listening.rule == followed
        assert found.is_kind_told == (asked is not None)
    said = Prediction({**dict.fromkeys(TUMOR_CLASSES, 0.0), "glioma": 1.0}, ModelRef("e", "1", "0"))
    assert rule_for(said) == "glioma"


def test_slices_of_the_raw_image_are_not_mixed_with_cuts_of_the_evened_one(
    case, volumetry, known_weights, imported_phantom
):
    engine = load_engine(backend="onnxruntime", threads=1, weights=known_weights)
    constants = load_volume_constants(engine.model, engine.spec, weights=known_weights)
    raw = imported_phantom(case)
    series = next(one for one in raw.study.series if one.id == "s-t1c")
    source = analyze.slices_of(raw.volumes["s-t1c"])
    found = analyze.run_slices(source, analyze.indices_to_run(source), engine)
    dark = [
        replace(one, evidence=replace(one.evidence, contributions=one.evidence.contributions * 0))
        for one in found
    ]  # what was seen on the raw image is told by its darkness
    known = analyze.conclude(series, source, dark, engine.spec)
    explainer = Explainer(engine, constants, {"s-t1c": known})
    t1c = volumetry.prepared.volumes["t1c"]
    ramp = np.linspace(0.8, 1.2, t1c.shape[0], dtype=np.float32)[:, None, None]
    evened = replace(
        volumetry.prepared,
        volumes={**volumetry.prepared.volumes, "t1c": Volume(t1c.voxels * ramp, t1c.affine)},
    )

    def drawn(prepared, findings):
        decision = replace(
            known.decision, p_class={**dict.fromkeys(TUMOR_CLASSES, 0.0), "glioma": 1.0}
        )
        one = replace(explainer, findings=findings)
        return explained(prepared, one, decision, seen=raw.volumes).heatmap.values

    anew = drawn(evened, {})
    assert anew.any()
    np.testing.assert_array_equal(drawn(evened, {"s-t1c": known}), anew)
    taken_over = drawn(volumetry.prepared, {"s-t1c": known})
    assert taken_over.sum() < drawn(volumetry.prepared, {}).sum() / 2


def answered(label: str) -> Analysis:
    """The analysis of a phantom whose T1 with contrast is read as this."""
    model = ModelRef("evidence", "1", "0" * 64)
    p = {name: 0.94 if name == label else 0.02 for name in TUMOR_CLASSES}
    found = SeriesFinding("s-t1c", (), decision=Prediction(p, model))
    return Analysis("p1", "NS-PHANTM", model, (found,), headline_series="s-t1c")


def test_a_tumor_in_space_contradicts_an_answer_without_one(case, volumetry, imported_phantom):
    imported = imported_phantom(case)
    (caution,) = contradicted(imported, answered("notumor"), volumetry)
    truth_ml = np.count_nonzero(case.segmentation.labels) * 0.027
    assert f"finds {truth_ml:.1f} ml of tumor on T1, T1 with contrast, T2 and FLAIR" in caution
    assert contradicted(imported, answered("meningioma"), volumetry) == ()


def test_a_head_without_a_tumor_in_space_contradicts_an_answer_with_one(
    case, volumetry, imported_phantom, truth_segmenter
):
    imported, nothing = imported_phantom(case), truth_segmenter(case)
    nothing.truth = replace(nothing.truth, voxels=np.zeros_like(nothing.truth.voxels))
    found = examine(imported, lambda _: nothing)
    (caution,) = contradicted(imported, answered("glioma"), found)
    assert "says glioma on T1 with contrast, the segmenter finds no tumor" in caution
    assert contradicted(imported, answered("notumor"), found) == ()
