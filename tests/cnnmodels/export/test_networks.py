"""Every network leaves for other programs and answers there as it does here; a new one is tested without an edit."""

import json
import runpy

import numpy as np
import pytest
import torch
from packaging.version import Version
from PIL import Image
from safetensors.torch import load as load_weights

from cnnmodels.checkpoint import Checkpoint
from cnnmodels.config import parse
from cnnmodels.data.label_set import distinct_colors
from cnnmodels.errors import ExportError
from cnnmodels.export import programs
from cnnmodels.export.exportable import answering_network
from cnnmodels.export.folder import exported
from cnnmodels.inference.own_size import as_images, scaled
from cnnmodels.inference.predictor import Predictor
from cnnmodels.models import MODELS
from cnnmodels.networks import build

SIZE = (24, 37)
CLASSES = ("a", "b", "c")
VARIANTS = [
    *({"model": model, "task": task} for model, row in MODELS.items() for task in sorted(row.tasks)),
    {"model": "fcn32", "task": "segmentation", "head": "transposed"},
]
every_network = pytest.mark.parametrize("knobs", VARIANTS, ids=lambda knobs: " ".join(map(str, knobs.values())))


def checkpoint_of(knobs):
    """Of a network that has seen a few images, so that its norms are not those of the first moment."""
    torch.manual_seed(0)
    config = parse({"width": 8, "levels": 3, "color_loss": "cross_entropy", **knobs})
    outputs = 64 if config.task == "colorization" else len(CLASSES)
    network = build(config, outputs).train()
    with torch.no_grad():
        network(torch.randn(4, 3, 64, 64))
    weights = {"network": network.state_dict(), "optimizer": {}, "best": None, "epochs_since_best": 0}
    return Checkpoint(
        config=config.model_dump(mode="json"), outputs=outputs, epoch=1, history=[], ended=None, **weights
    )


@every_network
def test_both_scripts_say_what_our_own_predictor_says(knobs, tmp_path):
    checkpoint, classes = checkpoint_of(knobs), () if knobs["task"] == "colorization" else CLASSES
    found = exported(checkpoint, SIZE, classes, distinct_colors(len(classes)))
    any_size = found.programs.any_size
    assert any_size or Version(torch.__version__) < Version("2.15"), "earlier ones stumble over slices"
    for name, content in found.files.items():
        (tmp_path / name).write_bytes(content)
        assert b"/cnnmodels/" not in content, "paths of this machine are nobody's business"
    pixels = np.random.default_rng(0).integers(0, 256, (51, 80, 3), dtype=np.uint8)
    wanted = Predictor([checkpoint], classes, torch.device("cpu")).answers(as_images([scaled(pixels, SIZE)])).numpy()
    for script in ("predict_torch.py", "predict_onnx.py"):
        core = runpy.run_path(str(tmp_path / script))
        photo = Image.fromarray(pixels)
        np.testing.assert_allclose(core["network"](core["prepared"](photo)), wanted, atol=1e-4)
        other = core["network"](np.zeros((2, 3, *((40, 33) if any_size else SIZE)), dtype=np.float32))
        assert other.shape[0] == 2, "images may be several, and of another size"
        assert np.isfinite(core["answer"](photo)).all()
    weights = load_weights((tmp_path / "weights.safetensors").read_bytes())
    assert all(torch.equal(weights[name], value) for name, value in checkpoint.network.items())
    how = json.loads((tmp_path / "preprocessing.json").read_text())
    assert how["size"] == {"height": 24, "width": 37, "any": any_size}
    assert [one["name"] for one in how["classes"]] == list(classes)


class _OfOneSize(torch.nn.Module):
    """A network that asks the size of its images in Python."""

    def forward(self, images):
        return images.mean((2, 3)) if int(images.shape[-1]) % 2 else images.amax((2, 3))


def test_a_network_that_allows_no_other_size_is_exported_at_that_of_training():
    network = answering_network(checkpoint_of({"model": "resnet18", "task": "classification"}), CLASSES)
    network.network = _OfOneSize()
    found = programs.export_programs(network, SIZE, "probabilities")
    assert not found.any_size
    with pytest.raises(Exception, match=r"[Ii]nvalid dimensions|INVALID_ARGUMENT"):
        programs._onnx_session(found.onnx)(torch.zeros(1, 3, 24, 38))


def test_a_program_that_answers_otherwise_is_refused(monkeypatch):
    network = answering_network(checkpoint_of({"model": "resnet18", "task": "classification"}), CLASSES)
    network.network = _OfOneSize()
    monkeypatch.setattr(programs, "TOLERANCE", -1.0)
    with pytest.raises(ExportError, match=r"answers otherwise than the trained one, by up to 0\.0000"):
        programs.export_programs(network, SIZE, "probabilities")
