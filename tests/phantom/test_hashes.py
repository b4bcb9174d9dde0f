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
    "glioblastoma": "ca1ef2491e45ddbd0ebf7fbafa41f42006a4c596c36fee014ab8c9262b64149c",
    "low_grade_glioma": "065796a6d8d979a10e0659c681b84699503929768e88cdf93aae5ea666e32b24",
    "meningioma": "2f5d90140e036d932180cb7cf3e5e6ab72bac462a0f33988e566dd637a071069",
    "pituitary": "8e5ed9f0eccda15e7318067f012df278748a966beeb4a41831e2b4f00861af7e",
    "metastases": "67f8c994a5105c68aa546bdd7f8a7e3d7d953ebde9bb45c97e33374669bc83db",
    "schwannoma": "1ced4b9a197619fbec01bc3b374510b92ac92b3ddfc96bff9ab9ede0181cb911",
    "medulloblastoma": "f0ea0dd858804335acc52ddf3730faf09a3fc2cef98a2315012cd2cc506e0121",
    "ependymoma": "65ea928b69b979c024b24e720a7444db4adb1c48a892bf3df9cb3468ec7d4b30",
    "stroke": "d1db3b2ea8b3316de7eba8ec50c86cea78d84d2101a437fa490978424305a836",
    "ms": "ddb6547a31a6e692b18bd52fcce8ce4568f5db4ea5773e5ec32a59c9022e83e0",
    "wmh": "f5385ee2f4c308c67f3da8624145e5a3d20725fe7fff80ba1f44c5b37362b782",
    "abscess": "db269d58f84094c7f8f20b11440f2bbbb61dd0bdb6a508e0d3aa12e5f5676769",
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
