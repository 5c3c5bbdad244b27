"""Intervals of metrics over images: how often they hold, and where they are not given."""

import numpy as np
import pytest

from cnnmodels.inference.metrics_of_sums import metrics_of_sums
from reports.analysis.bootstrap import draws, interval, share_interval

CLASSES = ("a", "b")


def images_of(rng, count):
    """Sums of images whose two classes are hit at rates that differ from image to image."""
    truth = rng.integers(20, 200, (count, 2)).astype(float)
    rate = rng.beta(6, 2, (count, 2))
    hits = np.rint(truth * rate)
    missed = truth - hits
    return {
        "hits": hits,
        "truth": truth,
        "predicted": hits + missed[:, ::-1],  # what is missed of one is taken for the other
        "loss": missed.sum(1),
        "loss_count": truth.sum(1),
        "jaccard": rate.mean(1),
        "jaccard_count": np.ones(count),
    }


def measured(sums):
    return metrics_of_sums(sums, "segmentation", CLASSES)


@pytest.mark.parametrize("count", [8, 30])
def test_a_95_percent_interval_holds_the_value_of_all_images_in_more_than_90_of_100_cases(count):
    rng = np.random.default_rng(0)
    everything = images_of(rng, 200_000)
    truth = {name: value[0] for name, value in measured({k: v.sum(0)[None] for k, v in everything.items()}).items()}
    hits, cases = dict.fromkeys(("val_miou", "val_loss", "val_iou_a"), 0), 400
    for _ in range(cases):
        drawn = draws(images_of(rng, count), measured, rng, count=400)
        for name in hits:
            low, high = interval(drawn[name], count)
            hits[name] += low <= truth[name] <= high
    for name, held in hits.items():
        assert 0.9 < held / cases < 0.98, (name, held / cases)


def test_draws_are_those_of_whole_images():
    rng = np.random.default_rng(0)
    sums = {"loss": np.array([1.0, 3.0]), "loss_count": np.array([1.0, 1.0])}
    drawn = draws(sums, lambda one: {"mean": one["loss"] / one["loss_count"]}, rng, count=250)["mean"]
    assert len(drawn) == 250
    assert set(drawn) == {1.0, 2.0, 3.0}


def test_no_interval_is_given_of_few_images_or_of_those_that_all_agree():
    assert interval(np.array([0.1, 0.2, 0.3]), 4) is None
    assert interval(np.full(100, 0.5), 50) is None
    assert interval(np.full(100, np.nan), 50) is None
    assert interval(np.linspace(0, 1, 101), 50) is not None


def test_a_class_that_some_draws_lack_has_its_interval_from_the_others():
    low, high = interval(np.array([np.nan, *np.linspace(0.4, 0.6, 99)]), 5)
    assert 0.4 <= low < high <= 0.6


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(10, 10, 0.6915, 1.0), (0, 10, 0.0, 0.3085), (8, 10, 0.4439, 0.9748)]
)
def test_the_interval_of_a_share_is_that_of_clopper_and_pearson(hits, of, low, high):
    assert share_interval(hits, of) == pytest.approx((low, high), abs=1e-4)


def test_a_share_of_few_has_no_interval():
    assert share_interval(2, 4) is None
