import pytest

from cnnmodels.metric_names import metric_name


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("road line", "val_iou_road_line"),
        ("Car", "val_iou_car"),
        ("n/a: x", "val_iou_n_a_x"),
        ("Straße", "val_iou_straße"),
        ("猫", "val_iou_猫"),
    ],
)
def test_class_names_become_metric_names(name, metric):
    assert metric_name(name) == metric
