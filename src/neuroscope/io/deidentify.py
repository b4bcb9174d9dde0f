"""What may leave a file: names of our own, whitelisted facts, scrubbed words. Nothing else does.

A whitelist, not a blacklist: free text holds names in every field that was ever invented
(DICOM PS3.15 Annex E, Basic Profile with Clean Descriptors and Modified Dates).
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping

FURTHEST_SHIFT_DAYS = 3650
NEAREST_SHIFT_DAYS = 30

_VOCABULARY = """
t1 t1w t1n t1c t1ce t1gd t2 t2w t2f pd pdw flair mprage mpr spgr fspgr bravo vibe space cube
vista tse fse se gre ge ffe tfe tfl fl2d fl3d tirm stir irse ir memprage mp2rage propeller
blade dwi adc swi swan swip dti epi ep2d diff diffusion trace tracew b0 b500 b800 b1000 ax
axial tra transverse transversal cor coronal sag sagittal obl oblique 2d 3d post pre gd gad
gadolinium contrast ce km fs fatsat fat sat sup suppressed dark fluid head brain skull neck
pituitary sella orbit orbits iac spine ct bone soft tissue thin iso isotropic without with wo w
delayed dynamic dyn perf perfusion dsc dce asl cbv cbf mtt tof mra mrv angio mip minip sub
subtraction recon reformat reformatted stealth navigation nav native plain early late
magnitude phase mag pha localizer localiser scout survey motion corrected cervical
"""
_WORDS = frozenset(_VOCABULARY.split())
_MEASURE = re.compile(r"\d{1,2}(mm|t)")
_VENDORS = {
    "siemens": "Siemens",
    "ge medical": "GE",
    "philips": "Philips",
    "canon": "Canon",
    "toshiba": "Toshiba",
    "hitachi": "Hitachi",
    "united imaging": "United Imaging",
    "bruker": "Bruker",
    "hyperfine": "Hyperfine",
}
_NUMBERS = (
    "MagneticFieldStrength",
    "RepetitionTime",
    "EchoTime",
    "InversionTime",
    "FlipAngle",
    "SliceThickness",
    "SpacingBetweenSlices",
    "KVP",
)
_CODES = ("Modality", "ScanningSequence", "SequenceVariant", "MRAcquisitionType", "PatientPosition")
_CODE = re.compile(r"[A-Z0-9]{1,4}(\\[A-Z0-9]{1,4})*")


def pseudonym(key: bytes, identity: str) -> str:
    """Name a patient without naming them: the same key and identity give the same pseudonym.

    Examples
    --------
    >>> pseudonym(b"secret", "some patient")
    'NS-JNTLB4'
    """
    return "NS-" + base64.b32encode(_keyed(key, "pseudonym", identity))[:6].decode("ascii")


def own_id(key: bytes, *parts: str) -> str:
    """Make an id of 16 hexadecimal digits that nobody can trace back without the key."""
    return _keyed(key, *parts).hex()[:16]


def date_shift_days(key: bytes, identity: str) -> int:
    """Choose by how many days all dates of one patient move into the past."""
    number = int.from_bytes(_keyed(key, "dates", identity)[:4], "big")
    return -(NEAREST_SHIFT_DAYS + number % (FURTHEST_SHIFT_DAYS - NEAREST_SHIFT_DAYS))


def _keyed(key: bytes, *parts: str) -> bytes:
    return hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256).digest()


def scrub_description(text: str) -> str:
    """Keep only the words of a description that name a sequence, a plane or a body part.

    Examples
    --------
    >>> scrub_description("AX T1 POST Gd - Jane Doe 12.03.1980 1mm")
    'AX T1 POST Gd 1mm'
    """
    words = re.split(r"[^A-Za-z0-9]+", text)
    kept = [w for w in words if w.lower() in _WORDS or _MEASURE.fullmatch(w.lower())]
    return " ".join(kept)[:80]


def acquisition_facts(tags: Mapping[str, str | float]) -> dict[str, str | float]:
    """Keep the numbers and codes of an acquisition that cannot name a person.

    Parameters
    ----------
    tags
        Values under DICOM keywords, numbers as float, codes as text.
    """
    facts: dict[str, str | float] = {}
    for keyword in _NUMBERS:
        value = tags.get(keyword)
        if isinstance(value, float):
            facts[keyword] = value
    for keyword in _CODES:
        value = tags.get(keyword)
        if isinstance(value, str) and _CODE.fullmatch(value):
            facts[keyword] = value
    maker = str(tags.get("Manufacturer", "")).lower()
    for start, vendor in _VENDORS.items():
        if start in maker:
            facts["Manufacturer"] = vendor
    return facts
