"""From a picture to its similar cases, on a small index whose right answers are known."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from neuroscope.errors import BadInputError, ConflictError, NotFoundError
from neuroscope.models.inference import load_engine
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.metric import Metric
from neuroscope.records.prediction import ModelRef, Prediction
from neuroscope.records.similar import CaseFacts, VectorSpace
from neuroscope.records.study import Series, Study
from neuroscope.records.volume import Slice
from neuroscope.retrieve.conditions import parse_conditions
from neuroscope.retrieve.embed import Embedder, make_embedder
from neuroscope.retrieve.lance_index import LanceIndex, open_lance_index
from neuroscope.workflow.embed_case import embed_case
from neuroscope.workflow.similar import Question, find_similar

Make = Callable[..., ImportedStudy]
SPOTS = ((45, 40), (45, 72), (80, 40), (80, 72), (60, 55), (50, 60))


def picture(number: int, *, role="slice", spot=None) -> ImportedStudy:
    """A study of one picture: a head with a bright spot at one of six places."""
    rows, columns = np.mgrid[:120, :110]
    inside = ((rows - 60) / 52) ** 2 + ((columns - 55) / 45) ** 2 < 1
    row, column = spot or SPOTS[number % 6]
    bright = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 90)
    noise = np.random.default_rng(number).normal(0, 4, rows.shape)
    pixels = np.clip(np.where(inside, 80 + 150 * bright + noise, 0), 0, 255).astype(np.uint8)
    study = Study(f"study{number}", f"NS-{number}", (Series("s", role),))
    return ImportedStudy(study, {}, {"s": (Slice(pixels, f"cut{number}"),)}, f"hash{number}")


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return make_embedder(load_engine(threads=1), threads=1)


@pytest.fixture(scope="module")
def index(tmp_path_factory, embedder) -> LanceIndex:
    """Twelve cases of known class, two at every place; the last two share their patient."""
    made = open_lance_index(tmp_path_factory.mktemp("index") / "vectors", embedder.space)
    for number in range(12):
        facts = CaseFacts(
            label="glioma" if number % 6 < 3 else "meningioma",
            label_source="reference",
            age=30.0 + number,
            source="A" if number < 6 else "B",
        )
        made.add(
            embed_case(
                picture(number),
                embedder,
                case_id=f"case{number}",
                patient=f"patient{min(number, 10)}",
                group=f"group{number}",
                facts=facts,
            )
        )
    return made


def load(case_id: str) -> ImportedStudy:
    return picture(int(case_id.removeprefix("case")))


def ask(index, embedder, study=None, **options):
    study = study or picture(100, spot=SPOTS[3])
    given = ("load", "predicted", "metric")
    asked = {"load": load} | {name: options.pop(name) for name in given if name in options}
    return find_similar(study, index, embedder, Question(**options), **asked)


def test_a_copy_of_the_query_ranks_first_and_is_called_a_copy(index, embedder):
    found = ask(index, embedder, replace(picture(4), study=picture(100).study), most=3)
    assert found.neighbors[0].case_id == "case4"
    assert found.neighbors[0].score > 0.999
    assert any("same picture" in caution for caution in found.neighbors[0].cautions)
    assert not found.neighbors[1].cautions


def test_every_neighbor_says_why_and_its_places_sum_to_the_score(index, embedder):
    found = ask(index, embedder, most=4)
    assert len(found.neighbors) == 4
    for one in found.neighbors:
        assert one.why is not None
        assert one.why.score == pytest.approx(one.best.score, abs=1e-4)
        assert one.why.completeness_error < 1e-5
        assert {row.feature for row in one.compared} >= {"label", "sequence"}


def test_the_own_patient_and_their_groups_are_never_found(index, embedder):
    found = ask(index, embedder, patient="patient10", most=12)
    assert {one.case_id for one in found.neighbors} == {f"case{n}" for n in range(10)}
    assert found.excluded > 0
    found = ask(index, embedder, groups=("group10",), most=12)
    assert {one.case_id for one in found.neighbors} == {f"case{n}" for n in range(10)}


def test_conditions_hold_and_what_fulfills_none_is_counted(index, embedder):
    found = ask(index, embedder, conditions=parse_conditions("age=35..37"), most=12)
    assert {one.case_id for one in found.neighbors} == {"case5", "case6", "case7"}
    with pytest.raises(BadInputError, match=r"class=glioma \(\d+\), age=90.0..90.0 \(0\)"):
        ask(index, embedder, conditions=parse_conditions("class=glioma age=90"))


def test_neighbors_that_contradict_the_network_are_said(index, embedder):
    conditions = parse_conditions("class=meningioma")
    model = ModelRef("evidence", "1", "0" * 64)
    p_class = {"glioma": 0.9, "meningioma": 0.1, "pituitary": 0.0, "notumor": 0.0}
    found = ask(index, embedder, conditions=conditions, predicted=Prediction(p_class, model))
    assert found.is_disputed
    assert found.vote.label == "meningioma"
    assert any("meningioma" in c and "glioma" in c for c in found.cautions)


def test_the_source_of_the_neighbors_is_told(index, embedder):
    conditions = parse_conditions("source=A")
    found = ask(index, embedder, facts=CaseFacts(source="A"), conditions=conditions)
    assert (found.same_source, found.base_same_source) == (1.0, 1.0)
    assert ask(index, embedder).same_source is None
    everyone = ask(index, embedder, facts=CaseFacts(source="A"))
    assert everyone.base_same_source == pytest.approx(0.5, abs=0.2)


def test_marks_move_the_ranking_and_no_marks_leave_it(index, embedder):
    plain = ask(index, embedder, most=12)
    assert [n.case_id for n in plain.neighbors] == [
        n.case_id for n in ask(index, embedder, most=12, relevant=()).neighbors
    ]
    last = plain.neighbors[-1].case_id
    moved = ask(index, embedder, most=12, relevant=(last,))
    order = [n.case_id for n in moved.neighbors]
    assert order.index(last) < 11
    with pytest.raises(NotFoundError, match="case99"):
        ask(index, embedder, relevant=("case99",))
    with pytest.raises(BadInputError, match="relevant and not relevant"):
        ask(index, embedder, relevant=("case1",), not_relevant=("case1",))


def test_marks_and_judgments_order_what_is_shown_and_never_vote(index, embedder):
    plain = ask(index, embedder, most=12)
    last = plain.neighbors[-1].case_id
    dimension = index.space.dimension
    scales = np.random.default_rng(0).uniform(0.05, 3, dimension).astype(np.float32)
    asked = {"most": 12, "relevant": (last,), "metric": Metric(index.space, scales)}
    moved = ask(index, embedder, **asked)
    order = [one.case_id for one in moved.neighbors]
    assert order != [one.case_id for one in plain.neighbors]
    assert sorted(order) == sorted(one.case_id for one in plain.neighbors)
    assert moved.vote == plain.vote
    assert (plain.reordered_by, moved.reordered_by) == ((), ("marks", "judgments"))
    for one in moved.neighbors:  # whatever ordered them, places sum to the cosine of the pair
        assert one.why is not None
        assert one.why.score == pytest.approx(one.best.score, abs=1e-4)


def test_a_drawn_region_is_compared_with_lesions(index, embedder):
    study = picture(100, spot=SPOTS[3])
    found = ask(index, embedder, study, region=(70, 60, 92, 86))
    assert found.neighbors
    assert {one.best.entry.kind for one in found.neighbors} == {"lesion"}
    row = next(r for one in found.neighbors for r in one.compared if r.feature == "place")
    assert str(row.query).startswith("lower right")
    for region in ((0, 0, 5, 5), (80, 60, 70, 86), (0, 0, 500, 500)):
        with pytest.raises(BadInputError):
            ask(index, embedder, study, region=region)


def test_a_ct_is_not_compared_with_mr(index, embedder):
    with pytest.raises(BadInputError, match="CT"):
        ask(index, embedder, picture(100, role="ct"))


def test_an_index_of_another_network_is_refused(index, embedder):
    space = embedder.space
    newer = VectorSpace(space.model, "9", "9" * 64, space.preparation, space.dimension)
    with pytest.raises(ConflictError, match="--rebuild"):
        ask(index, replace(embedder, space=newer))


def test_an_empty_index_says_how_to_fill_it(embedder, tmp_path):
    empty = open_lance_index(tmp_path / "empty", embedder.space)
    with pytest.raises(BadInputError, match="neuroscope index"):
        ask(empty, embedder)


def test_images_that_are_gone_cost_only_the_why(index, embedder):
    def gone(_: str) -> ImportedStudy:
        raise NotFoundError("A stored image is missing.", fix="Restore it.")

    found = ask(index, embedder, load=gone, most=2)
    assert [one.why for one in found.neighbors] == [None, None]
    assert all(any("missing" in c for c in one.cautions) for one in found.neighbors)
    assert ask(index, embedder, load=lambda _: None, most=1).neighbors[0].why is None


def test_labels_of_the_network_alone_do_not_vote(embedder, tmp_path):
    made = open_lance_index(tmp_path / "own", embedder.space)
    for number in range(3):
        study = picture(number)
        made.add(
            embed_case(
                study,
                embedder,
                case_id=f"case{number}",
                patient=study.study.pseudonym,
                group=study.study.pseudonym,
                facts=CaseFacts(),
            )
        )
    found = ask(made, embedder)
    assert found.vote.labeled == 0
    assert any("network's own" in caution for caution in found.cautions)
