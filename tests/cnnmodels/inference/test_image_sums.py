"""Metrics from the sums of single images are those that a sweep records."""

import numpy as np
import pytest
import torch

from cnnmodels.checkpoint import Checkpoint
from cnnmodels.config import parse
from cnnmodels.data import VOID, ImageData, Split
from cnnmodels.evaluation import evaluate
from cnnmodels.inference.image_sums import measure
from cnnmodels.inference.metrics_of_sums import metrics_of_sums
from cnnmodels.metric_table import EVERY_TASK, METRICS
from cnnmodels.networks import build
from cnnmodels.predict import load_network
from cnnmodels.tasks import make_task
from tests.cnnmodels.inference.test_predictor import CLASSES, CPU, KINDS

COUNT, SIZE = 20, (21, 26)  # more than one batch


def data_of(task: str) -> ImageData:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (COUNT, 3, *SIZE), dtype=np.uint8)
    targets = None
    if task == "classification":
        targets = rng.integers(0, 2, COUNT)  # the last class does not occur
    elif task == "segmentation":
        targets = rng.choice(np.array([0, 1, VOID], dtype=np.uint8), (COUNT, *SIZE))
        targets[3] = VOID
        targets[5] = 1
    split = Split(images, targets)
    colors = ((0, 0, 0),) * len(CLASSES[task])
    return ImageData(split, split, None, CLASSES[task], colors, "", "0", SIZE)


@pytest.fixture(params=KINDS)
def measured(request):
    task = request.param
    config = parse({"task": task, "width": 4, **KINDS[task]})
    data, outputs = data_of(task), len(CLASSES[task]) or 64
    network = Checkpoint(
        config.model_dump(mode="json"), outputs, 1, build(config, outputs).state_dict(), {}, None, 0, [], None
    )
    halves = [Split(part.images, part.targets) for part in (data.val,)]
    told = []
    found = measure(network, data, halves, CPU, lambda done, total: told.append((done, total)))
    assert told == [(16, COUNT), (COUNT, COUNT)]
    return task, network, data, found


def test_summed_over_all_images_they_are_what_evaluate_gives(measured):
    task, network, data, found = measured
    total = {name: values.sum(0, keepdims=True) for name, values in found.sums.items()}
    metrics = {name: values[0] for name, values in metrics_of_sums(total, task, CLASSES[task]).items()}
    said = evaluate(load_network(network), make_task(parse(network.config), data, CPU), data.val, CPU)
    wanted = {*METRICS[task], *(name for name in said if name.startswith("val_iou_"))}
    wanted -= EVERY_TASK.keys() - {"val_loss"}
    assert {name: metrics[name] for name in wanted} == pytest.approx({name: said[name] for name in wanted}, rel=1e-4)
    assert [name for name, value in metrics.items() if np.isnan(value)] == ["val_iou_c"] * (task == "segmentation")


def test_each_row_is_one_image(measured):
    task, network, data, found = measured
    alone = metrics_of_sums(found.sums, task, CLASSES[task])
    for place in (0, 17):
        targets = None if data.val.targets is None else data.val.targets[[place]]
        one = Split(data.val.images[[place]], targets)
        said = evaluate(load_network(network), make_task(parse(network.config), data, CPU), one, CPU)
        for name in METRICS[task].keys() & alone.keys():
            assert alone[name][place] == pytest.approx(said[name], rel=1e-4), name


def test_the_confusion_counts_every_image_or_pixel_that_is_not_void(measured):
    task, _, data, found = measured
    if task == "colorization":
        assert found.confusion is None
        return
    counted = data.val.targets[data.val.targets != VOID]
    assert found.confusion.sum(1).tolist() == np.bincount(counted, minlength=3).tolist()
    assert found.confusion.dtype == np.int64
    assert torch.from_numpy(found.confusion).sum(0).tolist() == found.sums["predicted"].sum(0).tolist()
