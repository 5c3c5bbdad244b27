"""The table of networks: read without torch, and open to a network of another package."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnmodels.config import knobs_of, models_for, parse
from cnnmodels.data.image_data import ImageData, Split
from cnnmodels.errors import ConfigError
from cnnmodels.models import MODELS, Model
from cnnmodels.networks import build
from cnnmodels.training import fit
from search_spaces.loading import check
from search_spaces.problems import problems
from search_spaces.schema import SearchSpace

TOY = """\
from torch import nn


def build(config, outputs):
    return nn.Sequential(
        nn.Conv2d(3, config.width, 3, padding=1), nn.ReLU(), nn.Conv2d(config.width, outputs, 1)
    )
"""
ROW = Model(tasks=frozenset({"segmentation"}), knobs=frozenset({"width"}), builder="toy_network_of_a_test:build")
SPACE = {
    "task": "segmentation",
    "model": "toy",
    "data": {"name": "streets"},
    "objective": {"metric": "val_miou", "mode": "max"},
    "fixed": {"width": 8},
    "search": {"lr": {"log_uniform": [1e-4, 1e-2]}},
}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A network of another package: one file, one row."""
    (tmp_path / "toy_network_of_a_test.py").write_text(TOY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(MODELS, "toy", ROW)
    yield
    sys.modules.pop("toy_network_of_a_test", None)


def halves(count: int) -> Split:
    """Images that are bright on the right, which is the second class."""
    images = np.random.default_rng(0).integers(0, 60, (count, 3, 16, 24), dtype=np.uint8)
    targets = np.zeros((count, 16, 24), dtype=np.uint8)
    images[..., 12:] += 150
    targets[..., 12:] = 1
    return Split(images, targets)


def test_a_network_from_outside_is_searched_and_trained_by_one_file_and_one_row(toy):
    assert "toy" in models_for("segmentation")
    assert "toy" not in models_for("classification")
    assert "width" in knobs_of("segmentation", "toy")
    assert "skip" not in knobs_of("segmentation", "toy")
    assert not list(problems(SearchSpace.model_validate({**SPACE, "name": "mine"})))
    space = check(SPACE, "mine", "mine.yaml")
    config = space.trial_config({"lr": 0.01, "batch_size": 4}, seed=0)
    assert build(config, 5)(torch.rand(2, 3, 16, 24)).shape == (2, 5, 16, 24)
    data = ImageData(
        train=halves(12),
        val=halves(4),
        test=None,
        classes=("left", "right"),
        colors=((0, 0, 0), (255, 255, 255)),
        layout="halves",
        fingerprint="0",
        image_size=(16, 24),
    )
    *_, last = fit(config, data)
    assert last.ended == "completed"
    assert last.metrics["val_miou"] > 0.9


def test_a_knob_that_the_row_of_a_network_lacks_is_refused(toy):
    space = SearchSpace.model_validate({**SPACE, "name": "mine", "fixed": {"levels": 3}})
    assert [key for key, _ in problems(space)] == ["fixed.levels"]


def test_a_network_is_known_only_while_its_row_is_there():
    with pytest.raises(ConfigError, match="no such network"):
        parse({"model": "toy"})


def test_the_table_and_the_spaces_are_read_without_torch():
    code = (
        "import sys; from cnnmodels.models import MODELS; from search_spaces.loading import load;"
        "load('voc_custom'); print('torch' in sys.modules, 'optuna' in sys.modules, 'unet' in MODELS)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.split() == ["False", "False", "True"]
