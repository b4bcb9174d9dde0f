"""The whole audit on small sets, good and bad: what it can it runs, the rest it names."""

import json

import numpy as np
import pytest
from tests.reliability.dataset.conftest import saved

from neuroscope.errors import BadInputError
from neuroscope.models.plane import PlaneNetwork, PlaneSpec
from neuroscope.records.dataaudit import Picture
from neuroscope.reliability.dataset.audit import ACCURACY, Answers, audit_pictures


def audited(pictures, arrays, **options):
    return audit_pictures("a set", pictures, lambda n: arrays[n], **options)


def not_done(audit):
    return {one.part: one.why for one in audit.not_done}


@pytest.fixture(scope="module")
def whole(heads):
    """Sixty heads in two splits; five test pictures are copies of training pictures."""
    arrays = list(heads) + [saved(heads[n][:, ::-1], 80) for n in range(5)]
    labels = ["bright" if n % 2 else "dark" for n in range(60)]
    for n in range(60):
        if labels[n] == "bright":
            arrays[n] = arrays[n].copy()
            arrays[n][:6] = 180  # a border that tells the label
    pictures = [
        Picture(f"{n}.png", labels[n], "test" if n >= 45 else "train") for n in range(60)
    ] + [Picture(f"copy{n}.png", labels[0 if n == 1 else n], "test") for n in range(5)]
    answers = Answers("a network", {p.file: p.label for p in pictures})
    return audited(pictures, arrays, answers=answers)


def test_copies_leak_and_are_named(whole):
    pairs = [p for p in whole.duplicates if p.relation == "flipped"]
    assert {(p.first, p.second) for p in pairs} >= {(n, 60 + n) for n in (0, 2, 4)}
    assert all(whole.crosses(p) for p in pairs)
    assert {60, 62, 64} <= set(np.flatnonzero(whole.leaked))
    assert not any(whole.leaked[:45]), "what is trained on does not leak"
    assert sum(whole.leaked) <= 5


def test_the_proposed_split_parts_no_group(whole):
    split = np.array(whole.proposed.split_of)
    groups = np.array(whole.groups)
    assert all(len(set(split[groups == g])) == 1 for g in set(whole.groups))


def test_border_and_accuracy_are_measured(whole):
    assert whole.border.accuracy.value > 0.9
    assert whole.answered.whole.value == 1.0
    assert whole.answered.clean.n + sum(whole.leaked) == whole.answered.whole.n
    assert not whole.answered.clean.is_sufficient, "15 groups are no evidence"
    assert ACCURACY not in not_done(whole)


def test_balance_counts_every_split(whole):
    assert whole.balance["train"] == {"bright": 22, "dark": 23}
    assert sum(sum(row.values()) for row in whole.balance.values()) == 65


def test_contradicting_labels_of_copies_are_counted(heads):
    arrays = [heads[0], saved(heads[0], 80), heads[1]]
    pictures = [Picture("a", "ill"), Picture("b", "well"), Picture("c", "well")]
    audit = audited(pictures, arrays)
    (pair,) = audit.duplicates
    assert audit.contradicts(pair)
    assert "1 pairs of copies bear different labels." in audit.cautions
    assert audit.counts()[pair.relation]["labels differ"] == 1


def test_one_class_and_no_splits_are_named_as_such(heads):
    audit = audited([Picture(f"{n}", "ill") for n in range(45)], heads[:45])
    why = not_done(audit)
    assert "one label" in why["Border predictability"]
    assert "two labels" in why["Label errors"]
    assert why["Leaks across splits"] == "The set names no splits."
    assert "Wrong plane" in why
    assert audit.proposed is not None
    assert np.isnan(audit.sources.cramers_v)
    assert json.loads(json.dumps(audit.as_dict(), allow_nan=False))["sources"]["p"] is None


class WhiteIsCoronal:
    """Sees a coronal slice where the middle of the view is white, else an axial one."""

    def run(self, names, given):
        coronal = given["image"][:, 0, 17:23, 17:23].min((1, 2)) > 0.98
        return [np.stack([~coronal, coronal, np.zeros_like(coronal)], 1) * np.float32(0.9)]


PLANES_OF = PlaneNetwork(WhiteIsCoronal(), PlaneSpec(size=40, sure=0.8, sha256=""))


def test_a_picture_of_another_plane_is_flagged_with_its_score(heads):
    arrays = [np.minimum(head, 180) for head in heads[:30]]
    arrays[7] = arrays[7].copy()
    arrays[7][60:100, 60:100] = 255
    pictures = [Picture(f"ax/{n}.png", "ill") for n in range(30)]
    audit = audited(pictures, [*arrays[:29], np.zeros((160, 160), np.uint8)], planes=PLANES_OF)
    (flag,) = [one for one in audit.flags if one.kind == "wrong plane"]
    assert (flag.picture, flag.note) == (7, "looks coronal, usual in ax is axial")
    assert flag.value == pytest.approx(0.9)
    assert audit.planes == {"ill": {"axial": 28, "coronal": 1, "sagittal": 0, "not sure": 1}}
    assert "Wrong plane" not in not_done(audit)
    mixed = [Picture(f"{n % 10}/{n}.png", "ill") for n in range(30)]
    audit = audited(mixed, arrays, planes=PLANES_OF)
    assert "no folder has one usual plane" in not_done(audit)["Wrong plane"]


def test_three_patients_get_no_verdict(heads):
    pictures = [Picture(f"{n}", "ab"[n % 2], group=f"p{n % 3}") for n in range(12)]
    audit = audited(pictures, heads[:12])
    assert len(set(audit.groups)) == 3
    assert any("too few for any verdict" in caution for caution in audit.cautions)
    assert {"Label errors", "Source clusters"} <= not_done(audit).keys()
    assert any("One group holds" in caution for caution in audit.cautions)


def test_two_patients_cannot_be_split_in_three(heads):
    audit = audited([Picture(f"{n}", "a", group=f"p{n % 2}") for n in range(6)], heads[:6])
    assert audit.proposed is None
    assert "A split" in not_done(audit)


def test_pictures_without_labels_are_still_compared(heads):
    audit = audited([Picture("a"), Picture("b"), Picture("c")], [heads[0], heads[0], heads[1]])
    assert [p.relation for p in audit.duplicates] == ["exact"]
    assert audit.balance == {"": {"no label": 3}}


def test_unreadable_files_are_named_and_the_rest_goes_on(heads):
    def read(number):
        if number == 1:
            raise BadInputError("Torn.", fix="Copy it again.")
        return heads[number]

    pictures = [Picture(f"{n}.png", "a") for n in range(4)]
    audit = audit_pictures("a set", pictures, read)
    assert [one.name for one in audit.unreadable] == ["1.png"]
    assert [picture.file for picture in audit.pictures] == ["0.png", "2.png", "3.png"]


def test_nothing_readable_is_refused_with_the_reason():
    def read(number):
        raise BadInputError("Torn.", fix="Copy it again.")

    with pytest.raises(BadInputError, match=r"0 pictures could be read.*Torn"):
        audit_pictures("a set", [Picture("a"), Picture("b")], read)


def test_a_split_without_training_is_named(heads):
    audit = audited([Picture(f"{n}", "a", "fold1") for n in range(3)], heads[:3])
    assert "fold1" in not_done(audit)["Leaks into training"]


def test_the_summary_is_plain(whole):
    written = json.loads(json.dumps(whole.as_dict(), allow_nan=False))
    assert written["pictures"] == 65
    assert written["leaked"] == sum(whole.leaked)
    assert written["answered"]["clean"]["few_units"] is True
