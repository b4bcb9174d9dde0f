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
    "glioblastoma": "fdda29e2deac46cdf39f8024c50dda362e10c2d67d3645f96e570058d47e6ff7",
    "low_grade_glioma": "0802673b33e06c3dd4f3bae879a4da817ccf9cf65a5f72fb6feef8e61f3b6bdd",
    "meningioma": "d2dd0c43c403f3b0b03b2b0a281683902bee8690378e436365e682254dafcfd9",
    "pituitary": "837c06396dd3b264e1e55b6bb99ae1c4abf4c002430ce5e04a3ad38556701383",
    "metastases": "d39216a47eda72c624c38478a7997ceb6d70c415be1c15b9855855c440a0f3dd",
    "schwannoma": "1ced4b9a197619fbec01bc3b374510b92ac92b3ddfc96bff9ab9ede0181cb911",
    "medulloblastoma": "a44bf631ba2eea413037a0831f7bad16e9e04aae91db9c42c13f49f733a44a4c",
    "ependymoma": "28594ff959714ff57a20de2e4c6f95f2bfcd47ae3de16e031cfae373d233440b",
    "stroke": "adfa1e2520ec606942d0d246984837d242d6f3d2f063dfaae7b8c97dbd482963",
    "ms": "f93c857a79d8ca5fda8f23bc31fc4a9e03fa8d2e55c90bdfa5ec3a186b528327",
    "wmh": "af0f2943c6410f65e0d4f5b073e7ee4dc6d3e0ee8b09981535b47fb0272ca7b9",
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
