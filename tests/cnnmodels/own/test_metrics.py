"""Metrics of somebody's own: named in a space, measured in every epoch, beside the task's."""

import math

import pytest
import torch
from torchmetrics.classification import MulticlassCohenKappa

from cnnmodels.batches import gather
from cnnmodels.checkpoint import Checkpoint
from cnnmodels.config import parse
from cnnmodels.data import DataSpec, load
from cnnmodels.data.image_data import VOID
from cnnmodels.errors import ConfigError
from cnnmodels.first_forward import refuse_unfit
from cnnmodels.inference.image_sums import measure
from cnnmodels.own.metrics import read_metrics
from cnnmodels.predict import load_network
from cnnmodels.tasks import make_task
from cnnmodels.training import fit
from cnnmodels.yardsticks import yardsticks

CPU = torch.device("cpu")
KAPPA = "torchmetrics.classification:MulticlassCohenKappa"
METRICS = """
import torch
from torchmetrics import Metric


class Share(Metric):
    higher_is_better = {better}

    def __init__(self, num_classes, ignore_index):
        super().__init__()
        assert (num_classes, ignore_index) == (13, 255)
        self.add_state("hits", torch.tensor(0.0))
        self.add_state("all", torch.tensor(0.0))

    def update(self, probabilities, truth):
        assert truth.dtype == torch.int64 and torch.allclose(probabilities.sum(1), torch.tensor(1.0), atol=1e-4)
        counted = truth != 255
        self.hits += (probabilities.argmax(1) == truth)[counted].sum()
        self.all += counted.sum()

    def compute(self):
        return {value}


nothing = 3
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    spec = DataSpec(name="streets", images=24, image_size=(24, 32))
    return load(spec, tmp_path_factory.mktemp("cache"), "segmentation")


def written(folder, better="True", value="self.hits / self.all"):
    (folder / "strange_metrics.py").write_text(METRICS.format(better=better, value=value))
    return [folder]


def run_with(metrics, **knobs):
    return parse({"width": 4, "levels": 2, "epochs": 1, "batch_size": 8, "metrics": metrics, **knobs})


def trained(config, data, **how) -> tuple[dict[str, float], Checkpoint]:
    (epoch,) = fit(config, data, **how)
    assert epoch.checkpoint is not None
    return epoch.metrics, epoch.checkpoint


def test_one_is_measured_over_the_whole_split_beside_the_task_s(tmp_path, data):
    folders = written(tmp_path)
    metrics, _ = trained(run_with(read_metrics({"val_share": "strange_metrics:Share"}, folders)), data)
    assert metrics["val_share"] == pytest.approx(metrics["val_pixel_accuracy"], rel=1e-5)
    assert metrics["train_share"] == pytest.approx(metrics["train_pixel_accuracy"], rel=1e-5)


def test_one_of_torchmetrics_by_one_line_gets_the_classes_and_what_is_void(data):
    config = run_with(read_metrics({"val_kappa": KAPPA}))
    metrics, checkpoint = trained(config, data)
    wanted = MulticlassCohenKappa(len(data.classes), ignore_index=VOID)
    network, task = load_network(checkpoint), make_task(config, data, CPU)
    images, targets = gather(data.val, torch.arange(len(data.val)), CPU)
    with torch.inference_mode():
        wanted.update(network(task.inputs(images)), targets.long())
    assert metrics["val_kappa"] == pytest.approx(float(wanted.compute()), abs=1e-3)


def test_one_decides_which_epoch_is_the_best_and_when_to_stop(tmp_path, data):
    folders = written(tmp_path, better="False", value="-float(self.update_count)")
    own = read_metrics({"val_count": "strange_metrics:Share"}, folders)
    config = run_with(own, epochs=4, patience=1, patience_metric="val_count")
    epochs = list(fit(config, data, objective=("val_count", "min")))
    assert [epoch.is_best for epoch in epochs] == [True, False], "it is the same in every epoch"
    assert epochs[-1].ended == "stopped_early"


def test_a_value_that_is_not_finite_is_none(tmp_path, data):
    folders = written(tmp_path, value="self.hits / 0")
    metrics, _ = trained(run_with(read_metrics({"val_share": "strange_metrics:Share"}, folders)), data)
    assert "val_share" not in metrics
    assert "train_share" not in metrics


def test_equal_configurations_train_alike_whatever_is_measured(data):
    plain, _ = trained(run_with(()), data)
    measured, _ = trained(run_with(read_metrics({"val_kappa": KAPPA})), data)
    assert plain["val_loss"] == measured["val_loss"]


def test_doing_nothing_has_it_as_well(data):
    (found,) = yardsticks(run_with(read_metrics({"val_kappa": KAPPA})), data, CPU)
    assert found.metrics["val_kappa"] == pytest.approx(0.0, abs=1e-6)


def test_an_evaluation_has_it_of_all_images_and_of_each(data):
    metrics, checkpoint = trained(run_with(read_metrics({"val_kappa": KAPPA})), data)
    found = measure(checkpoint, data, [data.val], CPU, lambda done, total: None).own
    assert found.of_all["val_kappa"] == pytest.approx(metrics["val_kappa"], abs=1e-6)
    assert found.of_images["val_kappa"].shape == (len(data.val),)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"val_share": "strange_metrics:Shore"}, "val_share: .*strange_metrics.py has no Shore"),
        (
            {"val_share": "strange_metrics:nothing"},
            "val_share: strange_metrics:nothing is no class or function",
        ),
        ({"val_share": 3}, "val_share: 3 is no module and object"),
        ({"share": "strange_metrics:Share"}, "share: is no name of a metric of your own; write val_"),
        ({"val_iou_road": "strange_metrics:Share"}, "val_iou_road: is no name"),
        ({"val_miou": "strange_metrics:Share"}, "val_miou: is the name of a metric of segmentation"),
        ({"val_share": {"of": "strange_metrics:Share", "mode": "up"}}, "val_share: mode: must be 'min' or 'max'"),
        (["val_share"], "expected names with what measures them"),
    ],
)
def test_what_is_no_metric_is_refused_in_one_line(tmp_path, given, words):
    with pytest.raises(ConfigError, match=words) as refused:
        read_metrics(given, written(tmp_path))
    assert "\n" not in str(refused.value)


def test_one_that_says_no_direction_is_asked_for_it(tmp_path):
    folders = written(tmp_path, better="None")
    with pytest.raises(ConfigError, match=r"so say it here: \{of: strange_metrics:Share, mode: max\}"):
        read_metrics({"val_share": "strange_metrics:Share"}, folders)
    (said,) = read_metrics({"val_share": {"of": "strange_metrics:Share", "mode": "min"}}, folders)
    assert said.mode == "min"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("torch.zeros(3)", r"val_share: its compute\(\) gives a tensor of shape \[3\]; give one number"),
        ("self.gone", r"metrics: val_share fails on 2 images: AttributeError.*strange_metrics.py, line \d+"),
    ],
)
def test_one_that_fails_is_refused_before_any_trial(tmp_path, data, value, words):
    config = run_with(read_metrics({"val_share": "strange_metrics:Share"}, written(tmp_path, value=value)))
    with pytest.raises(ConfigError, match=words):
        refuse_unfit(config, data)
    assert math.isfinite(trained(run_with(()), data)[0]["val_loss"])
