"""The path from images to findings and maps, with a network whose answer is known."""

import dataclasses

import numpy as np
import pytest

from neuroscope.errors import BadInputError, CanceledError, GeometryMismatchError
from neuroscope.models.inference import load_engine
from neuroscope.records.geometry import diagonal
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.study import Series, Study
from neuroscope.records.volume import Slice, Volume
from neuroscope.workflow import analyze as workflow

SHAPE = (64, 72, 40)


@pytest.fixture(scope="module")
def engine(known_weights):
    return load_engine(backend="onnxruntime", threads=1, weights=known_weights)


def head(shape=SHAPE, *, lesion=True, seed=0):
    """A RAS head of gray 40, a lesion of 100 at the patient's left, anterior, and a vessel.

    The vessel keeps the gray scale of a slice without lesion; it is too small to be a tumor.
    """
    grid = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    r, a, s = grid[0], grid[1], (grid[2] if len(grid) == 3 else 0.0)
    voxels = np.random.default_rng(seed).normal(40, 2, shape)
    voxels[r**2 + a**2 + (s / 1.05) ** 2 > 0.9] = 0
    voxels[(r**2 + (a + 0.5) ** 2 < 0.01) & (voxels > 0)] = 100
    if lesion:
        voxels[(r + 0.4) ** 2 + (a - 0.3) ** 2 + s**2 < 0.09] = 100
    return voxels.astype(np.float32)


def as_volume(voxels, spacing=(2.0, 2.0, 2.0)):
    return Volume(voxels, diagonal(spacing))


def study_of(role="t1c", **images):
    volumes = {name: image for name, image in images.items() if isinstance(image, Volume)}
    slices = {name: image for name, image in images.items() if name not in volumes}
    series = tuple(Series(name, "slice" if name in slices else role) for name in images)
    return ImportedStudy(Study("s1", "NS-AAAAAA", series), volumes, slices, "hash")


def pictures(*lesions):
    return tuple(
        Slice(head(SHAPE[:2], lesion=lesion, seed=n).T[::-1, ::-1], f"slice_{n}")
        for n, lesion in enumerate(lesions)
    )


def test_slices_stand_for_themselves(engine):
    analysis = workflow.analyze(study_of(a=pictures(True, False, True)), engine)
    (finding,) = analysis.series
    labels = [item.prediction.label for item in finding.slices]
    assert labels == ["glioma", "notumor", "glioma"]
    assert finding.decision is None
    assert finding.headline.label == "glioma"
    assert [item.name for item in finding.slices] == ["slice_0", "slice_1", "slice_2"]


def test_probabilities_use_the_temperature_of_the_weights(engine):
    (finding,) = workflow.analyze(study_of(a=pictures(False)), engine).series
    p = finding.slices[0].prediction
    assert p.temperature == 2.0
    powers = np.exp(finding.slices[0].evidence.logits.astype(float) / 2.0)
    np.testing.assert_allclose(list(p.p_class.values()), powers / powers.sum(), atol=1e-6)


def test_a_volume_is_decided_by_the_slices_through_its_lesion(engine):
    (finding,) = workflow.analyze(study_of(a=as_volume(head())), engine).series
    assert finding.decision.label == "glioma"
    assert (finding.axis, finding.plane) == (2, "axial")
    assert all(14 <= index <= 25 for index in finding.decided_by)
    assert len(finding.decided_by) == 4  # 9 mm in slices of 2 mm
    healthy = [item for item in finding.slices if item.prediction.label == "notumor"]
    assert len(healthy) > len(finding.slices) / 2


def test_a_healthy_volume_is_healthy(engine):
    (finding,) = workflow.analyze(study_of(a=as_volume(head(lesion=False))), engine).series
    assert finding.decision.label == "notumor"


def test_the_evidence_of_the_deciding_slices_sums_to_the_decision(engine):
    (finding,) = workflow.analyze(study_of(a=as_volume(head())), engine).series
    deciding = [item for item in finding.slices if item.index in finding.decided_by]
    sums = np.mean([i.evidence.contributions.sum((1, 2), dtype=float) for i in deciding], axis=0)
    p = np.exp(sums / 2.0) / np.exp(sums / 2.0).sum()
    np.testing.assert_allclose(p, list(finding.decision.p_class.values()), atol=1e-5)


def test_a_tumor_must_exceed_what_healthy_heads_reach_on_such_a_series(engine):
    volume = as_volume(head())
    (finding,) = workflow.analyze(study_of(a=volume), engine).series
    strict = dataclasses.replace(engine.spec, allowance=(100.0, 0.0))
    answers = {
        role: workflow.conclude(
            Series("a", role), workflow.slices_of(volume), finding.slices, strict
        ).decision.label
        for role in ("t1c", "t1", "mr")
    }
    assert answers == {"t1c": "notumor", "t1": "glioma", "mr": "glioma"}


@pytest.mark.parametrize("spacing", [(2.0, 2.0, 2.0), (1.0, 1.5, 5.0)])
def test_evidence_lies_on_the_voxels_of_the_lesion(engine, spacing):
    volume = as_volume(head(), spacing)
    (finding,) = workflow.analyze(study_of(a=volume), engine).series
    heatmap = workflow.evidence_of(volume, finding, "glioma", engine.spec)
    lesion = volume.voxels > 80
    lesion[:, : SHAPE[1] // 2] = False  # the vessel is posterior
    positive = np.clip(heatmap.values, 0, None)
    positive[:, : SHAPE[1] // 2] = 0
    assert lesion[np.unravel_index(positive.argmax(), lesion.shape)]
    assert positive[lesion].sum() / positive.sum() > 0.7
    for k in (17, 20, 22):
        center = np.mean(np.argwhere(positive[:, :, k] > 0.5 * positive[:, :, k].max()), axis=0)
        expected = np.mean(np.argwhere(lesion[:, :, k]), axis=0)
        np.testing.assert_allclose(center, expected, atol=0.75)
    mirrored = positive[::-1]
    assert mirrored[lesion].sum() == 0  # the patient's left is not his right


def test_evidence_lies_on_the_pixels_of_a_plain_slice(engine):
    (picture,) = pictures(True)
    (finding,) = workflow.analyze(study_of(a=(picture,)), engine).series
    heatmap = workflow.evidence_of(picture, finding.slices[0], "glioma", engine.spec)
    lesion = picture.pixels > 80
    lesion[SHAPE[1] // 2 :] = False  # the vessel is posterior
    found = heatmap.values > heatmap.threshold
    found[SHAPE[1] // 2 :] = False
    assert (found & lesion).sum() / (found | lesion).sum() > 0.6
    assert heatmap.values.shape == picture.pixels.shape


def test_changing_one_slice_leaves_the_maps_of_all_others(engine):
    voxels = head()
    before = as_volume(voxels.copy())
    voxels[:, :, 20] *= 3.0
    voxels[20:30, 20:30, 20] = 500
    after = as_volume(voxels)
    maps = []
    for volume in (before, after):
        (finding,) = workflow.analyze(study_of(a=volume), engine).series
        maps.append(workflow.evidence_of(volume, finding, "glioma", engine.spec).values)
    others = np.arange(SHAPE[2]) != 20
    np.testing.assert_allclose(maps[0][:, :, others], maps[1][:, :, others], atol=1e-6)
    assert np.abs(maps[0][:, :, 20] - maps[1][:, :, 20]).max() > 1e-3


def test_chunks_do_not_change_the_findings(engine):
    source = workflow.slices_of(as_volume(head()))
    indices = workflow.indices_to_run(source)
    whole = workflow.run_slices(source, indices, engine)
    pieces = [
        item for i in range(0, len(indices), 5)
        for item in workflow.run_slices(source, indices[i : i + 5], engine)
    ]  # fmt: skip
    for one, other in zip(whole, pieces, strict=True):
        assert one.index == other.index
        np.testing.assert_array_equal(one.evidence.contributions, other.evidence.contributions)


@pytest.mark.parametrize("value", [0.0, 5.0, np.nan])
def test_an_empty_volume_is_answered_with_a_caution(engine, value):
    volume = as_volume(np.full(SHAPE, value, np.float32))
    (finding,) = workflow.analyze(study_of(a=volume), engine).series
    assert finding.slices == ()
    assert finding.decision is None
    assert finding.not_run == tuple(range(SHAPE[2]))
    assert workflow.NOTHING_TO_RUN in finding.cautions
    heatmap = workflow.evidence_of(volume, finding, "glioma", engine.spec)
    assert not heatmap.values.any()


def test_voxels_that_are_not_numbers_do_not_spread(engine):
    voxels = head()
    voxels[30, 30, 20] = np.nan
    (finding,) = workflow.analyze(study_of(a=as_volume(voxels)), engine).series
    assert finding.decision.label == "glioma"
    assert all(np.isfinite(item.evidence.contributions).all() for item in finding.slices)


def test_a_volume_of_one_slice_decides_with_a_caution(engine):
    volume = as_volume(head()[:, :, 20:21])
    (finding,) = workflow.analyze(study_of(a=volume), engine).series
    assert finding.decision.label == "glioma"
    assert finding.decided_by == (0,)
    assert workflow.ONE_SLICE in finding.decision.cautions


def test_a_ct_is_doubted(engine):
    study = study_of(role="ct", a=as_volume(head()))
    (finding,) = workflow.analyze(study, engine).series
    assert any("CT" in caution for caution in finding.cautions)


def test_a_sequence_without_contrast_is_doubted(engine):
    for role, doubted in (("flair", True), ("t1c", False)):
        (finding,) = workflow.analyze(study_of(role=role, a=as_volume(head())), engine).series
        assert (workflow.NOT_CONTRAST in finding.cautions) == doubted


def two_sequences(t1c, flair):
    series = (Series("b", "flair"), Series("a", "t1c"))
    volumes = {"a": as_volume(t1c), "b": as_volume(flair)}
    study = Study("s1", "NS-AAAAAA", series, cautions=("A file was set aside.",))
    return ImportedStudy(study, volumes, {}, "hash")


def test_the_series_with_contrast_speaks_and_the_contradiction_is_said(engine):
    study = two_sequences(t1c=head(lesion=False), flair=head())
    analysis = workflow.analyze(study, engine)
    assert [found.headline.label for found in analysis.series] == ["glioma", "notumor"]
    assert analysis.headline_series == "a"
    said, imported = analysis.cautions
    assert "no tumor on T1 with contrast; glioma on FLAIR" in said
    assert imported == "A file was set aside."


def test_series_that_agree_add_no_caution_to_the_study(engine):
    analysis = workflow.analyze(two_sequences(t1c=head(), flair=head()), engine)
    assert analysis.headline_series == "a"
    assert analysis.cautions == ("A file was set aside.",)


def test_a_pituitary_tumor_in_a_volume_is_doubted(engine):
    (finding,) = workflow.analyze(study_of(a=as_volume(head())), engine).series
    spec = dataclasses.replace(engine.spec, classes=("pituitary", "meningioma", "x", "notumor"))
    series, source = Series("a", "t1c"), workflow.slices_of(as_volume(head()))
    renamed = workflow.conclude(series, source, finding.slices, spec).decision
    assert workflow.SELLA in renamed.cautions
    assert workflow.SELLA not in finding.decision.cautions


def test_a_constant_picture_is_analyzed_and_doubted(engine):
    flat = (Slice(np.full((64, 64), 9.0), "flat"),)
    (finding,) = workflow.analyze(study_of(a=flat), engine).series
    assert len(finding.slices[0].prediction.cautions) >= 2
    assert finding.slices[0].prediction.outlier_score > 1


def test_a_picture_too_small_is_named_and_the_others_are_analyzed(engine):
    images = (*pictures(True), Slice(np.zeros((16, 16)), "tiny"), *pictures(False))
    renamed = tuple(Slice(item.pixels, f"{n}") for n, item in enumerate(images))
    analysis = workflow.analyze(study_of(a=renamed), engine)
    assert [item.index for item in analysis.series[0].slices] == [0, 2]
    assert analysis.series[0].not_run == (1,)
    assert [item.name for item in analysis.unreadable] == ["1"]


def test_progress_runs_from_nothing_to_all_over_all_series(engine):
    told = []
    study = study_of(a=as_volume(head()), b=pictures(True, False))
    workflow.analyze(study, engine, progress=told.append)
    assert told[0] == 0.0
    assert told[-1] == 1.0
    assert told == sorted(told)
    assert len(told) >= 4


def test_a_cancel_stops_the_work(engine):
    calls = []

    def stop(fraction):
        calls.append(fraction)
        if fraction > 0:
            raise CanceledError("You stopped the analysis.", fix="Start it again.")

    with pytest.raises(CanceledError):
        workflow.analyze(study_of(a=as_volume(head())), engine, progress=stop)
    assert len(calls) == 2


def test_a_map_is_not_drawn_on_another_image(engine):
    (picture,) = pictures(True)
    (finding,) = workflow.analyze(study_of(a=(picture,)), engine).series
    other = Slice(np.zeros((50, 50)), "other")
    with pytest.raises(GeometryMismatchError):
        workflow.evidence_of(other, finding.slices[0], "glioma", engine.spec)
    with pytest.raises(BadInputError, match="does not belong"):
        workflow.evidence_of(picture, finding, "glioma", engine.spec)


def test_shipped_weights_keep_the_sum_on_every_slice():
    engine = load_engine()
    (finding,) = workflow.analyze(study_of(a=as_volume(head())), engine).series
    assert max(item.evidence.completeness_error for item in finding.slices) < 1e-5


def test_the_report_of_an_empty_volume_gets_an_empty_map(engine):
    study = study_of(a=as_volume(np.zeros(SHAPE, np.float32)))
    draw = workflow.predicted_evidence(workflow.analyze(study, engine), study, engine.spec)
    heatmap = draw("a", None)
    assert heatmap.target == "notumor"
    assert not heatmap.values.any()
