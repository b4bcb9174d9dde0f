"""A part is replaced: where a reader drew, where a segmentation lies, or where a map points."""

import numpy as np
import pytest
import torch
from torch import nn

from neuroscope.errors import BadInputError
from neuroscope.models.baselines import MeanPooledNetwork
from neuroscope.models.evidence import Centers
from neuroscope.preprocess.orient import SliceSource, slices_of
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.annotation import Annotation
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.geometry import diagonal
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.records.replaced import Region
from neuroscope.records.volume import Slice, Volume
from neuroscope.workflow.replace_part import ReplacedPart, replace_part
from neuroscope.workflow.slice_views import KnownTumor

SPEC = EvidenceSpec(TUMOR_CLASSES, 64, 1.5, 4.0, 1.0, 0.3, (0.01,) * 4, (1.0,) * 4)
ROWS, COLUMNS = np.mgrid[:128, :128]
HEAD = np.hypot(ROWS - 64, COLUMNS - 64) < 54
SPOT = (slice(38, 54), slice(74, 90))  # rows, columns: off the middle on both axes


@pytest.fixture(scope="module")
def network() -> nn.Module:
    """Answer glioma by what is bright in cells of four pixels."""
    see = nn.Conv2d(1, 1, 1)
    trunk = nn.Sequential(nn.AvgPool2d(4), see, nn.ReLU())
    made = MeanPooledNetwork(trunk, 1, Centers(1.5, 4.0))
    with torch.no_grad():
        see.weight.fill_(0.25)
        see.bias.fill_(0.25 - 0.6)
        made.head.weight.copy_(torch.tensor([[40.0], [0.0], [0.0], [0.0]]))
        made.head.bias.zero_()
    return made.eval()


def picture() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    noise = np.random.default_rng(0).normal(90, 4, HEAD.shape)
    pixels = np.where(HEAD, noise, 0)
    pixels[SPOT] = 250
    return pixels.astype(np.float32)


def drawn() -> Annotation:
    """Outline the bright spot, as (column, row)."""
    ring = np.array([[74, 38, 0], [89, 38, 0], [89, 53, 0], [74, 53, 0]], np.float64)
    return Annotation(
        id="a", series_id="s", kind="tumor", shape="contour", points_mm=ring, author="ann",
        slice_index=0,
    )  # fmt: skip


def replaced(
    network: nn.Module,
    source: SliceSource,
    tumor: KnownTumor,
    region: Region = "tumor",
    at: int = 0,
) -> ReplacedPart:
    prepared = prepare_slice(source.get(at), size=SPEC.size)
    return replace_part(
        network, SPEC, source, prepared, index=at, target="glioma", region=region, tumor=tumor
    )


def test_what_a_reader_outlined_is_replaced_and_the_score_falls_beyond_the_shams(
    network: nn.Module,
) -> None:
    source = slices_of([Slice(picture(), name="cut")])
    part = replaced(network, source, KnownTumor((drawn(),)))
    assert part.outlined_by == "reader"
    rows, columns = np.nonzero(part.region)
    prepared = prepare_slice(picture(), size=SPEC.size)
    middle = prepared.to_pixels @ [rows.mean(), columns.mean(), 1]
    np.testing.assert_allclose(middle[:2], [45.5, 81.5], atol=2)
    scores = part.found.scores
    assert scores.before > 0.1
    assert scores.after < 0.1 * scores.before
    assert scores.effect == pytest.approx(scores.drop, rel=0.1)
    assert part.found.sham is not None
    assert part.found.sham[part.region].min() > 0.8  # a sham leaves the tumor alone


def test_the_place_of_the_map_is_called_so(network: nn.Module) -> None:
    source = slices_of([Slice(picture(), name="cut")])
    part = replaced(network, source, KnownTumor(), "map")
    outlined = replaced(network, source, KnownTumor((drawn(),)))
    assert part.outlined_by == "map"
    both = part.region & outlined.region
    assert both.sum() > 0.5 * (part.region | outlined.region).sum()


def test_without_an_outline_or_evidence_it_says_what_to_do(network: nn.Module) -> None:
    source = slices_of([Slice(picture(), name="cut")])
    with pytest.raises(BadInputError, match="outlined a tumor") as refused:
        replaced(network, source, KnownTumor())
    assert "Draw" in refused.value.fix
    dull = slices_of([Slice(np.where(HEAD, 90, 0).astype(np.float32), name="dull")])
    dim = SPEC.__class__(TUMOR_CLASSES, 64, 1.5, 4.0, 1.0, 0.3, (100.0,) * 4, (1.0,) * 4)
    prepared = prepare_slice(dull.get(0), size=64)
    with pytest.raises(BadInputError, match="points nowhere"):
        replace_part(
            network, dim, dull, prepared, index=0, target="glioma", region="map", tumor=KnownTumor()
        )


def test_a_segmentation_serves_where_nobody_drew(network: nn.Module) -> None:
    voxels = np.zeros((96, 80, 40), np.float32)
    i, j, k = np.mgrid[:96, :80, :40]
    head = ((i - 48) / 40) ** 2 + ((j - 40) / 36) ** 2 + ((k - 20) / 19) ** 2 < 1
    voxels[head] = 90 + np.random.default_rng(0).normal(0, 4, int(head.sum()))
    spot = (slice(58, 70), slice(46, 58), slice(16, 24))
    voxels[spot] = 250
    affine = diagonal((1.0, 1.0, 2.0))
    labels = np.zeros(voxels.shape, np.uint8)
    labels[spot] = 2
    source = slices_of(Volume(voxels, affine))
    part = replaced(network, source, KnownTumor(labels=Volume(labels, affine)), at=20)
    assert part.outlined_by == "predicted"
    assert part.found.scores.after < 0.2 * part.found.scores.before
    with pytest.raises(BadInputError, match="outlined a tumor"):  # above the tumor
        replaced(network, source, KnownTumor(labels=Volume(labels, affine)), at=28)
