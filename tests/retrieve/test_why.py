from dataclasses import replace

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.similar import CaseFacts
from neuroscope.retrieve.embed import lesions_of, region_of, see
from neuroscope.retrieve.why import compared, why_similar


def head(spot: tuple[int, int], seed: int) -> np.ndarray:
    rows, columns = np.mgrid[:200, :170]
    inside = ((rows - 100) / 85) ** 2 + ((columns - 85) / 70) ** 2 < 1
    bright = np.exp(-((rows - spot[0]) ** 2 + (columns - spot[1]) ** 2) / 200)
    noise = np.random.default_rng(seed).normal(0, 5, rows.shape)
    return np.where(inside, 80 + 150 * bright + noise, 0).astype(np.float32)


@pytest.fixture(scope="module")
def items():
    return [prepare_slice(head((70, 110), 0)), prepare_slice(head((120, 60), 1))]


def test_contributions_of_both_images_and_of_all_pairs_sum_to_the_score(embedder, items):
    one, other = see(items, embedder)
    why = why_similar(one, other)
    assert why.score == pytest.approx(float(one.vector @ other.vector), abs=1e-5)
    assert why.completeness_error < 1e-5
    for part in (why.query_map, why.match_map, why.pairs):
        assert float(part.sum(dtype=np.float64)) == pytest.approx(why.score, abs=1e-5)


def test_lesions_and_regions_sum_to_their_score_too(embedder, items):
    one, other = see(items, embedder)
    region = np.zeros((160, 160), bool)
    region[40:90, 70:120] = True
    drawn = region_of(items[0], one, embedder, region)
    for match in (other, *lesions_of(items[1], other, embedder)):
        assert why_similar(drawn, match).completeness_error < 1e-5


def test_maps_are_the_pairs_summed_over_the_other_image(embedder, items):
    why = why_similar(*see(items, embedder))
    coarse = why.query_map.reshape(10, 4, 10, 4).sum((1, 3)).ravel()
    assert np.allclose(why.pairs.sum(1), coarse, atol=1e-5)
    coarse = why.match_map.reshape(10, 4, 10, 4).sum((1, 3)).ravel()
    assert np.allclose(why.pairs.sum(0), coarse, atol=1e-5)
    query, match, share = why.strongest_pairs(1)[0]
    assert share == why.pairs.max() == why.pairs[query, match]


def test_turning_the_question_around_swaps_the_maps(embedder, items):
    one, other = see(items, embedder)
    why, back = why_similar(one, other), why_similar(other, one)
    assert np.allclose(why.query_map, back.match_map, atol=1e-6)
    assert np.allclose(why.pairs, back.pairs.T, atol=1e-6)


def test_slices_seen_by_different_networks_are_refused(embedder, items):
    one, other = see(items, embedder)
    blocks = tuple(block[:, :1] for block in other.places.blocks)
    places = replace(other.places, blocks=blocks)
    with pytest.raises(BadInputError, match="different networks"):
        why_similar(one, replace(other, places=places))


def test_what_is_alike_stands_before_what_differs():
    query = CaseFacts(
        label="glioma", sequence="t1c", age=50.0, volume_ml=20.0, lesion_row=0.2, lesion_column=0.2
    )
    match = CaseFacts(
        label="glioma",
        sequence="flair",
        age=75.0,
        volume_ml=28.0,
        lesion_row=0.8,
        lesion_column=0.2,
    )
    rows = compared(query, match)
    assert {row.feature for row in rows if row.is_alike} == {"label", "volume_ml"}
    assert {row.feature for row in rows if not row.is_alike} == {"sequence", "age", "place"}
    assert [row.is_alike for row in rows] == sorted((r.is_alike for r in rows), reverse=True)


def test_what_nobody_knows_is_not_compared():
    assert compared(CaseFacts(age=50.0), CaseFacts(label="glioma", lesion_row=0.5)) == ()
