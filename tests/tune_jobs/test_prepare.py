"""What is refused for the images alone, before a sweep has a folder."""

import dataclasses

import numpy as np
import pytest

from cnnmodels.data import VOID, ImageData
from cnnmodels.data.image_data import Split
from reports.records.errors import SweepError
from reports.records.spec import DataSummary
from search_spaces.loading import load
from tune_jobs.prepare import refuse_unmeasured_objective, summary_of

CLASSES = ("road", "road line", "猫", "sky")


def data_with(*shown: int) -> ImageData:
    """Four classes, of which the validation masks show some."""
    masks = np.full((2, 8, 8), VOID, dtype=np.uint8)
    for place, label in enumerate(shown):
        masks[:, place] = label
    split = Split(np.zeros((2, 3, 8, 8), dtype=np.uint8), masks)
    return ImageData(split, split, None, CLASSES, ((0, 0, 0),) * 4, "masks", "0", (8, 8))


def space_by(metric: str):
    return load("seg_unet", [f"objective.metric={metric}"])


@pytest.mark.parametrize("metric", ["val_iou_road_line", "val_iou_猫", "val_miou", "val_pixel_accuracy"])
def test_a_metric_that_the_validation_images_give_is_taken(metric):
    refuse_unmeasured_objective(space_by(metric), data_with(0, 1, 2))


def test_the_metric_of_a_class_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(SweepError) as refused:
        refuse_unmeasured_objective(space_by("val_iou_roads"), data_with(0, 1, 2))
    assert str(refused.value) == (
        "objective.metric: val_iou_roads: there is no such class. Did you mean `val_iou_road`? "
        "(measured: val_iou_road, val_iou_road_line, val_iou_猫)."
    )


def test_the_metric_of_a_class_that_no_validation_image_shows_is_refused_with_those_that_are():
    with pytest.raises(SweepError, match=r"val_iou_sky: no validation image shows 'sky'\..*measured: val_iou_road,"):
        refuse_unmeasured_objective(space_by("val_iou_sky"), data_with(0, 1))


def test_the_second_objective_is_looked_at_too():
    two = "objective=[{metric: val_miou, mode: max}, {metric: val_iou_sky, mode: max}]"
    with pytest.raises(SweepError, match="val_iou_sky"):
        refuse_unmeasured_objective(load("seg_unet", [two]), data_with(0))


def test_a_class_whose_name_is_no_text_is_written_with_escapes():
    data = dataclasses.replace(data_with(0, 1), classes=("caf\udce9", "[red]x", "猫", "d"), layout="of \udcff")
    summary = summary_of(data)
    assert DataSummary.model_validate_json(summary.model_dump_json()) == summary
    assert summary.classes == ("caf\\udce9", "[red]x", "猫", "d")
    assert summary.val_classes == ("caf\\udce9", "[red]x")
