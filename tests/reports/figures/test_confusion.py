"""The confusion matrix."""

from reports.figures.confusion import FIGURE, draw


def test_shares_are_of_each_true_class_and_one_without_images_is_all_nought(views):
    heat = FIGURE.draw(views["classification"]).data[0]
    assert [list(row) for row in heat.z] == [[0.75, 0.25, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    assert list(heat.x) == list(heat.y) == ["road", "pole", "car"]
    assert list(heat.customdata[0]) == [3, 1, 0]


def test_the_counts_stand_in_the_cells_as_long_as_they_are_legible(views):
    heat = FIGURE.draw(views["classification"]).data[0]
    assert [list(row) for row in heat.text] == [["3", "1", ""], ["", "4", ""], ["", "", ""]]
    assert draw([[1] * 40] * 40, [str(one) for one in range(40)]).data[0].text is None


def test_a_sweep_without_pictures_has_none(views):
    assert FIGURE.draw(views["pruning"]) is None
