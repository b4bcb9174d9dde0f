import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.models.inference import load_engine
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.retrieve.embed import (
    dense_places,
    lesions_of,
    make_dino_embedder,
    make_embedder,
    region_of,
    see,
    unit,
    volume_vector,
)
from neuroscope.retrieve.why import why_similar


def head(*, spot=(70, 110), seed=0) -> np.ndarray:
    """A textured oval with one bright spot, unlike its mirror image."""
    rows, columns = np.mgrid[:200, :170]
    inside = ((rows - 100) / 85) ** 2 + ((columns - 85) / 70) ** 2 < 1
    bright = np.exp(-((rows - spot[0]) ** 2 + (columns - spot[1]) ** 2) / 200)
    noise = np.random.default_rng(seed).normal(0, 5, rows.shape)
    return np.where(inside, 80 + 150 * bright + noise, 0).astype(np.float32)


@pytest.fixture(scope="module")
def item():
    return prepare_slice(head())


def test_a_vector_is_the_centered_embedding_of_the_one_pass(embedder, item):
    seen = see([item], embedder)[0]
    engine = load_engine(threads=1)
    answer = engine.run(item.image[None, None])
    centered = answer.embedding[0] - engine.reference.mean
    assert np.allclose(seen.vector, centered / np.linalg.norm(centered), atol=1e-5)
    assert embedder.space.dimension == len(seen.vector)
    assert embedder.space.sha256 == engine.model.sha256


def test_the_places_of_a_slice_sum_to_its_vector(embedder, item):
    seen = see([item], embedder)[0]
    assert np.allclose(unit(seen.dense.sum((1, 2), dtype=np.float64)), seen.vector, atol=1e-5)


def test_the_same_slice_gives_the_same_vector_in_any_company(embedder, item):
    alone = see([item], embedder)[0].vector
    together = see([prepare_slice(head(seed=3)), item], embedder)[1].vector
    assert np.array_equal(alone, together)


def test_a_region_that_covers_all_is_the_slice_itself(embedder, item):
    seen = see([item], embedder)[0]
    whole = dense_places(seen.places, seen.mean, np.ones((40, 40), np.float32))
    assert np.allclose(whole, seen.dense, atol=1e-5)


def test_a_region_counts_only_its_own_places(embedder, item):
    seen = see([item], embedder)[0]
    region = np.zeros((160, 160), bool)
    region[40:80, 80:120] = True
    drawn = region_of(item, seen, embedder, region)
    fine = np.abs(drawn.dense[:64]).sum(0)
    assert fine[10:20, 20:30].sum() == pytest.approx(fine.sum(), rel=1e-6)
    assert (drawn.facts.lesion_row, drawn.facts.lesion_column) == (0.375, 0.625)


def test_an_empty_region_or_one_in_the_air_is_refused(embedder, item):
    seen = see([item], embedder)[0]
    corner = np.zeros((160, 160), bool)
    corner[:4, :4] = True
    for region in (np.zeros((160, 160), bool), corner & ~item.head):
        with pytest.raises(BadInputError, match="outside the head"):
            region_of(item, seen, embedder, region)
    with pytest.raises(BadInputError, match="shape"):
        region_of(item, seen, embedder, np.ones((10, 10), bool))


def test_every_bright_place_is_a_lesion_of_its_own(known_weights):
    engine = load_engine(weights=known_weights, threads=1)
    known = make_embedder(engine, weights=known_weights, threads=1)
    pixels = np.full((160, 160), 60, np.float32)
    pixels[:8], pixels[-8:], pixels[:, :8], pixels[:, -8:] = 0, 0, 0, 0
    pixels[30:70, 30:60] = 255
    pixels[100:120, 110:130] = 255
    item = prepare_slice(pixels)
    seen = see([item], known)[0]
    assert seen.label == "glioma"
    lesions = lesions_of(item, seen, known)
    assert len(lesions) == 2
    upper, lower = (one.facts for one in lesions)  # the larger first
    assert upper.lesion_row < 0.4 < lower.lesion_row
    assert upper.lesion_share > lower.lesion_share
    assert upper.lesion_brightness > 0.3


def test_a_healthy_head_has_no_lesions(known_weights):
    engine = load_engine(weights=known_weights, threads=1)
    known = make_embedder(engine, weights=known_weights, threads=1)
    rows, columns = np.mgrid[:160, :160]
    inside = np.hypot(rows - 80, columns - 75) < 65
    speckled = (rows % 9 == 0) & (columns % 9 == 0)  # bright pixels, but no bright place
    item = prepare_slice(np.where(inside, np.where(speckled, 250.0, 60.0), 0))
    seen = see([item], known)[0]
    assert seen.label == "notumor"
    assert lesions_of(item, seen, known) == ()
    assert seen.facts.lesion_share is None


def test_a_volume_leans_toward_its_most_tumorous_slices(embedder):
    from dataclasses import replace

    seen = see([prepare_slice(head()), prepare_slice(head(spot=(130, 50), seed=1))], embedder)
    tumor, healthy = replace(seen[0], margin=8.0), replace(seen[1], margin=-8.0)
    assert np.allclose(volume_vector([healthy, tumor]), tumor.vector, atol=1e-4)


def test_a_vector_of_nothing_is_refused():
    with pytest.raises(BadInputError, match="nothing"):
        unit(np.zeros(4))
    with pytest.raises(BadInputError, match="nothing"):
        unit(np.full(4, np.nan))


def test_a_dino_network_gives_vectors_that_are_sums_over_places_too(tmp_path, known_weights):
    transformers = pytest.importorskip("transformers")
    size = {"hidden_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = transformers.Dinov2Config(**size, patch_size=14, image_size=56)
    transformers.Dinov2Model(config).save_pretrained(tmp_path)
    engine = load_engine(weights=known_weights, threads=1)
    dino = make_dino_embedder(engine, tmp_path, weights=known_weights, threads=1)
    assert (dino.space.model, dino.space.dimension) == ("dinov2", 24)
    pixels = np.full((160, 160), 60, np.float32)
    pixels[:8], pixels[-8:], pixels[:, :8], pixels[:, -8:] = 0, 0, 0, 0
    pixels[30:70, 30:60] = 255
    item = prepare_slice(pixels)
    seen = see([item], dino)[0]
    (lesion,) = lesions_of(item, seen, dino)
    assert seen.label == "glioma"
    for one in (seen, lesion):
        assert np.allclose(unit(one.dense.sum((1, 2), dtype=np.float64)), one.vector, atol=1e-5)
    assert why_similar(seen, lesion).completeness_error < 1e-5
