from collections.abc import Callable, Iterator

import numpy as np
import pytest

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.jobs.explaining import ExplanationWork
from neuroscope.jobs.queue import JobQueue
from neuroscope.records.annotation import Annotation
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import ModelRef
from neuroscope.settings import Settings
from neuroscope.store import jobs
from neuroscope.store.annotations import create
from neuroscope.store.blobs import read_array
from neuroscope.store.database import Store
from neuroscope.store.explanations import Asked, list_explanations
from neuroscope.store.models import RegisteredModel
from neuroscope.store.replacements import asked_to_replace, find_replacement
from neuroscope.store.studies import read_study, save_study, study_folder

AnalyzedAs = Callable[..., str]


@pytest.fixture
def queue(store: Store, settings: Settings) -> Iterator[JobQueue]:
    opened = JobQueue(store, settings)
    yield opened
    opened.close()


@pytest.fixture
def study(store: Store, picture_study: Callable[..., ImportedStudy]) -> str:
    return save_study(store, picture_study(2)).study_id


def test_a_map_is_made_by_the_weights_of_the_analysis(
    store: Store,
    queue: JobQueue,
    study: str,
    tiny: RegisteredModel,
    analyzed_as: AnalyzedAs,
) -> None:
    analysis = analyzed_as(store, study, "5e71e5", 2, model=tiny.model)
    before = read_study(store, study).row
    asked = Asked(analysis, "5e71e5", 1, "glioma", "gradcam++")
    job = queue.put_explanation(asked, actor="ann")
    assert queue.put_explanation(asked, actor="bob").id == job.id
    assert read_study(store, study).row == before  # a map asked for is no work on the study
    ExplanationWork(store).run(job.id)
    done = jobs.read_job(store, job.id)
    assert (done.state, done.problem) == ("done", None)
    assert queue.put_explanation(asked, actor="bob").id == job.id
    (found,) = list_explanations(store, analysis, "5e71e5", 1)
    assert found.maps is not None
    picture, evidence, drawn = read_array(study_folder(store, study), found.maps)
    assert 0.5 < picture.max() <= 1
    assert evidence.any()
    assert drawn.min() >= 0
    assert found.seconds is not None
    assert found.seconds > 0
    assert found.agreement is None or -1 <= found.agreement <= 1
    assert found.passport is not None
    assert found.evidence_passport is not None
    assert (found.passport.method, found.evidence_passport.method) == ("gradcam++", "evidence")
    tests = {test.name: test for test in found.passport.tests}
    assert tests["repeatability"].value is not None
    assert "no tumor" not in tests["faithfulness"].reason
    assert "evaluate forgetting" in tests["model_randomization"].reason


def outline_tumor(store: Store, study: str) -> None:
    """Let a reader brush over the tumor of the second slice."""
    create(
        store,
        study,
        Annotation(
            id="mark",
            series_id="5e71e5",
            kind="tumor",
            shape="stroke",
            points_mm=np.array([[30.0, 24.0, 0.0]]),
            author="ann",
            radius_mm=6.0,
            slice_index=1,
        ),
    )


def test_a_map_is_held_against_the_outline_of_a_reader(
    store: Store, queue: JobQueue, study: str, tiny: RegisteredModel, analyzed_as: AnalyzedAs
) -> None:
    analysis = analyzed_as(store, study, "5e71e5", 2, model=tiny.model)
    outline_tumor(store, study)
    job = queue.put_explanation(Asked(analysis, "5e71e5", 1, "glioma", "edges"), actor="ann")
    ExplanationWork(store).run(job.id)
    (found,) = list_explanations(store, analysis, "5e71e5", 1)
    assert found.passport is not None
    tests = {test.name: test for test in found.passport.tests}
    assert tests["localization"].value is not None


def test_weights_that_are_gone_are_said_and_the_map_may_be_asked_for_again(
    store: Store, queue: JobQueue, study: str, analyzed_as: AnalyzedAs
) -> None:
    analysis = analyzed_as(store, study, "5e71e5", 1, model=ModelRef("evidence", "9", "9" * 64))
    asked = Asked(analysis, "5e71e5", 0, "glioma", "evidence")
    job = queue.put_explanation(asked, actor="ann")
    ExplanationWork(store).run(job.id)
    failed = jobs.read_job(store, job.id)
    assert failed.state == "failed"
    assert failed.problem is not None
    assert "no longer here" in failed.problem.detail
    assert queue.put_explanation(asked, actor="ann").id != job.id


def test_what_cannot_be_explained_is_refused(
    store: Store, queue: JobQueue, study: str, analyzed_as: AnalyzedAs
) -> None:
    analysis = analyzed_as(store, study, "5e71e5", 1)
    with pytest.raises(BadInputError, match="no explanation method"):
        queue.put_explanation(Asked(analysis, "5e71e5", 0, "glioma", "magic"), actor="ann")
    with pytest.raises(NotFoundError):
        queue.put_explanation(Asked(analysis, "5e71e5", 7, "glioma", "rise"), actor="ann")


def test_a_canceled_job_makes_nothing(
    store: Store, queue: JobQueue, study: str, tiny: RegisteredModel, analyzed_as: AnalyzedAs
) -> None:
    analysis = analyzed_as(store, study, "5e71e5", 1, model=tiny.model)
    job = queue.put_explanation(Asked(analysis, "5e71e5", 0, "glioma", "edges"), actor="ann")
    queue.cancel(job.id)
    ExplanationWork(store).run(job.id)
    (found,) = list_explanations(store, analysis, "5e71e5", 0)
    assert found.maps is None
    assert np.isnan(found.seconds or np.nan)


def test_a_part_is_replaced_by_the_weights_of_the_analysis(
    store: Store, queue: JobQueue, study: str, tiny: RegisteredModel, analyzed_as: AnalyzedAs
) -> None:
    analysis = analyzed_as(store, study, "5e71e5", 2, model=tiny.model)
    asked = asked_to_replace(analysis, "5e71e5", 1, "glioma", "tumor")
    job = queue.put_replacement(asked, actor="ann")
    ExplanationWork(store).run(job.id)
    nobody = jobs.read_job(store, job.id).problem
    assert nobody is not None
    assert "outlined a tumor" in nobody.detail
    outline_tumor(store, study)
    again = queue.put_replacement(asked, actor="ann")
    assert again.id != job.id
    ExplanationWork(store).run(again.id)
    done = jobs.read_job(store, again.id)
    assert (done.state, done.problem) == ("done", None)
    with store.reading() as session:
        found = find_replacement(session, asked)
    assert found is not None
    assert found.pictures is not None
    assert (found.outlined_by, found.found is not None) == ("reader", True)
    picture, part, without, *_ = read_array(study_folder(store, study), found.pictures)
    assert set(np.unique(part)) == {0.0, 1.0}
    assert np.abs(picture - without)[part > 0].max() > 0
    assert np.abs(picture - without)[:4].max() == 0
