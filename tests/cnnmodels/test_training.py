"""Training runs: reproducible, resumable, ended for a reason that is said."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch

from cnnmodels import learner
from cnnmodels.batches import batches
from cnnmodels.config import CHANGES, TrialConfig, parse
from cnnmodels.data.image_data import VOID, ImageData, Split
from cnnmodels.data.joined import joined
from cnnmodels.errors import CheckpointError
from cnnmodels.evaluation import evenly_spaced
from cnnmodels.learner import Learner, steps_of
from cnnmodels.training import end_of, fit
from cnnmodels.weight_average import WeightAverage
from tests.repeatable import repeatable


def images_with_squares(count: int, seed: int) -> Split:
    """Bright squares of two colours on dark ground: three classes that can be learnt in a few steps."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 60, (count, 3, 20, 24), dtype=np.uint8)
    targets = np.zeros((count, 20, 24), dtype=np.uint8)
    for image, target in zip(images, targets, strict=True):
        for label in (1, 2):
            top, left = random.integers(0, 12), random.integers(0, 16)
            image[label, top : top + 7, left : left + 7] += 150
            target[top : top + 7, left : left + 7] = label
    targets[:, :2] = VOID
    return Split(images, targets)


@pytest.fixture(scope="module")
def data() -> ImageData:
    return ImageData(
        train=images_with_squares(13, seed=0),
        val=images_with_squares(6, seed=1),
        test=None,
        classes=("ground", "one", "two"),
        colors=((0, 0, 0), (0, 255, 0), (0, 0, 255)),
        layout="squares",
        fingerprint="0",
        image_size=(20, 24),
    )


@pytest.mark.parametrize("copies", [1, 3])
def test_an_epoch_goes_through_the_images_as_often_as_it_is_told_and_the_schedule_with_it(data, monkeypatch, copies):
    seen, steps, averaged = [], [], []
    gather, rate_at, update = learner.gather, learner.rate_at, WeightAverage.update

    def counted(split, indices, device):
        seen.append(indices.tolist())
        return gather(split, indices, device)

    def stepped(config, step, steps_per_epoch):
        steps.append((step, steps_per_epoch))
        return rate_at(config, step, steps_per_epoch)

    def taken(self, network, step):
        averaged.append(step)
        update(self, network, step)

    monkeypatch.setattr(learner, "gather", counted)
    monkeypatch.setattr(learner, "rate_at", stepped)
    monkeypatch.setattr(WeightAverage, "update", taken)
    wanted = config(epochs=2, augmentation_copies=copies, weight_average="swa", precision="float32")
    run(wanted, data)
    images = sorted(itertools.chain.from_iterable(seen))
    assert images == sorted([*range(13)] * copies * 2)
    per_epoch = steps_of(13, wanted)
    assert per_epoch == len(batches(torch.arange(13 * copies), 4))
    assert steps == [(step, per_epoch) for step in range(2 * per_epoch)]
    assert averaged == [step for step, _ in steps]


def test_each_time_that_an_epoch_sees_an_image_it_is_changed_anew(data, monkeypatch):
    drawn, augment = [], learner.augment

    def kept(images, masks, *how):
        images, masks = augment(images, masks, *how)
        drawn.extend(image.numpy().tobytes() for image in images)
        return images, masks

    monkeypatch.setattr(learner, "augment", kept)
    run(config(epochs=1, augmentation="rotate", augmentation_copies=3), data)
    assert len(drawn) == len(set(drawn)) == 39


def config(**knobs) -> TrialConfig:
    return parse({"model": "unet", "width": 4, "levels": 2, "batch_size": 4, "epochs": 4, "lr": 0.01, **knobs})


def run(config: TrialConfig, data: ImageData, **options):
    """Results with copies of the weights; a checkpoint is only good until the next epoch."""
    results = []
    for result in fit(config, data, **options):
        weights = (
            {name: value.clone() for name, value in result.checkpoint.network.items()} if result.checkpoint else {}
        )
        results.append((result, weights))
    return results


def equal(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_network_learns_what_can_be_learnt(data):
    results = run(config(epochs=15), data)
    assert results[-1][0].metrics["val_miou"] > 0.6
    assert results[-1][0].metrics["train_loss"] < results[0][0].metrics["train_loss"]


def test_every_epoch_reports_the_tasks_metrics_and_its_seconds(data):
    results = [result for result, _ in run(config(), data)]
    assert [result.epoch for result in results] == [1, 2, 3, 4]
    assert [result.ended for result in results] == [None, None, None, "completed"]
    wanted = {"train_loss", "val_loss", "val_miou", "val_pixel_accuracy", "val_iou_one", "val_iou_two"}
    assert wanted <= set(results[0].metrics)
    assert set(results[0].seconds) == {"data", "train", "validate"}


def test_training_metrics_are_of_training_images_as_they_are_with_the_weights_that_count(data):
    """A validation split that is the same images must give the same numbers, whatever was done to them in training."""
    seen = evenly_spaced(data.train, len(data.val))
    on_itself = dataclasses.replace(data, val=seen)
    for knobs in ({"augmentation": "all", "dropout": 0.5}, {"weight_average": "ema"}):
        for result, _ in run(config(**knobs), on_itself):
            of_both = [name for name in result.metrics if name.startswith("train_") and name != "train_loss"]
            assert {"train_eval_loss", "train_miou", "train_pixel_accuracy", "train_macro_jaccard"} == set(of_both)
            for name in of_both:
                counterpart = "val_loss" if name == "train_eval_loss" else name.replace("train_", "val_")
                assert result.metrics[name] == result.metrics[counterpart]


def test_training_metrics_are_of_images_from_the_first_to_the_last_and_never_of_many(data):
    assert len(evenly_spaced(data.train, 64)) == len(data.train)
    few = evenly_spaced(data.train, 3)
    assert [np.array_equal(few.images[at], data.train.images[of]) for at, of in ((0, 0), (1, 6), (2, 12))] == [True] * 3
    assert few.targets.shape == (3, 20, 24)


def test_a_seed_reproduces_a_run_bit_for_bit_whatever_ran_before(data):
    first = run(config(augmentation="all"), data)
    torch.manual_seed(99)
    run(config(optimizer="sgd", seed=3), data)
    torch.rand(5)
    again = run(config(augmentation="all"), data)
    assert equal(first[-1][1], again[-1][1])
    assert repeatable(first[-1][0].metrics) == repeatable(again[-1][0].metrics)


def test_another_seed_gives_another_run(data):
    assert not equal(run(config(epochs=1), data)[-1][1], run(config(epochs=1, seed=1), data)[-1][1])


def test_a_seed_may_be_a_clocks(data):
    assert run(config(epochs=1, augmentation="flip", seed=2**63 - 1), data)[-1][0].ended == "completed"


def test_a_run_leaves_the_global_random_state_alone(data):
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    run(config(epochs=1), data)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_run_depends_on_no_setting_of_its_caller_and_changes_none(data):
    plain = run(config(epochs=2), data)
    torch.set_default_dtype(torch.float64)
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = True, False
    try:
        again = []
        for result in fit(config(epochs=2), data):  # between epochs, too, the settings are the caller's
            assert torch.get_default_dtype() == torch.float64
            assert torch.backends.cudnn.benchmark
            assert not torch.backends.cudnn.deterministic
            again.append(result)
    finally:
        torch.set_default_dtype(torch.float32)
        torch.backends.cudnn.benchmark = False
    assert equal(plain[-1][1], again[-1].checkpoint.network)
    assert [repeatable(result.metrics) for result, _ in plain] == [repeatable(result.metrics) for result in again]


@pytest.mark.parametrize("deterministic", [True, False])
def test_cudnn_measures_the_fastest_way_only_where_a_run_need_not_repeat(data, deterministic, monkeypatch):
    seen, real = [], Learner.train_epoch

    def watched(*arguments):
        seen.append((torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic))
        return real(*arguments)

    monkeypatch.setattr(Learner, "train_epoch", watched)
    weights = run(config(epochs=2, deterministic=deterministic), data)[-1][1]
    assert seen == [(not deterministic, deterministic)] * 2
    assert equal(weights, run(config(epochs=2), data)[-1][1])  # on a CPU nothing is measured


@pytest.mark.parametrize(
    ("optimizer", "scheduler"),
    list(itertools.product(["sgd", "adam", "adamw"], ["none", "step", "multistep", "linear", "cosine"])),
)
def test_a_resumed_run_goes_on_as_if_it_had_never_stopped(data, tmp_path, optimizer, scheduler):
    assert_resumes(config(optimizer=optimizer, scheduler=scheduler, step_size=2, augmentation="flip"), data, tmp_path)


@pytest.mark.parametrize("weight_average", ["ema", "swa"])
def test_a_run_with_all_that_a_recipe_may_hold_goes_on_too(data, tmp_path, weight_average):
    everything = {
        "augmentation": "+".join(CHANGES),
        "region_loss": "dice",
        "label_smoothing": 0.1,
        "gradient_clip": 1.0,
    }
    wanted = config(**everything, weight_average=weight_average, scheduler="one_cycle", class_weights="median")
    assert_resumes(wanted, data, tmp_path)


def test_the_better_of_the_weights_and_their_average_is_the_epochs_result(data):
    noisy = {"lr": 0.05, "batch_size": 2, "epochs": 12}
    both = [r for r, _ in run(config(weight_average="ema", **noisy), data)]
    plain = [r for r, _ in run(config(**noisy), data)]
    for averaged, own in zip(both, plain, strict=True):
        assert averaged.metrics["train_loss"] == own.metrics["train_loss"]
        assert averaged.metrics["val_miou"] >= own.metrics["val_miou"]
    kept = [result for result in both if result.checkpoint.averaged]
    assert kept, "the average was never better"
    assert equal(kept[-1].checkpoint.weights, kept[-1].checkpoint.averaged)


def assert_resumes(wanted, data, tmp_path):
    from cnnmodels.checkpoint import load, save

    whole = run(wanted, data)
    for result in fit(wanted, data):
        save(result.checkpoint, tmp_path / "last.pt")
        if result.epoch == 2:
            break
    resumed = run(wanted, data, resume=load(tmp_path / "last.pt"))
    assert [result.epoch for result, _ in resumed] == [3, 4]
    assert equal(whole[-1][1], resumed[-1][1])
    assert [repeatable(result.metrics) for result, _ in whole[2:]] == [
        repeatable(result.metrics) for result, _ in resumed
    ]
    assert [result.is_best for result, _ in whole[2:]] == [result.is_best for result, _ in resumed]


@pytest.mark.parametrize("knobs", [{"epochs": 2}, {"epochs": 20, "patience": 2, "lr": 1e-9}])
def test_a_run_that_had_ended_does_not_go_on_when_resumed(data, knobs):
    objective = ("train_loss", "max")
    *_, last = fit(config(**knobs), data, objective=objective)
    assert last.ended in ("completed", "stopped_early")
    assert list(fit(config(**knobs), data, objective=objective, resume=last.checkpoint)) == []


def test_a_run_does_not_go_on_from_the_weights_of_another_network(data):
    first = next(fit(config(), data))
    with pytest.raises(CheckpointError, match=r"another network \(size mismatch"):
        next(fit(config(width=8), data, resume=first.checkpoint))


def test_a_loss_that_is_not_finite_ends_the_run_with_that_reason(data):
    results = run(config(optimizer="sgd", lr=10.0, weight_decay=1.0, epochs=30), data)
    last = results[-1][0]
    assert last.ended == "diverged"
    assert last.checkpoint is None
    assert not np.isfinite(last.metrics["train_loss"])
    assert last.epoch < 30


def test_weights_spoilt_by_the_last_step_of_an_epoch_are_nobodys_best(data):
    too_fast = config(model="fcn32", optimizer="sgd", lr=10.0, weight_decay=1.0, epochs=1)
    [(result, _)] = run(too_fast, data)
    assert result.ended == "diverged"
    assert set(result.metrics) == {"val_loss"}  # every training loss was finite
    assert not np.isfinite(result.metrics["val_loss"])
    assert not result.is_best
    assert result.checkpoint is None


def test_patience_stops_a_run_that_no_longer_improves(data):
    results = [
        result for result, _ in run(config(lr=1e-9, patience=2, epochs=20), data, objective=("train_loss", "max"))
    ]
    assert results[-1].ended == "stopped_early"
    bests = [result.epoch for result in results if result.is_best]
    assert results[-1].epoch == max(bests) + 2


def test_patience_may_go_by_another_metric_than_the_best_epoch(data):
    waits = config(lr=1e-2, patience=2, patience_metric="val_loss", epochs=12)
    results = [result for result, _ in run(waits, data, objective=("train_loss", "min"))]
    losses = [result.metrics["val_loss"] for result in results]
    since = [len(losses[: end + 1]) - 1 - losses.index(min(losses[: end + 1])) for end in range(len(losses))]
    assert results[-1].ended == ("stopped_early" if since[-1] >= 2 else "completed")
    assert all(waited < 2 for waited in since[:-1])
    best = [result.epoch for result in results if result.is_best][-1]
    assert results[best - 1].metrics["train_loss"] == min(result.metrics["train_loss"] for result in results)
    assert end_of(waits, results[-1].checkpoint) == results[-1].ended


def test_the_best_epoch_goes_by_the_objective_that_was_asked_for(data):
    results = [result for result, _ in run(config(epochs=6), data, objective=("val_loss", "min"))]
    losses = [result.metrics["val_loss"] for result in results]
    assert [result.is_best for result in results] == [
        loss < min(losses[:number], default=float("inf")) for number, loss in enumerate(losses)
    ]


def test_class_weights_count_the_classes_of_the_training_split(data):
    plain, weighted = run(config(epochs=1), data), run(config(epochs=1, class_weights="inverse"), data)
    assert plain[0][0].metrics["train_loss"] != weighted[0][0].metrics["train_loss"]


def test_a_batch_of_void_alone_teaches_nothing_and_breaks_nothing(data):
    void = Split(data.train.images[:4], np.full_like(data.train.targets[:4], VOID))
    mixed = Split(np.concatenate([void.images, data.train.images]), np.concatenate([void.targets, data.train.targets]))
    half_void = ImageData(mixed, data.val, None, data.classes, data.colors, "", "1", data.image_size)
    assert run(config(epochs=1, batch_size=1), half_void)[-1][0].ended == "completed"


def test_the_last_batch_is_never_a_single_image():
    assert [len(batch) for batch in batches(torch.arange(13), 4)] == [4, 4, 5]
    assert [len(batch) for batch in batches(torch.arange(12), 4)] == [4, 4, 4]
    assert [len(batch) for batch in batches(torch.arange(3), 1)] == [1, 2]


def test_with_nothing_held_out_no_epoch_is_the_best_and_a_resumed_run_ends_alike(data):
    whole = run(config(weight_average="ema"), joined(data))
    assert [result.is_best for result, _ in whole] == [False] * 4
    assert [result.checkpoint.best for result, _ in whole] == [None] * 4
    assert {"train_loss", "train_eval_loss", "train_miou"} <= set(whole[-1][0].metrics)
    assert not [name for name in whole[-1][0].metrics if name.startswith("val_")]
    assert whole[-1][0].checkpoint.averaged is not None, "an average is taken where there is nothing to choose by"
    half = [result for result, _ in run(config(weight_average="ema"), joined(data))][:2][-1]
    rest = fit(config(weight_average="ema"), joined(data), resume=half.checkpoint)
    assert [result.epoch for result in rest] == [3, 4]


def test_weights_that_an_epoch_has_spoilt_are_seen_with_nothing_held_out(data):
    too_fast = config(model="fcn32", optimizer="sgd", lr=10.0, weight_decay=1.0, epochs=1)
    [(result, _)] = run(too_fast, joined(data))
    assert (result.ended, result.checkpoint) == ("diverged", None)
    assert set(result.metrics) <= {"train_loss", "train_eval_loss"}
