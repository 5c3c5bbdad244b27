"""A compiled run is the run that it is otherwise; without a compiler it is that one, and says so."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from cnnmodels.compiled import Compiled
from cnnmodels.config import TrialConfig, parse
from cnnmodels.data.image_data import ImageData, Split
from cnnmodels.errors import CompileError
from cnnmodels.training import fit
from tests.repeatable import repeatable

IMAGES = torch.rand(2, 3, 8, 8)


def data() -> ImageData:
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (10, 3, 16, 16), dtype=np.uint8)
    split = Split(images, (images[:, 0] > 127).astype(np.uint8))
    return ImageData(split, split, None, ("dark", "red"), ((0, 0, 0),) * 2, "noise", "0", (16, 16))


def config(**knobs) -> TrialConfig:
    return parse({"model": "unet", "levels": 2, "width": 4, "batch_size": 5, "epochs": 2, **knobs})


def refusing(monkeypatch, error):
    """Has torch.compile fail as it does, when the network is first called."""

    def program(images):
        raise error

    monkeypatch.setattr(torch, "compile", lambda network, **options: program)


def test_a_network_that_cannot_be_compiled_is_an_error_in_one_line(monkeypatch):
    from torch._dynamo.exc import InternalTorchDynamoError

    refusing(monkeypatch, InternalTorchDynamoError("\n\nno such thing\nmore of it"))
    with pytest.raises(
        CompileError, match=r"^compile: torch cannot compile this network \(no such thing\); set compile:"
    ):
        next(fit(config(compile=True), data()))


def test_an_error_of_the_networks_own_stays_what_it_is(monkeypatch):
    refusing(monkeypatch, ZeroDivisionError("of its own"))
    with pytest.raises(ZeroDivisionError, match="of its own"):
        next(fit(config(compile=True), data()))


def test_a_shape_counts_as_compiled_once(monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda network, **options: network)
    compiled = Compiled(nn.Identity())
    assert [compiled.meets(images) for images in (IMAGES, IMAGES, IMAGES[:1], IMAGES[:1], IMAGES)] == [
        True,
        False,
        True,
        False,
        False,
    ]


@pytest.mark.slow
def test_a_compiled_run_trains_nearly_the_same_weights_repeats_and_says_how_long_it_compiled():
    knobs = {"precision": "float32", "optimizer": "sgd", "lr": 0.01}
    plain, first, again = (list(fit(config(compile=compiled, **knobs), data())) for compiled in (False, True, True))
    assert [list(one.seconds) for one in plain] == [["data", "train", "validate"]] * 2
    assert [one.seconds.get("compile", 0) > 0 for one in first] == [True, False]
    assert [one.note for one in first] == [None, None]
    assert [repeatable(one.metrics) for one in first] == [repeatable(one.metrics) for one in again]
    ours, theirs = first[-1].checkpoint.network, plain[-1].checkpoint.network
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        assert torch.allclose(ours[name], value, atol=1e-4), name


@pytest.mark.slow
def test_on_a_machine_without_a_compiler_a_run_goes_on_uncompiled_and_says_so_once(tmp_path):
    environment = {"CXX": "/no/compiler", "PATH": "/usr/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    root = Path(__file__).resolve().parents[2]
    words = [sys.executable, "-m", "tests.cnnmodels.test_compiled"]
    done = subprocess.run(words, cwd=root, env=environment, capture_output=True, text=True, check=True)
    (first, second), plain = json.loads(done.stdout.splitlines()[-1])
    assert first["note"].startswith("compile: torch has no compiler here (InvalidCxxCompiler")
    assert first["note"].endswith("; the network runs as it is")
    assert second["note"] is None
    assert [one["metrics"] for one in (first, second)] == [one["metrics"] for one in plain]


def main() -> None:
    """Both kinds of a run, for the test above."""
    results = [list(fit(config(compile=compiled), data())) for compiled in (True, False)]
    print(json.dumps([[{"note": one.note, "metrics": repeatable(one.metrics)} for one in run] for run in results]))


if __name__ == "__main__":
    main()
