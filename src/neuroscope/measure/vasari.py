"""The VASARI features that masks, images and an atlas can answer; all others are `not assessed`.

Features and bins after the VASARI research project of The Cancer Imaging Archive. Proportions are
of the whole tumor, edema included. A label that holds necrosis and non-enhancing tumor together
cannot tell them apart: where something enhances, feature 6 is not assessed and feature 7 says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isinf

import numpy as np
from scipy import ndimage

from neuroscope.measure.atlas import knows, share_of, shares
from neuroscope.measure.lesions import side_of
from neuroscope.measure.regions import Region
from neuroscope.measure.sampling import Floats, Leveled, leveled, within
from neuroscope.measure.ventricles import WET
from neuroscope.records.measured import NOT_ASSESSED, Feature, Lesion, Midline
from neuroscope.records.measurement import CrossedDiameters
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.volume import Volume

NAMES = (
    "Tumor location", "Side of tumor center", "Eloquent brain", "Enhancement quality",
    "Proportion enhancing", "Proportion non-enhancing", "Proportion necrosis", "Cysts",
    "Multifocal or multicentric", "T1/FLAIR ratio", "Thickness of enhancing margin",
    "Definition of enhancing margin", "Definition of non-enhancing margin", "Proportion of edema",
    "Edema crosses midline", "Hemorrhage", "Diffusion", "Pial invasion", "Ependymal extension",
    "Cortical involvement", "Deep white matter invasion", "Non-enhancing tumor crosses midline",
    "Enhancing tumor crosses midline", "Satellites", "Calvarial remodeling",
    "Extent of resection of enhancing tumor", "Extent of resection of non-enhancing tumor",
    "Extent of resection of edema", "Lesion size, longest", "Lesion size, perpendicular",
)  # fmt: skip
BINS = ((0.05, "up to 5 %"), (0.33, "6 to 33 %"), (0.67, "34 to 67 %"), (0.95, "68 to 95 %"))
LEAST_ML = 0.05  # of enhancing tumor that counts as enhancement
SOLID = 0.05  # of the core, with less necrosis than this the enhancement is solid
THIN_MM = 3.0
MARKED = 1.0  # spreads of healthy brain above its median on T1c
ACROSS_ML, ACROSS_MM = 0.1, 2.0  # on the lesser side, beyond this from the plane
TOUCHING_MM = 2.0
CORTEX_MM = 4.0  # from the surface of the brain: the cortex is 2 to 4 mm thick
CYST_ML = 1.0  # of one body of fluid in the core
DARK_T1 = 0.5  # spreads of healthy brain below its median
COVERED = 0.9  # of the whole tumor must lie in the T1 image
EXPANSIVE, INFILTRATIVE = (
    0.75,
    0.33,
)  # share that is dark on T1; VASARI has no numbers
OF_ENHANCEMENT = (4, 5, 6, 7, 11, 22, 23)
UNSEEN = "no T1 with contrast, or no label of enhancing tumor: nobody can tell what enhances"
UNKNOWN = "masks, images and atlas cannot answer it"

Answer = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """All that the features are read from."""

    regions: Mapping[str, Region]
    images: Mapping[str, Volume]
    healthy_mm: Floats
    lesions: Sequence[Lesion]
    midline: Midline | None = None
    atlas: Segmentation | None = None
    crossed: CrossedDiameters | None = None  # of the whole tumor
    ventricles_mm: float | None = None  # from the core
    surface_mm: float | None = None  # of the brain, from the core
    sees_enhancement: bool = True  # else nothing is said of what enhances

    @property
    def enhances(self) -> bool:
        """Whether there is enhancing tumor worth the name."""
        return self.regions["ET"].ml >= LEAST_ML


def vasari(known: Known) -> tuple[Feature, ...]:
    """List all 30 features, in order; nothing for an empty segmentation."""
    if known.regions["WT"].is_empty:
        return ()
    answers: dict[int, Answer] = {}
    answers |= _place(known) | _shares(known) | _enhancement(known) | _foci(known)
    answers |= _extension(known) | _midline(known) | _size(known) | _cysts(known) | _on_t1(known)
    if not known.sees_enhancement:
        answers |= dict.fromkeys(OF_ENHANCEMENT, (NOT_ASSESSED, UNSEEN))
    return tuple(
        Feature(number, name, *answers.get(number, (NOT_ASSESSED, UNKNOWN)))
        for number, name in enumerate(NAMES, start=1)
    )


def _core(known: Known) -> Region:
    core = known.regions["TC"]
    return known.regions["WT"] if core.is_empty else core


def _place(known: Known) -> dict[int, Answer]:
    found: dict[int, Answer] = {}
    if known.atlas is not None:
        lobes: dict[str, float] = {}
        for name, part in shares(known.atlas, _core(known)).items():
            lobe = name.removeprefix("left ").removeprefix("right ")
            lobes[lobe] = lobes.get(lobe, 0.0) + part
        if lobes:
            first = max(lobes, key=lambda lobe: lobes[lobe])
            found[1] = first, f"holds {100 * lobes[first]:.0f} % of the core in the atlas"
    if known.midline is not None:
        side = side_of(_core(known), known.midline)
        value = "center or both" if side == "midline" else side
        found[2] = value, "center of the core against the plane between the hemispheres"
    return found


def _shares(known: Known) -> dict[int, Answer]:
    whole = known.regions["WT"].ml
    how = "volume divided by that of the whole tumor"
    found = {
        5: (_bin(known.regions["ET"].ml / whole), how),
        14: (_bin(known.regions["ED"].ml / whole), how),
    }
    necrotic = _bin(known.regions["NCR"].ml / whole)
    if known.enhances:
        found[7] = necrotic, f"{how}; an upper bound, non-enhancing tumor has the same label"
    else:
        found[6] = necrotic, f"{how}; nothing enhances, so none of it is taken for necrosis"
    return found


def _bin(part: float) -> str:
    if part <= 0:
        return "none"
    if part >= 1:
        return "all"
    return next((name for limit, name in BINS if part <= limit), "more than 95 %")


def _enhancement(known: Known) -> dict[int, Answer]:
    enhancing = known.regions["ET"]
    if not known.enhances:
        how = f"less than {LEAST_ML:g} ml of enhancing tumor"
        return {4: ("none", how), 11: ("none", how)}
    found: dict[int, Answer] = {}
    if "t1c" in known.images:
        level = leveled(known.images["t1c"], known.healthy_mm)
        if level is not None:
            places = enhancing.to_mm(np.argwhere(enhancing.inside))
            middle = float(np.median(level.at(places)))
            value = "marked" if middle >= MARKED else "mild"
            found[4] = value, f"median on T1c, {middle:.1f} spreads above that of healthy brain"
    if known.regions["NCR"].ml < SOLID * known.regions["TC"].ml:
        return found | {11: ("solid", f"less than {100 * SOLID:g} % of the core does not enhance")}
    depth = ndimage.distance_transform_edt(enhancing.inside, sampling=enhancing.spacing_mm)
    thick = 2 * float(np.percentile(np.asarray(depth)[enhancing.inside], 90))
    value = "thin" if thick < THIN_MM else "thick or nodular"
    return found | {11: (value, f"twice the 90th percentile of the depth: {thick:.1f} mm")}


def _foci(known: Known) -> dict[int, Answer]:
    whole, core = known.regions["WT"], known.regions["TC"]
    joined, _ = ndimage.label(whole.inside, np.ones((3, 3, 3), bool))
    beds = len(set(np.unique(joined[core.inside]).tolist()) - {0}) if core.inside.any() else 1
    foci = len({lesion.focus for lesion in known.lesions})
    cores = sum(not _is_edema_only(lesion) for lesion in known.lesions)
    how = f"{foci} foci more than 10 mm apart, {cores} cores in {beds} beds of edema"
    value = "focal"
    if foci > 1:
        value = "multicentric" if beds > 1 else "multifocal"
    return {9: (value, how), 24: ("yes" if cores > beds else "no", how)}


def _is_edema_only(lesion: Lesion) -> bool:
    return lesion.measurements[0].how.startswith("whole tumor")


def _extension(known: Known) -> dict[int, Answer]:
    found: dict[int, Answer] = {}
    if known.ventricles_mm is not None:
        value = "yes" if known.ventricles_mm <= TOUCHING_MM else "no"
        found[19] = value, f"the core lies {known.ventricles_mm:.1f} mm from the ventricles"
    if known.surface_mm is not None:
        value = "yes" if known.surface_mm <= CORTEX_MM else "no"
        far = "far" if isinf(known.surface_mm) else f"{known.surface_mm:.1f} mm"
        how = f"the core lies {far} from the surface of the brain"
        found[20] = value, f"{how}; the cortex along the midline is not looked at"
    if known.atlas is not None and knows(known.atlas, "brainstem"):
        part = share_of(known.atlas, _core(known), "brainstem")
        if part >= 0.01:
            found[21] = "yes", f"{100 * part:.0f} % of the core lies in the brainstem of the atlas"
    return found


def _cysts(known: Known) -> dict[int, Answer]:
    """Look for fluid in the core: as bright on T2 as fluid, and dark on FLAIR."""
    core = _core(known)
    levels = [
        leveled(known.images[name], known.healthy_mm) if name in known.images else None
        for name in ("t2", "flair")
    ]
    if core.is_empty or None in levels:
        return {}
    places = core.to_mm(np.argwhere(core.inside))
    t2, flair = (level for level in levels if level is not None)
    wet = np.zeros_like(core.inside)
    wet[core.inside] = (t2.at(places) > _wet(t2, known, 99)) & (
        flair.at(places) < _wet(flair, known, 1)
    )
    bodies, number = ndimage.label(wet)
    largest = int(np.bincount(bodies.ravel())[1:].max()) if number else 0
    ml = largest * core.voxel_ml
    how = f"largest body in the core as bright on T2 and dark on FLAIR as fluid: {ml:.1f} ml"
    value = "yes" if ml >= CYST_ML else "no"
    return {8: (value, f"{how} ({CYST_ML:g} asked); necrosis that is fluid looks the same")}


def _wet(level: Leveled, known: Known, percent: int) -> float:
    return WET * float(np.percentile(level.at(known.healthy_mm), percent))


def _on_t1(known: Known) -> dict[int, Answer]:
    """Compare what is dark on T1 with what is bright on FLAIR, which the whole tumor stands for."""
    if not {"t1", "flair"} <= set(known.images):
        return {}
    level = leveled(known.images["t1"], known.healthy_mm)
    if level is None:
        return {}
    whole = known.regions["WT"]
    places = whole.to_mm(np.argwhere(whole.inside))
    covered = within(known.images["t1"], places)
    if covered.mean() < COVERED:
        return {}
    dark = float((level.at(places[covered]) < -DARK_T1).mean())
    value = "mixed"
    if dark >= EXPANSIVE:
        value = "expansive"
    elif dark < INFILTRATIVE:
        value = "infiltrative"
    how = f"{100 * dark:.0f} % of the whole tumor is {DARK_T1:g} spreads darker than healthy brain"
    return {10: (value, f"{how} on T1; bounds of {INFILTRATIVE:g} and {EXPANSIVE:g} are ours")}


def _midline(known: Known) -> dict[int, Answer]:
    if known.midline is None:
        return {}
    found = {15: _crosses(known.regions["ED"], known.midline)}
    found[23] = _crosses(known.regions["ET"], known.midline)
    if not known.enhances:
        found[22] = _crosses(known.regions["NCR"], known.midline)
    return found


def _crosses(region: Region, midline: Midline) -> Answer:
    how = f"{ACROSS_ML:g} ml or more beyond {ACROSS_MM:g} mm on both sides of the plane"
    if region.is_empty:
        return "none there", how
    places = region.to_mm(np.argwhere(region.inside))
    off = (places - np.array(midline.point_mm)) @ np.array(midline.normal)
    lesser = min(int((off > ACROSS_MM).sum()), int((off < -ACROSS_MM).sum()))
    return ("yes" if lesser * region.voxel_ml >= ACROSS_ML else "no"), how


def _size(known: Known) -> dict[int, Answer]:
    if known.crossed is None:
        return {}
    how = "crossed diameters of the whole tumor on the axial slice of the largest product"
    longest, across = known.crossed.longest.length_mm, known.crossed.across.length_mm
    return {29: (f"{longest:.0f} mm", how), 30: (f"{across:.0f} mm", how)}
