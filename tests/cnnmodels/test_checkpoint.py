"""Checkpoints on disk: whole or not at all, whatever happens to the process or the file."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.models import ResNet18_Weights

from cnnmodels.backbone import imagenet_weights
from cnnmodels.checkpoint import Checkpoint, TrialCheckpoints, load, save
from cnnmodels.errors import CheckpointError, DataError


def checkpoint(epoch: int, size: int = 1000) -> Checkpoint:
    return Checkpoint(
        config={"lr": 0.1},
        outputs=3,
        epoch=epoch,
        network={"weight": torch.full((size,), float(epoch))},
        optimizer={},
        best=0.5,
        epochs_since_best=0,
        history=[{"val_miou": 0.5}],
        ended=None,
    )


def cut(path, share):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def test_what_is_saved_is_loaded(tmp_path):
    save(checkpoint(3), tmp_path / "last.pt")
    loaded = load(tmp_path / "last.pt")
    assert loaded.epoch == 3
    assert loaded.history == [{"val_miou": 0.5}]
    assert torch.equal(loaded.network["weight"], torch.full((1000,), 3.0))


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_a_file_cut_short_is_refused_by_name(tmp_path, share):
    save(checkpoint(3), tmp_path / "last.pt")
    cut(tmp_path / "last.pt", share)
    with pytest.raises(CheckpointError, match=r"last\.pt"):
        load(tmp_path / "last.pt")


def test_a_byte_changed_on_disk_is_noticed(tmp_path):
    save(checkpoint(3), tmp_path / "last.pt")
    content = bytearray((tmp_path / "last.pt").read_bytes())
    at = content.find(torch.full((4,), 3.0).numpy().tobytes()) + 2
    content[at] ^= 1
    (tmp_path / "last.pt").write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        load(tmp_path / "last.pt")


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(CheckpointError, match="no such checkpoint"):
        load(tmp_path / "last.pt")


def test_content_that_would_run_code_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return print, ("run",)

    torch.save({"config": Evil()}, tmp_path / "last.pt")
    with pytest.raises(CheckpointError, match=r"last\.pt"):
        load(tmp_path / "last.pt")


def test_imagenet_weights_that_would_run_code_are_refused(tmp_path, monkeypatch, capsys):
    class Evil:
        def __reduce__(self):
            return print, ("run",)

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    url = ResNet18_Weights.IMAGENET1K_V1.url
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    torch.save({"conv1.weight": Evil()}, tmp_path / "hub" / "checkpoints" / url.rpartition("/")[2])
    with pytest.raises(DataError, match="it holds something else than tensors"):
        imagenet_weights()
    assert "run" not in capsys.readouterr().out


@pytest.mark.parametrize("seed", range(4))
def test_a_file_with_flipped_bits_is_refused_or_reads_as_it_was(tmp_path, seed):
    save(checkpoint(3), tmp_path / "last.pt")
    whole, random = (tmp_path / "last.pt").read_bytes(), np.random.default_rng(seed)
    for _ in range(60):
        content = bytearray(whole)
        content[-int(random.integers(1, 2500))] ^= 1 << int(random.integers(0, 8))  # the end holds the directory
        content[int(random.integers(0, len(content)))] ^= 1 << int(random.integers(0, 8))
        (tmp_path / "flipped.pt").write_bytes(content)
        try:
            loaded = load(tmp_path / "flipped.pt")
        except CheckpointError:
            continue
        assert torch.equal(loaded.network["weight"], checkpoint(3).network["weight"])
        assert (loaded.epoch, loaded.best, loaded.history) == (3, 0.5, [{"val_miou": 0.5}])


def test_a_checkpoint_is_its_owners_alone_whatever_the_umask(tmp_path):
    before = os.umask(0o022)
    try:
        save(checkpoint(1), tmp_path / "last.pt")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "last.pt").stat().st_mode) == 0o600


def test_weights_of_another_network_are_refused():
    with pytest.raises(CheckpointError, match="epoch 3: the weights are of another network"):
        checkpoint(3).fill(torch.nn.Linear(2, 2))


def test_a_checkpoint_holds_each_weight_and_its_two_adam_averages_once(tmp_path):
    network = torch.nn.Linear(500, 500)
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.ones(1, 500)).sum().backward()
    optimizer.step()
    state = Checkpoint({}, 1, 1, network.state_dict(), optimizer.state_dict(), None, 0, {}, None)
    save(state, tmp_path / "last.pt")
    weights_bytes = 4 * 500 * 501
    assert 3 * weights_bytes <= (tmp_path / "last.pt").stat().st_size < 3.1 * weights_bytes


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(tmp_path):
    trial = TrialCheckpoints(tmp_path)
    for epoch in (1, 2, 3):
        trial.save(checkpoint(epoch), best=epoch == 2)
    assert trial.load_newest().epoch == 3
    cut(tmp_path / "last.pt", 0.5)
    with pytest.warns(UserWarning, match="not a whole checkpoint"):
        assert trial.load_newest().epoch == 2


def test_damage_in_a_files_directory_falls_back_too(tmp_path):
    trial = TrialCheckpoints(tmp_path)
    for epoch in (1, 2):
        trial.save(checkpoint(epoch), best=False)
    content = bytearray((tmp_path / "last.pt").read_bytes())
    content[content.rfind(b"data.pkl")] = 0xFF  # no longer text
    (tmp_path / "last.pt").write_bytes(content)
    with pytest.warns(UserWarning, match="not a whole checkpoint"):
        assert trial.load_newest().epoch == 1


class Cut(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("steps", range(6))
def test_a_save_cut_off_at_any_step_leaves_the_weights_that_the_newest_believes_to_be_best(
    tmp_path, monkeypatch, steps
):
    trial, left = TrialCheckpoints(tmp_path), iter(range(steps))
    for epoch in (1, 2):
        trial.save(checkpoint(epoch), best=epoch == 1)

    def ending(step):
        def run(*arguments):
            if next(left, None) is None:
                raise Cut
            return step(*arguments)

        return run

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", ending(Path.replace))
        patched.setattr(os, "link", ending(os.link))
        try:
            trial.save(checkpoint(3), best=True)
        except Cut:
            assert steps < 5
    newest = trial.load_newest().epoch
    assert newest in (2, 3)
    assert trial.load_best().epoch in ((3,) if newest == 3 else (1, 3))  # 3 is about to be trained again
    trial.save(checkpoint(4), best=False)
    assert {path.name for path in tmp_path.iterdir()} == {"last.pt", "previous.pt", "best.pt"}


def test_the_best_weights_cost_no_second_file(tmp_path):
    TrialCheckpoints(tmp_path).save(checkpoint(1), best=True)
    assert (tmp_path / "best.pt").samefile(tmp_path / "last.pt")


def test_the_best_weights_are_copied_where_there_are_no_links(tmp_path, monkeypatch):
    def refused(*_):
        raise OSError("this file system has no links")

    monkeypatch.setattr(os, "link", refused)
    trial = TrialCheckpoints(tmp_path)
    trial.save(checkpoint(1), best=True)
    trial.save(checkpoint(2), best=False)
    assert trial.load_best().epoch == 1
    assert {path.name for path in tmp_path.iterdir()} == {"last.pt", "previous.pt", "best.pt"}


def test_where_all_are_damaged_a_trial_starts_over(tmp_path):
    trial = TrialCheckpoints(tmp_path)
    assert trial.load_newest() is None
    for epoch in (1, 2):
        trial.save(checkpoint(epoch), best=False)
    cut(tmp_path / "last.pt", 0.5)
    cut(tmp_path / "previous.pt", 0.5)
    with pytest.warns(UserWarning, match="not a whole checkpoint"):
        assert trial.load_newest() is None


def test_the_best_weights_stay_when_training_goes_on(tmp_path):
    trial = TrialCheckpoints(tmp_path)
    for epoch in range(1, 6):
        trial.save(checkpoint(epoch), best=epoch == 2)
    assert trial.load_best().epoch == 2
    assert trial.load_newest().epoch == 5
    assert {path.name for path in tmp_path.iterdir()} == {"last.pt", "previous.pt", "best.pt"}


@pytest.mark.slow
def test_a_process_killed_while_it_saves_leaves_a_whole_checkpoint(tmp_path):
    script = textwrap.dedent(
        """
        import sys, itertools, pathlib, torch
        from cnnmodels.checkpoint import Checkpoint, TrialCheckpoints
        trial = TrialCheckpoints(pathlib.Path(sys.argv[1]))
        for epoch in itertools.count(1):
            weight = torch.full((2_000_000,), float(epoch))
            trial.save(Checkpoint({}, 3, epoch, {"weight": weight}, {}, None, 0, {}, None), best=True)
            print(epoch, flush=True)
        """
    )
    for attempt in range(4):
        process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2 + attempt):
            said = int(process.stdout.readline())
        time.sleep(0.005 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        newest = TrialCheckpoints(tmp_path).load_newest()
        assert newest.epoch >= said
        assert (newest.network["weight"] == newest.epoch).all()
    TrialCheckpoints(tmp_path).save(checkpoint(1), best=True)
    assert {path.name for path in tmp_path.iterdir()} == {"last.pt", "previous.pt", "best.pt"}
