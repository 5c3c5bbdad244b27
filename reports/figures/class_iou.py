"""IoU class by class, the best trial against the default configuration."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import GREY, RED, figure


def draw(best: pd.DataFrame, default: pd.DataFrame, colors: dict[str, str]) -> go.Figure:
    """IoU of each class in the best trial, in the class's own colour, and a mark where the default was.

    Args:
        best: name and iou of each class (tables.class_iou_table).
        default: the same of the default configuration.
        colors: of each class by its name, as CSS writes them.
    """
    drawn = figure("IoU on the validation images", "")
    names = best.sort_values("iou")["name"]
    of_best, of_default = (table.set_index("name")["iou"].reindex(names) for table in (best, default))
    drawn.add_trace(
        go.Bar(
            x=of_best,
            y=list(names),
            orientation="h",
            name="best",
            marker={"color": [colors.get(name, GREY) for name in names], "line": {"color": GREY, "width": 1}},
            hovertemplate="best %{x:.3f}<extra></extra>",
        )
    )
    drawn.add_trace(
        go.Scatter(
            x=of_default,
            y=list(names),
            mode="markers",
            name="default",
            marker={"symbol": "line-ns-open", "size": 18, "color": RED, "line": {"width": 3}},
            hovertemplate="default %{x:.3f}<extra></extra>",
        )
    )
    drawn.update_layout(height=120 + 26 * len(names), bargap=0.35)
    drawn.update_yaxes(automargin=True)
    return drawn


def of_sweep(view: SweepView) -> go.Figure | None:
    if view.classes is None:
        return None
    best, default = view.classes
    colors = zip(view.spec.data.classes, view.spec.data.colors, strict=True)
    return draw(best, default, {name: "#{:02x}{:02x}{:02x}".format(*color) for name, color in colors})


def says(view: SweepView) -> str | None:
    if view.classes is None:
        return None
    return f"{view.spec.data.classes_in_words} {sentence(*view.classes)}".strip()


def sentence(best: pd.DataFrame, default: pd.DataFrame) -> str:
    """Where the best trial is good, and where it gained."""
    both = best.merge(default, on="name", suffixes=("_best", "_default")).dropna()
    if both.empty:
        return ""
    both["gain"] = both["iou_best"] - both["iou_default"]
    *_, top = (by_value := both.sort_values("iou_best").to_dict("records"))
    most = both.sort_values("gain").to_dict("records")[-1]
    least = by_value[0]
    said = f"Best at {top['name']} ({top['iou_best']:.3f}), worst at {least['name']} ({least['iou_best']:.3f})."
    if most["gain"] > 0:
        said += f" The largest gain over the default is at {most['name']} (+{most['gain']:.3f})"
        lost = int((both["gain"] < 0).sum())
        said += f"; {lost} of {len(both)} classes lost." if lost else "; no class lost."
    return said


FIGURE = Figure(of_sweep, says)
