"""Tasks of somebody's own: numbers of an image, or of each of its pixels."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnmodels.checkpoint import Checkpoint
from cnnmodels.config import knobs_of, parse
from cnnmodels.data import DataSpec, ImageData, load
from cnnmodels.errors import ConfigError
from cnnmodels.export.folder import exported
from cnnmodels.first_forward import refuse_unfit
from cnnmodels.inference.image_sums import measure
from cnnmodels.own.importing import imported
from cnnmodels.own.metrics import read_metrics
from cnnmodels.own.tasks import metrics_of, use_task
from cnnmodels.predict import predict
from cnnmodels.preflight import preflight
from cnnmodels.training import fit
from cnnmodels.yardsticks import yardsticks

CPU = torch.device("cpu")
EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "own_task" / "depth.py"
SPOTS = """
import numpy as np
from torch.nn import functional


class Where:
    outputs = {outputs}
    per_pixel = False
    metrics = {{"val_mae": "torchmetrics:MeanAbsoluteError"}}

    def loss(self, logits, truth):
        assert logits.shape == truth.shape
        return functional.mse_loss(logits, truth)


class Spots:
    def __len__(self):
        return 20

    def __getitem__(self, place):
        image = np.zeros((32, 32, 3), dtype=np.uint8)
        image[:, place] = 255
        return image, {truth}


class Silent:
    outputs = 1
"""


def run_of(target: str, folder: Path, **knobs):
    task = use_task(target, [folder])
    return parse({"task": task, "batch_size": 8, "metrics": read_metrics(metrics_of(task), [folder]), **knobs})


def spots(folder: Path, outputs=1, truth="place / 20") -> ImageData:
    (folder / "strange_spots.py").write_text(SPOTS.format(outputs=outputs, truth=truth))
    use_task("strange_spots:Where", [folder])
    imported("strange_spots:Spots", [folder])
    return load(DataSpec(source="strange_spots:Spots", image_size=(32, 32)), folder / "cache", "strange_spots:Where")


@pytest.fixture
def depth(tmp_path) -> tuple[Path, ImageData]:
    shutil.copy(EXAMPLE, tmp_path / "strange_depth.py")
    imported("strange_depth:balls", [tmp_path])
    use_task("strange_depth:Depth", [tmp_path])
    spec = DataSpec(source="strange_depth:balls", image_size=(32, 48))
    return tmp_path, load(spec, tmp_path / "cache", "strange_depth:Depth")


def last_of(config, data) -> tuple[dict[str, float], Checkpoint]:
    *_, epoch = fit(config, data)
    assert epoch.checkpoint is not None
    return epoch.metrics, epoch.checkpoint


@pytest.mark.slow
def test_numbers_of_pixels_are_learnt_and_answered(depth):
    folder, data = depth
    config = run_of("strange_depth:Depth", folder, width=8, epochs=5, lr=0.01, augmentation="flip+shift+erase")
    metrics, checkpoint = last_of(config, data)
    truth = data.val.targets[:]
    assert truth.dtype == np.float32
    answers = predict(checkpoint, data, data.val.images[:])
    assert answers.shape == (len(truth), 1, 32, 48)
    assert metrics["val_mae"] == pytest.approx(float(np.abs(answers[:, 0] - truth).mean()), rel=1e-3)
    assert metrics["val_mae"] < 0.8 * np.abs(truth - truth.mean()).mean(), "better than one number for all"
    found = measure(checkpoint, data, [data.val], CPU, lambda done, total: None)
    assert found.own.of_all["val_mae"] == pytest.approx(metrics["val_mae"], rel=1e-4)
    assert found.confusion is None
    files = exported(checkpoint, (32, 48), (), ()).files
    assert b'"shape": [\n      "batch",\n      1,\n      "height"' in files["preprocessing.json"]
    assert b"answer.npy" in files["predict_onnx.py"]


@pytest.mark.parametrize(("outputs", "truth", "shape"), [(1, "place / 20", ()), (2, "[place / 20, 1.0]", (2,))])
def test_numbers_of_images_are_learnt_by_networks_for_images(tmp_path, outputs, truth, shape):
    data = spots(tmp_path, outputs, truth)
    assert data.train.targets.shape == (16, *shape)
    config = run_of("strange_spots:Where", tmp_path, model="resnet18", width=4, epochs=1)
    metrics, checkpoint = last_of(config, data)
    answers = predict(checkpoint, data, data.val.images[:])
    assert answers.shape == (4, outputs)
    wanted = np.abs(answers.reshape(data.val.targets.shape) - data.val.targets[:]).mean()
    assert metrics["val_mae"] == pytest.approx(float(wanted), rel=1e-3)


def test_the_networks_of_pixels_are_not_those_of_images(tmp_path):
    spots(tmp_path)
    with pytest.raises(ConfigError, match=r"no network 'unet' for strange_spots:Where\. Networks: resnet18"):
        knobs_of("strange_spots:Where", "unet")
    assert "class_weights" not in knobs_of("strange_spots:Where", "resnet18")


def test_nothing_is_known_of_doing_nothing_nor_of_what_its_loss_ought_to_do(tmp_path):
    data = spots(tmp_path)
    config = run_of("strange_spots:Where", tmp_path, model="resnet18", width=4)
    assert yardsticks(config, data, CPU) == []
    assert preflight(config, data, CPU) == []


def test_one_that_is_none_is_refused_in_one_line(tmp_path):
    spots(tmp_path)
    with pytest.raises(ConfigError, match="strange_spots:Silent: has no `loss"):
        use_task("strange_spots:Silent", [tmp_path])
    with pytest.raises(ConfigError, match="a task of somebody's own, whose code is not loaded"):
        parse({"task": "elsewhere:Task"})
    with pytest.raises(ConfigError, match="or colorization, or a task of your own"):
        parse({"task": "depth"})


def test_a_loss_that_fails_is_refused_before_any_trial(tmp_path):
    data = spots(tmp_path, outputs=3)
    config = run_of("strange_spots:Where", tmp_path, model="resnet18", width=4)
    with pytest.raises(ConfigError, match=r"strange_spots:Where: its loss fails on 2 images: AssertionError.*line \d+"):
        refuse_unfit(config, data)
