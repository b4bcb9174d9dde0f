"""The card of the segmenter: overlap, volumes, false alarms and subsets of studies made by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import ModelError
from neuroscope.learn import evaluate_segmenter as evaluation
from neuroscope.learn.evaluate_segmenter import (
    Score,
    evaluate_segmenter,
    score_real,
    score_stored,
    scored,
    subset_scores,
)
from neuroscope.learn.real_studies import RealStudy
from neuroscope.learn.segmentation_cases import StoredCase, encoded, read_case
from neuroscope.models.cards import read_card
from neuroscope.models.unet_segmenter import SIDECAR_NAME, SegmenterSpec, UnetSegmenter
from neuroscope.records.prediction import ModelRef
from neuroscope.records.segmenterspec import CHANNELS
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits

SIDES = (48, 64, 32)  # of 2 mm: a voxel has 0.008 ml
WHOLE = (slice(6, 22), slice(40, 56), slice(4, 16))  # 16 x 16 x 12 voxels, 24.576 ml
CORE = (slice(8, 18), slice(42, 52), slice(6, 14))  # 800 voxels, 6.4 ml
RIM = (slice(8, 18), slice(42, 52), slice(6, 10))  # the enhancing half, 3.2 ml
EARLIER = {"config": {"steps": 1000}, "seconds": 600.0}
RUN = {"config": {"steps": 7, "cases": 20, "seed": 3}, "seconds": 90.0, "machine": "a machine"}


def truth() -> np.ndarray:
    labels = np.zeros(SIDES, np.uint8)
    labels[WHOLE], labels[CORE], labels[RIM] = 2, 1, 3
    return labels


def case(kind: str, labels: np.ndarray) -> StoredCase:
    """T1c shines where tumor enhances, T2 in the core, FLAIR everywhere in it; T1 tells nothing."""
    standard = np.full((len(CHANNELS), *SIDES), 0.2, np.float32)
    standard[1][labels == 3] = 3
    standard[2][(labels == 1) | (labels == 3)] = 3
    standard[3][labels > 0] = 3
    return StoredCase(kind, encoded(standard), labels)


def oracle(channels: np.ndarray) -> np.ndarray:
    """One head that knows what `case` paints."""
    flair, t2, t1c = (channels[:, CHANNELS.index(name)] for name in ("flair", "t2", "t1c"))
    logits = (np.stack([flair, t2, t1c], 1) - 1.5) * 9
    return logits[:, None].astype(np.float32)


@pytest.fixture
def knowing() -> UnetSegmenter:
    return UnetSegmenter(oracle, SegmenterSpec(), ModelRef("oracle", "1", "0" * 64))


def test_two_maps_are_compared_region_by_region():
    found = truth()
    found[RIM] = 1  # enhancing tumor is missed, and called core
    found[6:14, 40:56, 4:16] = 0  # and the first half of all is missed
    score = scored("a", "glioblastoma", found, truth(), 0.008)
    # 8 of 16 planes; of the core 14..17 remain, 4 of 10
    assert score.dice == {"WT": 2 * 8 / 24, "TC": pytest.approx(2 * 4 / 14), "ET": 0.0}
    assert score.true_ml == pytest.approx({"WT": 24.576, "TC": 6.4, "ET": 3.2})
    assert score.found_ml == pytest.approx({"WT": 12.288, "TC": 2.56, "ET": 0.0})


def test_nothing_found_of_nothing_has_no_overlap():
    empty = np.zeros(SIDES, np.uint8)
    assert set(scored("a", "none", empty, empty, 0.008).dice.values()) == {None}
    assert scored("a", "none", truth(), empty, 0.008).dice["WT"] == 0.0


def test_a_stored_study_is_segmented_on_its_own_grid(knowing):
    score = score_stored(knowing, case("glioblastoma", truth()), "case-1")
    assert score.dice == {"WT": 1.0, "TC": 1.0, "ET": 1.0}
    assert (score.name, score.kind) == ("case-1", "glioblastoma")
    assert score.found_ml == score.true_ml


def test_the_map_is_not_that_of_the_mirror_image():
    def right(channels: np.ndarray) -> np.ndarray:
        """Say tumor on the side of low indices, and see nothing in a mirror image."""
        logits = np.full((1, 1, 3, *SIDES), -9, np.float32)
        if channels[0, 1, :24].max() > 1:
            logits[:, :, :, :24] = 9
        else:
            logits[:, :, :, 24:] = 9
        return logits

    segmenter = UnetSegmenter(right, SegmenterSpec(), ModelRef("right", "1", "0" * 64))
    score = score_stored(segmenter, case("meningioma", truth()), "a")
    both = 24.576 + 24 * 64 * 32 * 0.008
    assert score.dice["WT"] == pytest.approx(2 * 24.576 / both)


def test_thresholds_of_the_released_network_are_used():
    def unsure(channels: np.ndarray) -> np.ndarray:
        return np.clip(oracle(channels), -0.4, 0.4)  # 0.6 where tumor is

    for limit, wanted in ((0.55, 1.0), (0.65, 0.0)):
        spec = SegmenterSpec(thresholds={"WT": limit, "TC": limit, "ET": limit})
        segmenter = UnetSegmenter(unsure, spec, ModelRef("unsure", "1", "0" * 64))
        score = score_stored(segmenter, case("meningioma", truth()), "a")
        assert set(score.dice.values()) == {wanted}


def test_a_missing_sequence_is_not_seen(knowing):
    score = score_stored(knowing, case("glioblastoma", truth()), "a", ("t1", "t2", "flair"))
    assert score.dice == {"WT": 1.0, "TC": 1.0, "ET": 0.0}
    assert set(score_stored(knowing, case("glioblastoma", truth()), "a", ()).dice.values()) == {0.0}


def test_tiny_parts_are_kept_only_if_a_person_says_metastases():
    """`analyze` knows no metastases unless told: the card says both."""
    labels = truth()
    labels[30:33, 10:13, 20:23] = 2  # 0.216 ml: large enough for any rule
    labels[40:42, 10:12, 20:22] = 2  # 0.064 ml, and p = 0.85: kept for metastases only

    def unsure(channels: np.ndarray) -> np.ndarray:
        return np.minimum(oracle(channels), np.float32(np.log(0.85 / 0.15)))

    segmenter = UnetSegmenter(unsure, SegmenterSpec(), ModelRef("unsure", "1", "0" * 64))
    score = score_stored(segmenter, case("metastases", labels), "a")
    assert score.told["WT"] == 1.0
    assert score.dice["WT"] < 1.0
    assert score.found_ml["WT"] == pytest.approx(score.true_ml["WT"] - 0.064)
    assert not score_stored(segmenter, case("meningioma", labels), "a").told


def test_a_study_carries_what_was_foretold_of_it(knowing):
    score = score_stored(knowing, case("glioblastoma", truth()), "case-1")
    for region in ("WT", "TC", "ET"):
        assert score.volume[region].low <= score.true_ml[region] <= score.volume[region].high
        assert score.expected[region].high == 1.0


def written(folder: Path, kinds: list[str]) -> list[Path]:
    paths = []
    for number, kind in enumerate(kinds):
        labels = truth()
        if kind in ("none", "stroke", "ms"):
            labels[:] = 0
        stored = case(kind, labels)
        if kind == "stroke":  # shines as edema does: a false alarm of 24.576 ml
            stored = StoredCase(kind, case("", truth()).images, labels)
        paths.append(folder / f"case-{number}.npz")
        np.savez(paths[-1], kind=np.str_(kind), images=stored.images, labels=stored.labels)
    return paths


def test_gliomas_are_segmented_with_all_fifteen_subsets(knowing, tmp_path):
    paths = written(tmp_path, ["none", "glioblastoma", "meningioma", "low_grade_glioma"])
    found = subset_scores(knowing, paths, most=2)
    assert len(found) == 15
    assert next(iter(found)) == CHANNELS
    for names, scores in found.items():
        assert [score.kind for score in scores] == ["glioblastoma", "low_grade_glioma"]
        wanted = {"WT": "flair", "TC": "t2", "ET": "t1c"}
        if "flair" in names and ("t2" in names or "t1c" not in names):
            for region in ("WT", "TC"):
                assert scores[0].dice[region] == float(wanted[region] in names)
        assert scores[0].dice["WT"] == float("flair" in names)
    assert all(len(scores) == 1 for scores in subset_scores(knowing, paths, most=1).values())


def test_a_real_study_is_segmented_on_its_grid_of_its_own(knowing):
    shape = (150, 170, 140)  # 1 mm, stored L, P, S
    affine = np.diag([-1.0, -1.0, 1.0, 1.0])
    mask = np.zeros(shape, np.uint8)
    mask[8:-8, 8:-8, 8:-8] = 1
    labels = np.zeros(shape, np.uint8)
    labels[94:124, 30:64, 36:60] = 3  # to the left, in front, low
    rng = np.random.default_rng(0)
    gray = (100 + 5 * rng.standard_normal(shape)) * mask
    volume = Volume(np.where(labels == 3, 200, gray).astype(np.float32), affine)
    study = RealStudy(
        "real-1", "expert", dict.fromkeys(("t1c", "t2", "flair"), volume),
        Volume(mask, affine), labels,
    )  # fmt: skip
    score = score_real(knowing, study)
    assert score.true_ml["ET"] == pytest.approx(30 * 34 * 24 / 1000)
    assert min(value or 0 for value in score.dice.values()) > 0.93
    assert (score.name, score.kind) == ("real-1", "expert; t1c, t2, flair")


@pytest.fixture
def evaluated(tmp_path, monkeypatch, knowing):
    """Evaluate the oracle; give a function that does, with the path of the card."""
    kinds = ["glioblastoma", "low_grade_glioma", "none", "none", "stroke", "ms", "meningioma"]
    paths = written(tmp_path, kinds)
    missed = read_case(paths[1])  # the second glioma is half as bright: nothing of it is found
    np.savez(paths[1], kind=np.str_(missed.kind), images=np.minimum(missed.images, 110),
             labels=missed.labels)  # fmt: skip
    asked: list[object] = []

    def made(draw, numbers, **given):
        asked.extend([draw.first_seed, numbers, given])
        return paths[2:4] if draw.kinds == {"none": 1.0} else paths[: len(numbers)]

    monkeypatch.setattr(evaluation, "load_segmenter", lambda **_: knowing)
    monkeypatch.setattr(evaluation, "made_cases", made)

    def evaluate(run: dict[str, object], out: Path = tmp_path / "out") -> Path:
        described = {"name": "segmenter", "version": "3", "sha256": "ef" * 32, "run": run}
        (tmp_path / SIDECAR_NAME).write_text(json.dumps(described))
        return evaluate_segmenter(
            tmp_path, out, tmp_path / "cache", data=None, limits=Limits(), cases=len(kinds)
        )

    evaluate.asked = asked
    return evaluate


def test_the_card_holds_what_was_counted(evaluated):
    path = evaluated(RUN)
    card = read_card(path)
    numbers = {metric.name: metric for metric in card.metrics}
    for region in ("WT", "TC", "ET"):  # one found, one missed
        assert numbers[f"glioma {region}"].value == 0.5
        assert numbers[f"glioma {region}"].interval == (0.0, 1.0)
        assert "regions of 1 ml and more; n = 2 studies" in numbers[f"glioma {region}"].how
    # 2 gliomas of which one is missed, a meningioma, and a stroke that is taken for a tumor
    assert numbers["WT volume within its interval"].value == 0.5
    assert "n = 4 studies" in numbers["WT volume within its interval"].how
    assert numbers["WT overlap within its interval"].value == pytest.approx(2 / 3, abs=1e-3)
    assert numbers["glioma WT, kind told"].value == 0.5
    assert "the same with `--tumor glioma`" in numbers["glioma WT, kind told"].how
    assert numbers["healthy without false tumor"].value == 1.0
    assert "n = 4 studies" in numbers["healthy without false tumor"].how
    assert numbers["healthy without false tumor"].interval[0] == pytest.approx(0.51, abs=0.01)
    assert numbers["mimics without false tumor"].value == 0.5, "the stroke is taken for a tumor"
    assert "n = 2 studies" in numbers["mimics without false tumor"].how
    assert not any("meningioma" in name for name in numbers), "one study gives no row"
    assert card.model.sha256 == "ef" * 32
    first_seed, wanted, _, healthy_seed, _, _ = evaluated.asked
    assert (first_seed, wanted) == (evaluation.TEST_SEED, list(range(7)))
    assert healthy_seed != first_seed


def test_few_studies_are_admitted(evaluated):
    content = json.loads(evaluated(RUN).read_text())
    assert all("fewer than 20" in metric["how"] for metric in content["metrics"])
    assert not any("slices" in metric["how"] for metric in content["metrics"])


def test_subsets_are_listed_and_what_is_missed_counts(evaluated):
    page = (evaluated(RUN).parent / "model-card-segmenter.md").read_text()
    assert "| t1, t1c, t2, flair | 2 | 0.500 | 0.500 | 0.500 | 0.50 |" in page
    assert "| t1, t2, flair | 2 | 0.500 | 0.500 | 0.000 |" in page
    assert "| t1 | 2 | 0.000 | 0.000 | 0.000 |" in page


def test_the_note_and_the_earlier_run_appear(evaluated):
    plain = read_card(evaluated(RUN)).trained_on
    assert plain == (
        "Trained for 7 steps on 20 synthetic studies in 2 minutes on a machine; seed 3."
    )
    full = {**RUN, "note": "Stopped by hand.", "started_from": {**EARLIER, "note": "On 500 cases."}}
    assert read_card(evaluated(full)).trained_on == (
        f"{plain} Stopped by hand. It began from an earlier run of 1000 steps (10 minutes). "
        "On 500 cases."
    )


def row(name: str, kind: str, dice: float | None, ml: float) -> Score:
    one = dict.fromkeys(("WT", "TC", "ET"))
    return Score(name, kind, {**one, "WT": dice}, dict.fromkeys(one, 0.5), dict.fromkeys(one, ml))


def test_small_regions_are_left_out_and_missed_ones_count_as_zero():
    scores = [
        row("a", "meningioma", 0.9, 5.0),
        row("b", "meningioma", 0.1, 0.99),
        row("c", "meningioma", 0.0, 1.0),
    ]
    assert evaluation._values(scores, "WT").tolist() == [0.9, 0.0]


def test_the_table_of_real_studies_says_found_and_true():
    real = [row("real-1", "expert; t1c", 0.8125, 12.34), row("real-2", "fusion; t2", None, 0.0)]
    first, second = evaluation._real_table(real).lines
    assert first == (
        "real-1", "expert; t1c", "0.812", "-", "-", "0.5 (12.3) / 0.5 (12.3) / 0.5 (12.3)",
    )  # fmt: skip
    assert second[2] == "-"


def test_a_folder_without_the_network_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="weights of the segmenter network are missing"):
        evaluate_segmenter(tmp_path, tmp_path, tmp_path, data=None, limits=Limits())
