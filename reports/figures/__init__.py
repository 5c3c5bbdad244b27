"""The figures by name: the notebook, the report's page and its templates find them here, by these names alone.

A new figure is one file beside these and one line in the table; a section of a template may name it, else it stands
under "More figures".
"""

from __future__ import annotations

from reports.figures import (
    ablation,
    best_so_far,
    class_iou,
    confusion,
    importance,
    isolation,
    knob_effects,
    knob_pair,
    learning_curves,
    parallel_coordinates,
    pareto,
    rungs,
    timeline,
    training_validation,
    tuning_curve,
)
from reports.figures.figure import Figure

FIGURES: dict[str, Figure] = {
    "learning_curves": learning_curves.FIGURE,
    "best_so_far": best_so_far.FIGURE,
    "tuning_curve": tuning_curve.FIGURE,
    "rungs": rungs.FIGURE,
    "training_validation": training_validation.FIGURE,
    "timeline": timeline.FIGURE,
    "pareto": pareto.FIGURE,
    "parallel_coordinates": parallel_coordinates.FIGURE,
    "importance": importance.FIGURE,
    "knob_effects": knob_effects.FIGURE,
    "isolation": isolation.FIGURE,
    "knob_pair": knob_pair.FIGURE,
    "class_iou": class_iou.FIGURE,
    "confusion": confusion.FIGURE,
    "ablation": ablation.FIGURE,
}
