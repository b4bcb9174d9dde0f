"""The labels of a seed are the same at every run, on every machine with the pinned packages.

After a wanted change of a kind: `python tests/phantom/test_hashes.py` prints the new table.
"""

import hashlib

import numpy as np
import pytest

from neuroscope.phantom.anatomy.person import draw_person
from neuroscope.phantom.case import ANATOMY, LESION, lay_grid
from neuroscope.phantom.laid import lay
from neuroscope.phantom.lesions.kinds import KINDS, Kind, resolve_kind
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.lesions.registry import grow

SEED, SPACING_MM = 11, 3
HASHES = {
    "glioblastoma": "1a6ea3df2134312916b2648ca79c741e4672883be511360a4be10ad4dc1e7c08",
    "low_grade_glioma": "5bd99334e3714406bcfb81440a8c473289aa6f72f8a218dc0b599939b5cc0103",
    "meningioma": "d2dd0c43c403f3b0b03b2b0a281683902bee8690378e436365e682254dafcfd9",
    "pituitary": "837c06396dd3b264e1e55b6bb99ae1c4abf4c002430ce5e04a3ad38556701383",
    "metastases": "d39216a47eda72c624c38478a7997ceb6d70c415be1c15b9855855c440a0f3dd",
    "schwannoma": "b82b446bb063f2c6fbaacf9139f2c20a8f96518afa586e95ede251cefa9a7bcf",
    "medulloblastoma": "a44bf631ba2eea413037a0831f7bad16e9e04aae91db9c42c13f49f733a44a4c",
    "ependymoma": "28594ff959714ff57a20de2e4c6f95f2bfcd47ae3de16e031cfae373d233440b",
    "stroke": "adfa1e2520ec606942d0d246984837d242d6f3d2f063dfaae7b8c97dbd482963",
    "ms": "ad2bc234220fff16f998e2042f4861933e7ff866dc6a13c59274c10f044425ac",
    "wmh": "62a38acae86a5e54964675250ff9adc96f5eecd90c4517495021e2574863f996",
    "abscess": "202307b3dc771bfee5101c3ace2da531a6437e348604253b0ea4d9828aa166f6",
}


def label_hash(kind: Kind) -> str:
    person = draw_person(np.random.default_rng([SEED, ANATOMY]))
    lesions = grow(kind, person, Wish(), np.random.default_rng([SEED, LESION]))
    labels = lay(person, lesions, lay_grid(SPACING_MM, None, head=False)[0]).labels()
    return hashlib.sha256(np.ascontiguousarray(labels).tobytes()).hexdigest()


@pytest.mark.parametrize("kind", HASHES)
def test_the_labels_of_a_seed_never_change(kind: str):
    assert label_hash(resolve_kind(kind)) == HASHES[kind]


def test_every_kind_has_its_hash():
    assert set(HASHES) == set(KINDS) - {"none"}


if __name__ == "__main__":
    for name in KINDS:
        if name != "none":
            print(f'    "{name}": "{label_hash(name)}",')  # noqa: T201
