"""Small analyses with answers that are known beforehand."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from neuroscope.models.region_labels import TISSUES
from neuroscope.records.analysis import Analysis, SeriesFinding, SliceFinding
from neuroscope.records.heatmap import EvidenceCells, Heatmap
from neuroscope.records.imported import ImportedStudy, Unreadable
from neuroscope.records.measured import (
    NOT_ASSESSED,
    Feature,
    Lesion,
    Measurements,
    Midline,
    Mismatch,
)
from neuroscope.records.measurement import CrossedDiameters, Line, Measurement
from neuroscope.records.prediction import TUMOR_CLASSES, ModelRef, Prediction
from neuroscope.records.prepared import Prepared
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.segmented import Estimate, Segmented
from neuroscope.records.study import Series, Study
from neuroscope.records.transform import IDENTITY, Transform
from neuroscope.records.volume import Slice, Volume
from neuroscope.records.volumeevidence import Consistency, VolumeEvidence
from neuroscope.records.volumetry import Volumetry
from neuroscope.report.space import InSpace, space_of

MODEL = ModelRef(name="evidence", version="1", sha256="ab" * 32)
SCALE, THRESHOLD = 0.5, 0.1


@dataclass(frozen=True)
class Case:
    """An analysis, its images, and the evidence for the predicted class."""

    analysis: Analysis
    imported: ImportedStudy

    def evidence_of(self, series_id: str, index: int | None) -> Heatmap:
        volume = self.imported.volumes.get(series_id)
        found = next(f for f in self.analysis.series if f.series_id == series_id)
        if volume is not None:
            label = found.decision.label if found.decision else "glioma"
            return _heatmap(_lump(volume.shape), label, volume.affine)
        finding = next(s for s in found.slices if s.index == index)
        shape = self.imported.slices[series_id][finding.index].pixels.shape
        return _heatmap(_lump(shape), finding.prediction.label, None)


def _lump(shape: tuple[int, ...]) -> np.ndarray:
    """Evidence with one peak of 0.5 at 6/10 of every axis and a dip of -0.2 at 3/10."""
    grid = np.meshgrid(*(np.arange(n) / n for n in shape), indexing="ij")
    far = sum((g - 0.6) ** 2 for g in grid)
    dip = sum((g - 0.3) ** 2 for g in grid)
    return (0.5 * np.exp(-far / 0.008) - 0.2 * np.exp(-dip / 0.004)).astype(np.float32)


def _heatmap(values: np.ndarray, label: str, affine: np.ndarray | None) -> Heatmap:
    return Heatmap(
        values=values,
        method="evidence",
        target=label,
        scale=SCALE,
        threshold=THRESHOLD,
        unit="logit per cell",
        affine=affine,
    )


def head(shape: tuple[int, ...]) -> np.ndarray:
    """A gray ball with some texture in black air, values 0 to about 200."""
    grid = np.meshgrid(*(np.arange(n) / n - 0.5 for n in shape), indexing="ij")
    inside = sum((g / 0.42) ** 2 for g in grid) < 1
    texture = np.random.default_rng(3).normal(120, 12, shape)
    return (np.where(inside, texture + 120 * grid[0], 0)).astype(np.float32)


def finding(index: int, name: str, p_class: dict[str, float], *cautions: str) -> SliceFinding:
    """A finding whose contributions sum to its centered logits."""
    logits = np.log(np.array([p_class[c] for c in TUMOR_CLASSES], np.float32))
    centered = logits - logits.mean()
    cells = np.repeat(np.repeat((centered / 4)[:, None, None], 2, axis=1), 2, axis=2)
    return SliceFinding(
        index=index,
        name=name,
        prediction=Prediction(p_class=p_class, model=MODEL, temperature=1.25, cautions=cautions),
        evidence=EvidenceCells(
            contributions=cells.astype(np.float32),
            logits=logits,
            classes=TUMOR_CLASSES,
            cell_to_pixel=np.array([[8.0, 0, 4], [0, 8.0, 4], [0, 0, 1]]),
            image_shape=(16, 16),
        ),
    )


def p_of(glioma: float, meningioma: float, pituitary: float) -> dict[str, float]:
    """Probabilities in class order; the rest is no tumor."""
    rest = 1 - glioma - meningioma - pituitary
    return dict(zip(TUMOR_CLASSES, (glioma, meningioma, pituitary, rest), strict=True))


@pytest.fixture
def slices_case() -> Callable[..., Case]:
    """A study of plain slices; the first is the surest glioma."""

    def make(number: int = 3, *, name: str = "slice") -> Case:
        slices = tuple(Slice(head((64, 48)), f"{name} {i}") for i in range(number))
        findings = []
        for i in range(number):
            certain = 0.9 - 0.5 * i / number
            p = p_of(certain, 0.02, 0.03) if i % 3 == 0 else p_of(0.05, 0.01, certain / 2)
            cautions = ("It does not look like a brain MR slice.",) if i == 1 else ()
            findings.append(finding(i, f"{name} {i}", p, *cautions))
        series = Series(id="s1", role="slice")
        imported = ImportedStudy(
            study=Study(id="study1", pseudonym="NS-ABC234", series=(series,)),
            volumes={},
            slices={"s1": slices},
            content_hash="cd" * 32,
        )
        analysis = Analysis(
            study_id="study1",
            pseudonym="NS-ABC234",
            model=MODEL,
            series=(SeriesFinding(series_id="s1", slices=tuple(findings)),),
            unreadable=(Unreadable("torn.png", "The file ends early.", "Copy it again."),),
        )
        return Case(analysis, imported)

    return make


CONTRADICTION = "The series contradict each other: meningioma on T1; glioma on FLAIR."


@pytest.fixture
def two_volumes_case(volume_case: Case) -> Case:
    """The volume as T1c, listed after a FLAIR that is surer of a glioma; the T1c speaks."""
    (found,) = volume_case.analysis.series
    assert found.decision is not None
    surer = replace(
        found, series_id="f1", decision=replace(found.decision, p_class=p_of(0.98, 0.01, 0.0))
    )
    flair = Series(id="f1", role="flair")
    imported = volume_case.imported
    study = replace(
        imported.study, series=(flair, *imported.study.series), cautions=("A file was left out.",)
    )
    return Case(
        replace(
            volume_case.analysis,
            series=(surer, found),
            cautions=(CONTRADICTION, "A file was left out."),
            headline_series="v1",
        ),
        replace(imported, study=study, volumes=dict.fromkeys(("f1", "v1"), imported.volumes["v1"])),
    )


@pytest.fixture
def volume_case() -> Case:
    """A volume 40 x 48 x 24 of 4 x 4 x 6 mm whose slices 12 to 15 decide for meningioma."""
    volume = Volume(head((40, 48, 24)), np.diag([4.0, 4.0, 6.0, 1.0]))
    findings = tuple(
        finding(k, f"axial {k + 1}", p_of(0.04, 0.9, 0.01) if 12 <= k < 16 else p_of(0.1, 0.1, 0.1))
        for k in range(3, 21)
    )
    decision = Prediction(
        p_class=p_of(0.04, 0.93, 0.01),
        model=MODEL,
        temperature=1.25,
        outlier_score=0.4,
        cautions=("The sequence is not known.",),
    )
    series = Series(id="v1", role="t1c", description="T1 POST")
    imported = ImportedStudy(
        study=Study(id="study2", pseudonym="NS-XYZ777", series=(series,)),
        volumes={"v1": volume},
        slices={},
        content_hash="ef" * 32,
    )
    found = SeriesFinding(
        series_id="v1",
        slices=findings,
        axis=2,
        plane="axial",
        decision=decision,
        decided_by=(14, 13, 12, 15),
        not_run=(0, 1, 2, 21, 22, 23),
    )
    analysis = Analysis(study_id="study2", pseudonym="NS-XYZ777", model=MODEL, series=(found,))
    return Case(analysis, imported)


LEFT_MM = -32.0  # middle of the tumor of `space_case`, along the axis from left to right


@dataclass(frozen=True)
class SpaceCase:
    """A study that was examined in space, the images it came from, and how it is shown."""

    analysis: Analysis
    imported: ImportedStudy
    volumetry: Volumetry
    space: InSpace


def number(name: str, value: float, unit: str, *, how: str = "counted", **more) -> Measurement:
    """A number whose source is known."""
    return Measurement(name, value, unit, how, "truth on t1c", **more)


@pytest.fixture
def space_case(volume_case: Case) -> SpaceCase:
    """A tumor 3 x 4 x 3 voxels (4 x 4 x 6 mm) in the patient's left front, on T1 with contrast.

    T2 and FLAIR were moved by 8 mm to the right to come onto it.
    """
    affine = np.array([[4.0, 0, 0, -78], [0, 4.0, 0, -94], [0, 0, 6.0, -69], [0, 0, 0, 1]])
    moved = np.eye(4)
    moved[0, 3] = 8.0
    given = {role: Volume(head((40, 48, 24)), affine) for role in ("t1c", "t2", "flair")}
    to_reference = {"t1c": IDENTITY, "t2": Transform(moved), "flair": Transform(moved)}
    series = tuple(Series(id=f"s-{role}", role=role) for role in given)  # type: ignore[arg-type]
    grid = given["t1c"]
    labels = np.zeros(grid.shape, np.uint8)
    labels[10:13, 30:34, 12:15] = 2
    labels[11, 31:33, 13] = 3
    placed = {
        role: Volume(volume.voxels, to_reference[role].matrix @ volume.affine)
        for role, volume in given.items()
    }
    brain = Volume(np.asarray(grid.voxels) > 0, affine)
    volumetry = Volumetry(
        prepared=Prepared(
            placed,  # type: ignore[arg-type]
            {role: f"s-{role}" for role in given},  # type: ignore[misc]
            "t1c",
            to_reference,  # type: ignore[arg-type]
            brain,
            steps=("T2 was moved by 8 mm.",),
        ),
        segmented=Segmented(
            Segmentation(labels, affine, TISSUES, "truth"),
            model=ModelRef("unet", "7", "12" * 32),
            volume_ml={"WT": Estimate(3.46, 2.0, 5.0)},
            expected_dice={"WT": Estimate(0.87, 0.7, 0.95)},
            cautions=("Segmented without T1: the outline is less reliable.",),
        ),
        measurements=_measurements(),
        evidence=VolumeEvidence(
            Heatmap(
                np.where(labels > 0, 1.5, 0).astype(np.float32), "volume", "meningioma", 1.0, 0.4
            ),
            (),
            Consistency((), 0.61, 0.02, 100),
            0.04,
            0.0,
        ),
    )
    imported = ImportedStudy(
        Study("study3", "NS-SPACE2", series), {f"s-{r}": v for r, v in given.items()}, {}, "ef" * 32
    )
    found = replace(volume_case.analysis.series[0], series_id="s-t1c")
    analysis = replace(
        volume_case.analysis, study_id="study3", pseudonym="NS-SPACE2", series=(found,)
    )
    return SpaceCase(analysis, imported, volumetry, space_of(volumetry, imported))


def _measurements() -> Measurements:
    longest = Line((-38.0, 26.0, 9.0), (-30.0, 38.0, 9.0))
    crossed = CrossedDiameters(
        longest, Line((-38.0, 36.0, 9.0), (-29.0, 30.0, 9.0)), "axial", 2, 13
    )
    shift = number("midline shift", 5.25, "mm", interval=(1.25, 9.25), how="septum; interval: x")
    score = number("T2-FLAIR mismatch", 0.55, "1")
    numbers = (
        number("volume", 3.46, "ml"),
        number("axial diameter", 14.422, "mm"),
        number("perpendicular diameter", 10.817, "mm"),
    )
    lesion = Lesion(
        "L1", 1, (LEFT_MM, 32.0, 9.0), "left", numbers, longest, crossed, "left frontal lobe",
        is_measurable=True,
    )  # fmt: skip
    values = (
        number("WT volume", 3.46, "ml", interval=(2.0, 5.0), how="counted; interval: x"),
        number("TC volume", 0.192, "ml"),
        number("ET volume", 0.192, "ml"),
        number("ET / TC", 1.0, "1", interval=(0.5, 1.0)),
        number("lesions", 1.0, "1"),
        number("WT longest diameter", 14.422, "mm"),
        shift,
        score,
    )
    return Measurements(
        source="truth on t1c",
        values=values,
        lesions=(lesion,),
        longest={"WT": longest},
        crossed={"WT": crossed},
        midline=Midline(
            (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), shift, Line((0.0, 2.0, 3.0), (5.25, 2.0, 3.0))
        ),
        mismatch=Mismatch(score, True, 2, 13, (LEFT_MM, 32.0, 9.0), ("Cysts look the same.",)),
        vasari=(
            Feature(1, "Tumor location", NOT_ASSESSED, "nobody looked"),
            Feature(2, "Side of tumor center", "left", "center of the core"),
        ),
    )
