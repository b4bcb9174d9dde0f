"""The classes of the slice networks, in the one order used everywhere."""

from neuroscope.records.prediction import TUMOR_CLASSES

CLASS_NAMES = TUMOR_CLASSES
NO_TUMOR = CLASS_NAMES.index("notumor")
