"""Metrics over a whole split, against torchmetrics and by hand."""

import pytest
import torch
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score, MulticlassJaccardIndex

from cnnmodels.class_weights import class_weights, inverse_frequency_weights
from cnnmodels.confusion import (
    ConfusionMatrix,
    image_jaccards,
    intersection_over_union,
    macro_f1,
    mean_iou,
    pixel_accuracy,
)
from cnnmodels.data.image_data import VOID
from cnnmodels.errors import DataError

CLASSES = 6


def random_batches(seed: int, void: float) -> list[tuple[torch.Tensor, torch.Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    made = []
    for size in (4, 4, 1):
        targets = torch.randint(0, CLASSES, (size, 9, 7), generator=generator, dtype=torch.uint8)
        targets[torch.rand(targets.shape, generator=generator) < void] = VOID
        made.append((torch.randint(0, CLASSES, (size, 9, 7), generator=generator), targets))
    return made


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("void", [0.0, 0.3])
def test_accumulated_metrics_agree_with_torchmetrics(seed, void):
    ours = ConfusionMatrix(CLASSES, torch.device("cpu"))
    jaccard = MulticlassJaccardIndex(CLASSES, average="none", ignore_index=VOID)
    accuracy = MulticlassAccuracy(CLASSES, average="micro", ignore_index=VOID)
    for predictions, targets in random_batches(seed, void):
        ours.add(predictions, targets)
        jaccard.update(predictions, targets.long())
        accuracy.update(predictions, targets.long())
    per_class = intersection_over_union(ours.matrix())
    torch.testing.assert_close(per_class.float(), jaccard.compute())
    assert mean_iou(ours.matrix()) == pytest.approx(float(jaccard.compute().mean()), abs=1e-6)
    assert pixel_accuracy(ours.matrix()) == pytest.approx(float(accuracy.compute()), abs=1e-6)


def test_classes_that_do_not_occur_in_the_truth_are_left_out_of_every_mean_predicted_or_not():
    confusion = ConfusionMatrix(4, torch.device("cpu"))
    confusion.add(torch.tensor([[[0, 0, 1, 1, 2]]]), torch.tensor([[[0, 1, 1, 1, 1]]], dtype=torch.uint8))
    per_class = intersection_over_union(confusion.matrix())
    assert per_class[:2].tolist() == pytest.approx([1 / 2, 2 / 4])
    assert per_class[2:].isnan().all(), "2 was predicted and 3 was not; neither occurs"
    assert mean_iou(confusion.matrix()) == pytest.approx(1 / 2)
    assert macro_f1(confusion.matrix()) == pytest.approx((2 / 3 + 4 / 6) / 2)


def test_every_network_is_measured_on_the_same_classes():
    truth = torch.tensor([[[0, 0, 0, 1]]], dtype=torch.uint8)
    counted = set()
    for guess in range(17):
        confusion = ConfusionMatrix(17, torch.device("cpu"))
        confusion.add(torch.full((1, 1, 4), guess), truth)
        counted.add(tuple(intersection_over_union(confusion.matrix()).isfinite().nonzero().flatten().tolist()))
    assert counted == {(0, 1)}


def test_inverse_frequency_makes_a_rare_class_count_as_much():
    weights = inverse_frequency_weights(torch.tensor([900, 100, 0]))
    assert weights[2] == 0
    assert weights[:2].mean() == pytest.approx(1)
    assert weights[1] / weights[0] == pytest.approx(9)


def test_a_class_of_a_few_pixels_does_not_drown_the_rest():
    weights = inverse_frequency_weights(torch.tensor([10**6, 3]))
    assert weights[1] / weights[0] == pytest.approx(1000, rel=1e-2)


def test_no_class_at_all_is_refused():
    with pytest.raises(DataError, match="only void"):
        inverse_frequency_weights(torch.zeros(3, dtype=torch.int64))


@pytest.mark.parametrize("seed", range(5))
def test_accuracy_and_macro_f1_of_whole_images_agree_with_torchmetrics(seed):
    generator = torch.Generator().manual_seed(seed)
    truth = torch.randint(0, CLASSES, (200,), generator=generator)
    predictions = torch.randint(0, CLASSES, (200,), generator=generator)
    confusion = ConfusionMatrix(CLASSES, torch.device("cpu"), void=None)
    confusion.add(predictions, truth)
    f1 = MulticlassF1Score(CLASSES, average="macro")(predictions, truth)
    assert macro_f1(confusion.matrix()) == pytest.approx(float(f1), abs=1e-6)


def test_class_255_of_many_is_a_class_like_the_others():
    confusion = ConfusionMatrix(400, torch.device("cpu"), void=None)
    confusion.add(torch.tensor([255, 3]), torch.tensor([255, 3]))
    assert pixel_accuracy(confusion.matrix()) == 1


@pytest.mark.parametrize("seed", range(3))
def test_the_jaccard_of_each_image_counts_its_truth_and_its_prediction(seed):
    predictions, targets = random_batches(seed, 0.2)[0]
    expected = []
    for prediction, target in zip(predictions, targets, strict=True):
        alone = MulticlassJaccardIndex(CLASSES, average="macro", ignore_index=VOID)  # of truth or prediction, as theirs
        expected.append(float(alone(prediction[None], target[None].long())))
    assert image_jaccards(predictions, targets, CLASSES).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["none", "inverse", "median", "effective"])
def test_every_kind_of_weights_has_mean_one_and_never_favours_the_common_class(kind):
    weights = class_weights(torch.tensor([9000, 900, 100, 10]), kind)
    assert weights.mean() == pytest.approx(1)
    assert (weights.diff() >= 0).all()


def test_median_frequency_leaves_classes_above_the_median_alike():
    weights = class_weights(torch.tensor([9000, 900, 100]), "median")
    assert weights[0] == weights[1] < weights[2]
