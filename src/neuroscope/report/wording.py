"""Say in plain sentences what an analysis found, and where each number comes from."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import version
from math import floor, isfinite, log10

from neuroscope.records.analysis import Analysis, SeriesFinding, SliceFinding
from neuroscope.records.heatmap import Heatmap
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.measurement import Measurement
from neuroscope.records.modelcard import ModelCard
from neuroscope.records.prediction import CLASS_NAMES, Prediction
from neuroscope.records.report import Report, Section
from neuroscope.report.doubt import WHAT_SETS_PROMISE, doubt_lines
from neuroscope.settings import RESEARCH_USE

FINDING_OF_STUDY = "Finding of the study"
RULE_OF_VOLUMES = "docs/explanation/volume-decision.md"
NO_PROBABILITY_IS_CERTAIN = 0.995  # above it, or below 1 minus it, we write a bound

CLASS_PHRASES = {
    "glioma": "glioma",
    "meningioma": "meningioma",
    "pituitary": "pituitary tumor",
    "notumor": "no tumor",
}

MAP_MEANS = (
    (
        "The network reaches its decision as a sum of contributions, one from each place of the "
        "image. The colored map shows exactly these contributions for the class named beside it: "
        "orange places raised its score, blue places lowered it, relative to the mean of all "
        "classes."
    ),
    (
        "The white line encloses places above the threshold that was chosen on validation data. "
        "The color scale is a constant of the model, so pictures in this report can be compared."
    ),
)
MAP_DOES_NOT_MEAN = (
    (
        "The map shows where the network found its evidence. It is not a segmentation, not a "
        "margin, not a measurement of the tumor, and not a place to operate on or to sample."
    ),
    (
        "A plausible map does not prove that the decision is right, and evidence outside the "
        "lesion is a reason to doubt the decision."
    ),
    "Each place of the map covers several pixels of the image; its edge is not sharper than that.",
    "The network knows four answers only. Any other disease is forced into one of them.",
)


def software_version() -> str:
    """Name the version of this software."""
    return version("neuroscope")


def probability_text(p: float) -> str:
    """Write a probability with two decimals, never as certain."""
    if p > NO_PROBABILITY_IS_CERTAIN:
        return "> 0.99"
    if p < 1 - NO_PROBABILITY_IS_CERTAIN:
        return "< 0.01"
    return f"{p:.2f}"


def answer_text(prediction: Prediction) -> str:
    """Write the answer and its probability in a few words."""
    return f"{CLASS_NAMES[prediction.label]}, p {probability_text(prediction.p_label)}"


def passport_text(heatmap: Heatmap) -> str:
    """Say how a map did in its tests; empty if it was not tested."""
    passport = heatmap.passport
    if passport is None or not passport.assessed:
        return ""
    return passport.sentence + ("" if heatmap.is_trusted else " It is drawn gray.")


def number_text(value: float, unit: str = "") -> str:
    """Write a number with three digits that count, at most four decimals, never an exponent.

    A pure number (unit `1`) stands without the zeros at its end.
    """
    if value == 0 or not isfinite(value):
        return "0" if value == 0 else "not known"
    text = f"{value:.{min(max(2 - floor(log10(abs(value))), 0), 4)}f}".replace("-", "−")
    if unit == "1" and "." in text:
        return text.rstrip("0").rstrip(".")
    return text


def amount_text(value: float, unit: str) -> str:
    """Write a number with its unit."""
    units = {"1": "", "cm2": " cm²", "mm2": " mm²", "deg": "°"}
    return number_text(value, unit) + units.get(unit, f" {unit}")


def between_text(low: float, high: float, unit: str) -> str:
    """Write an interval without its unit."""
    return f"{number_text(low, unit)} to {number_text(high, unit)}"


def value_text(measurement: Measurement) -> str:
    """Write the value of a measurement, with its unit and its interval if it has them."""
    if measurement.unit == "probability":
        text = probability_text(measurement.value)
    elif measurement.unit in ("slices", "images", "files", "places"):
        text = f"{measurement.value:.0f}"
    elif measurement.unit == "logit":
        text = f"{measurement.value:.2g} {measurement.unit}"
    else:
        text = amount_text(measurement.value, measurement.unit)
    if measurement.interval is not None:
        low, high = measurement.interval
        kind = "interval" if "interval" in measurement.how else "95 % interval"
        text += f" ({kind} {between_text(low, high, measurement.unit)})"
    return text


def compose(
    analysis: Analysis,
    imported: ImportedStudy,
    *,
    card: ModelCard | None = None,
    in_space: Section | None = None,
) -> Report:
    """Write the sections of the report.

    Parameters
    ----------
    card
        The card of the model that spoke; its test results are quoted if it is given.
    in_space
        What `space_wording` says of a study that was examined in space.

    Raises
    ------
    BadInputError
        If a number would stand without its source.
    """
    titles = {series.id: series.title for series in imported.study.series}
    doubts = tuple(c for c in analysis.cautions if c not in imported.study.cautions)
    of_study = _study_finding(analysis, titles, doubts)
    of_series = [_finding(found, titles[found.series_id]) for found in analysis.series]
    if not of_study and of_series:  # the only series speaks for the study
        of_series[0] = replace(of_series[0], cautions=(*doubts, *of_series[0].cautions))
    sections = [
        *of_study,
        *of_series,
        *((in_space,) if in_space else ()),
        _certainty(analysis, card),
        _cautions(analysis, imported, titles),
        _map_meaning(analysis),
        Section("What the map does not mean", MAP_DOES_NOT_MEAN),
        _method(analysis, card),
    ]
    if analysis.unreadable:
        sections.append(_unreadable(analysis))
    return Report(
        study_id=analysis.study_id,
        pseudonym=analysis.pseudonym,
        version=software_version(),
        sections=tuple(sections),
        research_use=RESEARCH_USE,
    )


def probability_of(prediction: Prediction, label: str, source: str) -> Measurement:
    """Record one class probability with its source."""
    return Measurement(
        name=f"probability of {CLASS_PHRASES[label]}",
        value=prediction.p_class[label],
        unit="probability",
        how="softmax of the logits divided by the temperature; no interval is known for one image",
        source=source,
    )


def _count(name: str, number: int, unit: str, source: str) -> Measurement:
    return Measurement(name=name, value=float(number), unit=unit, how="counted", source=source)


def _study_finding(
    analysis: Analysis, titles: dict[str, str], doubts: tuple[str, ...]
) -> tuple[Section, ...]:
    """Say which of several series speaks for the study, and what speaks against it."""
    found = analysis.headline
    if found is None or found.headline is None or len(analysis.series) < 2:
        return ()
    p_label = probability_of(found.headline, found.headline.label, f"series {found.series_id}")
    sentence = (
        f"The answer for the study is that of {titles[found.series_id]}, of all its series the one "
        "most like the images the network was trained on: "
        f"{CLASS_PHRASES[found.headline.label]}, with a probability of {value_text(p_label)}."
    )
    return (Section(FINDING_OF_STUDY, (sentence,), (p_label,), doubts),)


def _finding(found: SeriesFinding, title: str) -> Section:
    if found.decision is not None:
        return _volume_finding(found, found.decision, title)
    return _slices_finding(found, title)


def _volume_finding(found: SeriesFinding, decision: Prediction, title: str) -> Section:
    source = f"series {found.series_id}"
    p_label = probability_of(decision, decision.label, source)
    run = _count("slices analyzed", len(found.slices), "slices", source)
    sentences = [
        (
            f"The network's most probable answer is {CLASS_PHRASES[decision.label]}, "
            f"with a probability of {value_text(p_label)}."
        )
    ]
    measurements = [p_label, run]
    sentences.append(f"Slices analyzed: {value_text(run)}.")
    if found.decided_by:
        deciding = _count("deciding slices", len(found.decided_by), "slices", source)
        sentences.append(f"Slices that made the decision: {value_text(deciding)}.")
        measurements.append(deciding)
    if found.not_run:
        skipped = _count("slices not analyzed", len(found.not_run), "slices", source)
        sentences.append(f"Slices not analyzed (no head, or unusable): {value_text(skipped)}.")
        measurements.append(skipped)
    sentences += doubt_lines(decision.doubt)
    return Section(f"Finding: {title}", tuple(sentences), tuple(measurements), found.cautions)


def _slices_finding(found: SeriesFinding, title: str) -> Section:
    source = f"series {found.series_id}"
    counts = Counter(finding.prediction.label for finding in found.slices)
    run = _count("slices analyzed", len(found.slices), "slices", source)
    per_class = [
        _count(f"slices called {CLASS_PHRASES[label]}", number, "slices", source)
        for label, number in counts.most_common()
    ]
    listed = ", ".join(
        f"{m.name.removeprefix('slices called ')} {value_text(m)}" for m in per_class
    )
    sentences = [f"Slices analyzed, each for itself: {value_text(run)}. Answers: {listed}."]
    measurements = [run, *per_class]
    surest = surest_slice(found)
    if surest is not None:
        p_label = probability_of(
            surest.prediction, surest.prediction.label, f"{source}, slice “{surest.name}”"
        )
        kind = "surest tumor slice" if surest.prediction.label != "notumor" else "surest slice"
        sentences.append(
            f"The {kind} is “{surest.name}”: {CLASS_PHRASES[surest.prediction.label]}, "
            f"with a probability of {value_text(p_label)}."
        )
        sentences += doubt_lines(surest.prediction.doubt)
        measurements.append(p_label)
    return Section(f"Finding: {title}", tuple(sentences), tuple(measurements), found.cautions)


def surest_slice(found: SeriesFinding) -> SliceFinding | None:
    """Find the slice that the headline of a series speaks of."""
    headline = found.headline
    return next((s for s in found.slices if s.prediction is headline), None)


def _certainty(analysis: Analysis, card: ModelCard | None) -> Section:
    sentences = []
    measurements = []
    predictions = list(_predictions(analysis))
    if predictions:
        temperature = Measurement(
            name="temperature",
            value=predictions[0].temperature,
            unit="1",
            how="fitted on the validation split by maximum likelihood; applied to every logit",
            source=f"model {analysis.model.name} {analysis.model.version}",
        )
        measurements.append(temperature)
        sentences.append(
            "Probabilities are calibrated by temperature scaling "
            f"(temperature {value_text(temperature)}). Among many cases like those of the test "
            "data, answers given with a certain probability were right about that often. "
            "For images of another kind (scanner, sequence, disease, age) this need not "
            "hold, and for whole volumes it does not."
        )
    if any(p.doubt is not None and p.doubt.sets for p in predictions):
        sentences.append(WHAT_SETS_PROMISE)
    for metric in _calibration_metrics(card):
        measurements.append(metric)
        sentences.append(f"From the model card: {metric.name} {value_text(metric)}.")
    return Section("How sure the network is", tuple(sentences), tuple(measurements))


def _calibration_metrics(card: ModelCard | None) -> list[Measurement]:
    """Choose the few metrics of a card that a reader needs beside a probability."""
    if card is None:
        return []
    wanted = ("balanced accuracy", "ece, both sets", "doubt: sensitivity", "doubt: errors among")
    chosen = [m for m in card.metrics if any(word in m.name.lower() for word in wanted)]
    return [m for m in chosen if m.source][:6]


def _predictions(analysis: Analysis) -> Iterable[Prediction]:
    for found in analysis.series:
        if found.decision is not None:
            yield found.decision
        for finding in found.slices:
            yield finding.prediction


def _cautions(analysis: Analysis, imported: ImportedStudy, titles: dict[str, str]) -> Section:
    of_series: dict[str, dict[str, None]] = {}
    for series in imported.study.series:
        for text in series.cautions:
            of_series.setdefault(text, {})[series.id] = None
    for found in analysis.series:
        for text in (*found.cautions, *(found.decision.cautions if found.decision else ())):
            of_series.setdefault(text, {})[found.series_id] = None
    cautions = [*imported.study.cautions, *analysis.cautions]
    cautions += [f"{_named(list(of), titles)}: {text}" for text, of in of_series.items()]
    for found in analysis.series:
        cautions += _slice_cautions(found, titles[found.series_id])
    unique = tuple(dict.fromkeys(cautions))
    if unique:
        return Section("Cautions", (), cautions=unique)
    return Section("Cautions", ("The software raised no caution for these images.",))


def _named(series_ids: list[str], titles: dict[str, str]) -> str:
    if len(series_ids) == len(titles) > 1:
        return "All series"
    return ", ".join(titles[series_id] for series_id in series_ids)


def _slice_cautions(found: SeriesFinding, title: str) -> list[str]:
    """Group equal cautions of slices, so that a page is not filled by one sentence."""
    names: dict[str, list[str]] = {}
    for finding in found.slices:
        for caution in finding.prediction.cautions:
            names.setdefault(caution, []).append(finding.name)
    grouped = []
    for caution, of in names.items():
        shown = ", ".join(f"“{name}”" for name in of[:3])
        more = f" and {len(of) - 3} more" if len(of) > 3 else ""
        grouped.append(f"{title}, slice {shown}{more}: {caution}")
    return grouped


def _map_meaning(analysis: Analysis) -> Section:
    gaps = [f.evidence.completeness_error for found in analysis.series for f in found.slices]
    if not gaps:
        return Section("What the map means", MAP_MEANS)
    gap = Measurement(
        name="largest gap between map and score",
        value=max(gaps),
        unit="logit",
        how="summed contributions minus centered logit; largest over all slices and classes",
        source=f"study {analysis.study_id}, computed on every slice",
    )
    exact = (
        "Summed over all places they equal the centered class score; "
        f"the largest gap on any slice of this study is {value_text(gap)}."
    )
    return Section("What the map means", (MAP_MEANS[0], exact, *MAP_MEANS[1:]), (gap,))


def _method(analysis: Analysis, card: ModelCard | None) -> Section:
    sentences = [
        (
            "Images were read, their orientation was taken from the file, and identifiers were "
            "removed. Slices were resampled to the input size of the network. One pass gives "
            "class scores and the evidence for every class."
        ),
    ]
    if any(found.decision for found in analysis.series):
        sentences.append(
            "A volume is cut into the slices of its own acquisition plane; its decision is "
            f"taken from the slices that are named as deciding, by the rule in {RULE_OF_VOLUMES}."
        )
    if card is not None:
        sentences.append(f"Intended use of the model: {card.intended_use}")
    return Section("Method", tuple(sentences))


def _unreadable(analysis: Analysis) -> Section:
    number = _count("files not read", len(analysis.unreadable), "files", "the files given")
    listed = tuple(f"“{u.name}”: {u.problem} {u.fix}" for u in analysis.unreadable[:40])
    lead = f"Files that could not be used: {value_text(number)}. The others were analyzed."
    return Section("Files that could not be read", (lead,), (number,), listed)
