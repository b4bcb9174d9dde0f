"""The certificate promotes what is better on patients never seen, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from neuroscope.learn.corrections.certificate import _proof, certify_corrections
from neuroscope.learn.reasons.rule import Rule
from neuroscope.models.unet import UNet, UNetShape
from neuroscope.models.unet_segmenter import SegmenterSpec
from neuroscope.records.certificate import Asking


class Reader(UNet):
    """Finds a share of the true tumor by its gray values in FLAIR, or nothing, or all."""

    def __init__(self, least: float) -> None:
        super().__init__(UNetShape(widths=(1, 1, 1, 1, 1), heads=1, head_width=1))
        self.least = least

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        whole = channels[:, 3] > 0.5
        core = channels[:, 1] > self.least
        regions = torch.stack([whole, core & whole, core & whole], 1)
        return (20.0 * regions.float() - 10)[:, None]


def told(before: Reader, after: Reader, control: Reader, edited, synthetic):
    return certify_corrections(
        before, after, control, SegmenterSpec(), locked=edited, synthetic=synthetic
    )


BLIND, SEEING = Reader(99.0), Reader(1.0)


def test_a_gain_on_patients_never_seen_is_promoted(edited, synthetic):
    found = told(BLIND, SEEING, BLIND, edited(20), synthetic(6))
    assert found.verdict == "promote"
    assert any("ET on edited studies rose" in reason for reason in found.reasons)
    row = next(row for row in found.rows if (row.of, row.region) == ("edited", "ET"))
    assert (row.n, row.before, row.after, row.change.value) == (20, 0, 1, 1)
    assert found.worse == ()
    assert found.as_dict()["rows"][0]["change"]["units"] == 20


def test_the_oftener_patients_were_asked_the_more_must_be_shown(edited, synthetic):
    third, eleventh = (
        certify_corrections(
            BLIND, SEEING, BLIND, SegmenterSpec(),
            locked=edited(20), synthetic=synthetic(3), asking=Asking(attempt, before=attempt),
        )
        for attempt in (3, 11)
    )  # fmt: skip
    assert (third.verdict, third.attempt, third.asked_before) == ("promote", 3, 3)
    assert eleventh.verdict == "insufficient"
    assert "asked 10 times" in eleventh.reasons[0]
    assert not any(row.is_proved for row in eleventh.rows)


def test_a_rise_must_be_proved_at_the_level_of_the_attempt():
    gain = np.concatenate([np.full(19, 0.02), np.full(3, -0.03)])  # of 22 patients
    units = np.arange(22).astype(str)
    proved = [_proof(gain, units, Rule(attempt=n)).low > 0 for n in (1, 10)]
    assert proved == [True, False]


def test_what_the_control_gains_as_well_is_no_merit_of_the_edits(edited, synthetic):
    found = told(BLIND, SEEING, SEEING, edited(20), synthetic(6))
    assert found.verdict == "refuse"
    assert "beyond chance and the control" in found.reasons[0]


def test_no_change_is_refused(edited, synthetic):
    assert told(SEEING, SEEING, SEEING, edited(20), synthetic(6)).verdict == "refuse"


def test_few_patients_prove_nothing_however_many_studies(edited, synthetic):
    studies = [replace(one, unit=f"patient {n % 19}") for n, one in enumerate(edited(21))]
    found = told(BLIND, SEEING, BLIND, studies, synthetic(6))
    assert found.verdict == "insufficient"
    assert "19 patients" in found.reasons[0]
    assert told(BLIND, SEEING, BLIND, (), synthetic(6)).verdict == "insufficient"


def test_what_is_forgotten_is_named_even_if_few_patients_are_there(edited, synthetic):
    found = told(SEEING, BLIND, SEEING, edited(2), synthetic(6))
    assert found.verdict == "refuse"
    assert any("on synthetic studies fell" in reason for reason in found.reasons)
    assert ("locked 0", "ET", 1.0, 0.0) in found.worse


def test_tumor_found_in_healthy_heads_is_refused(edited, synthetic):
    class Seer(Reader):
        def forward(self, channels: torch.Tensor) -> torch.Tensor:
            logits = super().forward(channels)
            if not (channels[:, 3] > 2).any():  # a head without tumor
                logits[:, :, 0, :, :, :8] = 10
            return logits

    found = told(BLIND, Seer(1.0), BLIND, edited(20), synthetic(6))
    assert found.false_ml["before"] == 0
    assert found.false_ml["after"] > 0.5
    assert found.verdict == "refuse"


def test_gray_values_of_the_phantom_studies_tell_tumor_from_brain(study):
    from neuroscope.learn.segmentation_cases import decoded

    case = study(1)
    flair = decoded(case.images)[3]
    assert (flair[case.labels > 0] > 2).all()
    assert np.abs(flair[case.labels == 0]).max() < 0.6


@pytest.mark.parametrize("empty", [True, False])
def test_a_region_that_no_study_has_gives_no_row(empty, edited, study, synthetic):
    studies = edited(5)
    if empty:
        for one in studies:
            one.case.labels[one.case.labels == 3] = 2
    rows = told(SEEING, SEEING, SEEING, studies, synthetic(6)).rows
    named = {row.region for row in rows if row.of == "edited"}
    assert named == ({"WT"} if empty else {"WT", "TC", "ET"})
