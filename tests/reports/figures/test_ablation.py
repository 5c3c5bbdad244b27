"""What each setting is worth, drawn."""

from reports.figures.ablation import FIGURE


def test_a_verdict_has_its_own_mark_and_the_plan_its_order(views):
    drawn = FIGURE.draw(views["ablation"])
    helps, hurts, cannot_tell = drawn.data
    assert list(helps.y) == ["lr back to 0.001 (from 0.01)"]
    assert list(hurts.y) == []
    assert list(cannot_tell.y) == ["skip back to false (from true)"]
    assert cannot_tell.marker.symbol == "circle-open"
    assert helps.error_x.array[0] < helps.x[0], "its interval leaves 0 out"
    assert list(drawn.layout.yaxis.categoryarray) == [*cannot_tell.y, *helps.y]


def test_a_sweep_that_is_no_ablation_has_none(views):
    assert FIGURE.draw(views["pruning"]) is None
