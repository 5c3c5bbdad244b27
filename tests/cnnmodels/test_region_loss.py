"""The loss over regions is one minus an overlap."""

import pytest
import torch

from cnnmodels.data.image_data import VOID
from cnnmodels.region_loss import region_loss


def logits_of(labels, classes=3, certainty=20.0):
    return torch.nn.functional.one_hot(labels, classes).movedim(-1, 1).float() * certainty


@pytest.mark.parametrize("kind", ["dice", "tversky"])
def test_the_truth_costs_nothing_and_its_opposite_all(kind):
    labels = torch.tensor([[[0, 0], [1, 2]]])
    assert region_loss(logits_of(labels), labels, kind) == pytest.approx(0, abs=1e-5)
    assert region_loss(logits_of((labels + 1) % 3), labels, kind) == pytest.approx(1, abs=1e-5)


def test_dice_is_what_its_definition_says():
    labels = torch.tensor([[[0, 0, 0, 1]]])
    guess = torch.tensor([[[0, 0, 1, 1]]])
    expected = 1 - (2 * 2 / (2 + 3) + 2 * 1 / (2 + 1)) / 2
    assert region_loss(logits_of(guess, 2), labels, "dice") == pytest.approx(expected, abs=1e-5)


def test_tversky_minds_missed_pixels_more_than_false_ones():
    labels = torch.tensor([[[0, 0, 0, 0, 1, 1]]])
    missed, false = torch.tensor([[[0, 0, 0, 0, 0, 1]]]), torch.tensor([[[0, 0, 0, 1, 1, 1]]])
    assert region_loss(logits_of(missed, 2), labels, "tversky") > region_loss(logits_of(false, 2), labels, "tversky")


def test_void_counts_nowhere_and_nothing_but_void_costs_nothing():
    labels = torch.tensor([[[0, 1, VOID]]])
    one, other = (region_loss(logits_of(torch.tensor([[[0, 1, void]]])), labels, "dice") for void in (1, 2))
    assert torch.equal(one, other)
    assert region_loss(logits_of(torch.tensor([[[0, 1]]])), torch.tensor([[[VOID, VOID]]]), "dice") == 0
