"""A loss that somebody's own network brings."""

import math

import pytest

from cnnmodels.config import parse
from cnnmodels.data import DataSpec, load
from cnnmodels.data.image_data import VOID
from cnnmodels.errors import ConfigError
from cnnmodels.first_forward import refuse_unfit
from cnnmodels.own.networks import use_network
from cnnmodels.training import fit
from tests.own_code import NETS, write_own

NAME = "strange_nets:TinyNet"
CROSS_ENTROPY = """
    def loss(self, logits, truth):
        from torch.nn import functional
        assert logits.dtype.is_floating_point and truth.shape == logits[:, 0].shape
        return functional.cross_entropy(logits, truth, ignore_index=255) {tail}
"""


@pytest.fixture
def data(tmp_path):
    return load(DataSpec(name="streets", images=20, image_size=(24, 32)), tmp_path / "cache", "segmentation")


def trained(folder, data, loss, **knobs):
    write_own(folder, NETS.rstrip() + "\n" + loss)
    use_network(NAME, [folder])
    (epoch,) = fit(parse({"model": NAME, "epochs": 1, "batch_size": 4, "dropout": 0.0, **knobs}), data)
    return epoch.metrics


def test_it_is_what_is_trained_on_and_the_validation_loss_stays_the_tasks(tmp_path, data):
    ours = trained(tmp_path / "ours", data, "")
    same = trained(tmp_path / "same", data, CROSS_ENTROPY.format(tail=""))
    half = trained(tmp_path / "half", data, CROSS_ENTROPY.format(tail="/ 2"), optimizer="sgd", lr=0.02, momentum=0.0)
    whole = trained(tmp_path / "whole", data, CROSS_ENTROPY.format(tail=""), optimizer="sgd", lr=0.01, momentum=0.0)
    assert same["train_loss"] == pytest.approx(ours["train_loss"], rel=0.02)  # ours weighs pixels, not images
    assert half["train_loss"] == pytest.approx(whole["train_loss"] / 2, rel=1e-3)
    assert half["val_loss"] == pytest.approx(whole["val_loss"], rel=1e-3)


def test_it_may_be_a_module_and_read_a_knob_of_its_own(tmp_path, data):
    module = NETS.replace(
        "self.layers = nn", f"self.loss = nn.CrossEntropyLoss(ignore_index={VOID})\n        self.layers = nn"
    )
    write_own(tmp_path, module)
    use_network(NAME, [tmp_path])
    config = parse({"model": NAME, "epochs": 1, "batch_size": 4})
    refuse_unfit(config, data)
    (epoch,) = fit(config, data)
    assert math.isfinite(epoch.metrics["train_loss"])


@pytest.mark.parametrize(
    ("loss", "given", "words"),
    [
        (
            "\n    def loss(self, logits, truth):\n        return logits.mean(0)\n",
            (),
            r"of shape \[13, 24, 32\]; give the mean",
        ),
        (
            "\n    def loss(self, logits):\n        return 0\n",
            (),
            "its loss fails: TypeError: ",
        ),
        ("\n    def loss(self, logits, truth):\n        return logits[:, 99].mean()\n", (), r"strange_nets.py, line"),
        (
            CROSS_ENTROPY.format(tail=""),
            {"lr", "region_loss"},
            "region_loss: strange_nets:TinyNet brings its own loss",
        ),
    ],
)
def test_one_that_does_not_fit_is_refused_in_a_line(tmp_path, data, loss, given, words):
    write_own(tmp_path, NETS.rstrip() + "\n" + loss)
    use_network(NAME, [tmp_path])
    with pytest.raises(ConfigError, match=words) as refused:
        refuse_unfit(parse({"model": NAME}), data, given)
    assert "\n" not in str(refused.value)


def test_networks_of_ours_have_none(data):
    config = parse({"model": "unet", "width": 4, "levels": 2, "region_loss": "dice", "epochs": 1})
    refuse_unfit(config, data, {"region_loss"})
    (epoch,) = fit(config, data)
    assert math.isfinite(epoch.metrics["train_loss"])
