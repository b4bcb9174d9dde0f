"""Which sequence a series is, as far as its tags or its file name tell."""

import re
from dataclasses import dataclass

from neuroscope.records.study import Role

LABEL_MAP = re.compile(
    r"(?<![a-z])(seg|segm|segmentation|masks?|brainmask|labels?|roi)(?![a-z])", re.I
)

# Read in this order; the first that matches decides. `_` and digits count as word ends.
_OTHER = r"sub|subtraction|subtr|mip|minip|tof|mra|mrv|angio|perf|perfusion|dsc|dce|asl|cbv|cbf"
_OTHER += r"|mtt|ttp|bold|fmri|fieldmap|mrs|csi|dti|fa|projection|phase|pha|b1map"
_SPECIAL: tuple[tuple[Role, str], ...] = (
    ("adc", r"adc|apparent"),
    ("other", _OTHER),
    ("dwi", r"dwi|diff|diffusion|trace|tracew|b1000|b800"),
    ("swi", r"swi|swan|venbold|swip|t2star|hemo"),
)
_T1C = r"t1c|t1ce|t1gd|t1cc|t1km|t1post"
_CONTRAST = r"gd|gad|gado[a-z]*|post|ce|contrast|km|postgd|postcontrast"
_NO_CONTRAST = r"pre|native|nativ|plain|without|wo|non|no|t1n"
_NO_AGENT = {"", "no", "none", "n", "0", "nil", "na", "without"}


@dataclass(frozen=True, slots=True)
class SequenceTags:
    """What the tags say of one acquisition; None where they are silent. Times in ms."""

    modality: str = "MR"
    description: str = ""
    image_type: tuple[str, ...] = ()
    contrast_agent: str = ""
    repetition_time_ms: float | None = None
    echo_time_ms: float | None = None
    inversion_time_ms: float | None = None
    b_value: float | None = None


def sequence_role(tags: SequenceTags) -> tuple[Role, tuple[str, ...]]:
    """Tell the role of a series and the doubts about it.

    The description decides where it speaks; echo, repetition and inversion time where it is
    silent, and to tell a T1 FLAIR (short inversion time) from a T2 FLAIR.

    Returns
    -------
    tuple
        The role, and cautions.
    """
    if tags.modality == "CT":
        return "ct", ()
    if tags.modality != "MR":
        return "other", (f"The modality is {_code(tags.modality)}, not MR or CT.",)
    text = _words(tags.description)
    special = _special(text, tags)
    if special is not None:
        return special, ()
    weighting = _weighting(text, tags)
    cautions: list[str] = []
    if weighting == "t1" and _has_contrast(text, tags, cautions):
        weighting = "t1c"
    if weighting == "mr":
        cautions.append("The sequence could not be told from the tags.")
    return weighting, tuple(cautions)


def role_from_name(name: str) -> tuple[Role, tuple[str, ...]]:
    """Tell the role of a volume from its file name, as in `patient_t1ce.nii.gz`."""
    stem = re.sub(r"\.(nii|nii\.gz)$", "", name.rsplit("/", 1)[-1], flags=re.I)
    text = _words(stem)
    if _has(text, "ct"):
        return "ct", ()
    if _has(text, "t2f"):
        return "flair", ()
    role, _ = sequence_role(SequenceTags(description=stem))
    if role == "mr":
        return role, ("The sequence is unknown; name the file t1, t1c, t2 or flair to tell it.",)
    return role, ()


def is_label_map_name(name: str) -> bool:
    """Tell whether a file name says that it holds a segmentation or a mask, not a scan."""
    return LABEL_MAP.search(name.rsplit("/", 1)[-1]) is not None


def is_localizer(description: str, image_type: tuple[str, ...]) -> bool:
    """Tell whether a series only served to plan the others."""
    named = _has(_words(description), r"localizer|localiser|loc|scout|survey|topogram|plan|3plane")
    return named or any("LOCALIZER" in part.upper() for part in image_type)


def _words(text: str) -> str:
    spaced = re.sub(r"t2\s*\*", " t2star ", text.lower())
    spaced = re.sub(r"\+\s*c(?![a-z])|(?<![a-z])c\s*\+", " gd ", spaced)
    return " " + " ".join(re.split(r"[^a-z0-9]+", spaced)).strip() + " "


def _has(words: str, alternatives: str) -> bool:
    return re.search(rf" ({alternatives}) ", words) is not None


def _code(modality: str) -> str:
    return modality if re.fullmatch(r"[A-Z]{2,3}", modality) else "unknown"


def _special(text: str, tags: SequenceTags) -> Role | None:
    types = {part.upper() for part in tags.image_type}
    if types & {"ADC", "ADC_UNSPECIFIED"}:
        return "adc"
    if types & {"SUBTRACTION", "SUBTRACT", "MIP", "MINIP", "PROJECTION IMAGE", "P", "PHASE MAP"}:
        return "other"
    for role, pattern in _SPECIAL:
        if _has(text, pattern):
            return role
    return "dwi" if (tags.b_value or 0) > 0 or "DIFFUSION" in types else None


def _weighting(text: str, tags: SequenceTags) -> Role:
    says_t1 = _has(text, r"t1|t1w|t1n|t1c|t1ce|t1gd|t1cc|mprage|memprage|bravo|spgr|fspgr")
    if "flair" in text or _has(text, "tirm|dark fluid"):
        return "t1" if _is_t1_flair(says_t1, tags) else "flair"
    if says_t1 or re.search(r" t1[a-z]*", text):
        return "t1"
    if re.search(r" t2[a-z]*", text):
        return "t2"
    return _weighting_by_times(tags)


def _is_t1_flair(says_t1: bool, tags: SequenceTags) -> bool:
    """Tell a T1 FLAIR by its inversion time near 0.8 s (T2 FLAIR: above 1.6 s) and short echo."""
    inversion, echo = tags.inversion_time_ms, tags.echo_time_ms
    if inversion:
        return inversion < 1400 and (echo is None or echo < 50)
    return says_t1 or (echo is not None and echo < 30)


def _weighting_by_times(tags: SequenceTags) -> Role:
    repetition, echo = tags.repetition_time_ms, tags.echo_time_ms
    inversion = tags.inversion_time_ms or 0.0
    if repetition is None or echo is None:
        return "mr"
    if echo > 60 and repetition > 4000 and inversion > 1500:
        return "flair"
    if echo > 60 and repetition > 2000:
        return "t2"
    if echo < 30 and (repetition < 1200 or 500 < inversion < 1400):
        return "t1"
    return "mr"


def _has_contrast(text: str, tags: SequenceTags, cautions: list[str]) -> bool:
    if _has(text, _T1C):  # says it in one word: `pre_t1c` is before surgery, not before contrast
        return True
    agent = tags.contrast_agent.strip().lower() not in _NO_AGENT
    denied = _has(text, _NO_CONTRAST)
    named = _has(text, _CONTRAST)
    if denied and agent:
        cautions.append("The tags name a contrast agent, the description none; taken as T1.")
    elif named and not agent and tags.image_type:
        cautions.append("The description names contrast, the tags no agent; taken as T1c.")
    return (named or agent) and not denied
