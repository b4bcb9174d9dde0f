import numpy as np
import pytest

from neuroscope.errors import BadInputError, ConflictError
from neuroscope.records.similar import (
    Embedded,
    Entry,
    Similar,
    VectorSpace,
    Vote,
    WhySimilar,
)

SPACE = VectorSpace("known", "1", "a" * 64, "test-1", 2)


def entry(number: int = 0) -> Entry:
    return Entry(f"e{number}", "slice", "c", "p", "g")


def test_vectors_of_two_spaces_never_mix():
    SPACE.require_same(VectorSpace("known", "1", "a" * 64, "test-1", 2))
    for other in (
        VectorSpace("known", "1", "b" * 64, "test-1", 2),
        VectorSpace("known", "1", "a" * 64, "test-2", 2),
        VectorSpace("known", "1", "a" * 64, "test-1", 3),
    ):
        with pytest.raises(ConflictError, match="--rebuild"):
            SPACE.require_same(other)


@pytest.mark.parametrize(
    "vectors", [[[1.0, 0.0], [0.0, 1.0]], [[3.0, 4.0]], [[np.nan, 0.0]], [[0.0, 0.0]]]
)
def test_vectors_must_fit_their_origins_and_be_of_length_1(vectors):
    with pytest.raises(BadInputError):
        Embedded(SPACE, (entry(),), np.array(vectors, np.float32))


def test_a_vector_without_an_owner_is_refused():
    for broken in (
        ("", "c", "p", "g"),
        ("e", "", "p", "g"),
        ("e", "c", "", "g"),
        ("e", "c", "p", ""),
    ):
        with pytest.raises(BadInputError, match="patient"):
            Entry(broken[0], "slice", *broken[1:])


def test_one_kind_can_be_kept():
    both = Embedded(
        SPACE, (entry(), Entry("l", "lesion", "c", "p", "g")), np.eye(2, dtype=np.float32)
    )
    lesions = both.of_kind("lesion")
    assert [one.id for one in lesions.entries] == ["l"]
    assert lesions.vectors.tolist() == [[0.0, 1.0]]


def test_the_largest_gap_of_an_explanation_is_told():
    fair = np.full((2, 2), 0.2, np.float32)
    pairs = np.full((4, 4), 0.05, np.float32)
    assert WhySimilar(0.8, fair, fair, pairs, (2, 2)).completeness_error < 1e-6
    assert WhySimilar(0.9, fair, fair, pairs, (2, 2)).completeness_error == pytest.approx(0.1)


def test_a_dispute_needs_two_opinions():
    def found(predicted, shares) -> Similar:
        return Similar(SPACE, (), Vote(shares, len(shares)), 1, 0, predicted=predicted)

    assert found("glioma", {"meningioma": 0.9, "glioma": 0.1}).is_disputed
    assert not found("glioma", {"glioma": 1.0}).is_disputed
    assert not found("glioma", {}).is_disputed
    assert not found(None, {"glioma": 1.0}).is_disputed
