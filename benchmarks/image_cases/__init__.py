"""Image folders as people have them: what is made, what a person rightly expects, and whether that is what happens.

Every input is drawn here, in a fresh folder. Reported against other trainers and tools, or variations of such reports.
"""

from benchmarks.image_cases import folders, labels, layouts, outlines, photos
from benchmarks.image_cases.case import Case, Outcome, outcome_of

CASES: list[Case] = [*labels.CASES, *photos.CASES, *folders.CASES, *layouts.CASES, *outlines.CASES]

__all__ = ["CASES", "Case", "Outcome", "outcome_of"]
