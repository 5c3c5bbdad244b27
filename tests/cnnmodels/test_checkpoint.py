"""Checkpoints on disk: whole or not at all, whatever happens to the process or the file."""

import signal
import subprocess
import sys
import textwrap
import time

import pytest
import torch

from cnnmodels.checkpoint import Checkpoint, TrialCheckpoints, load, save
from cnnmodels.errors import CheckpointError


def checkpoint(epoch: int, size: int = 1000) -> Checkpoint:
    return Checkpoint(
        config={"lr": 0.1},
        outputs=3,
        epoch=epoch,
        network={"weight": torch.full((size,), float(epoch))},
        optimizer={},
        schedule={},
        best=0.5,
        epochs_since_best=0,
        metrics={"val_miou": 0.5},
        ended=None,
    )


def cut(path, share):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def test_what_is_saved_is_loaded(tmp_path):
    save(checkpoint(3), tmp_path / "last.pt")
    loaded = load(tmp_path / "last.pt")
    assert loaded.epoch == 3
    assert loaded.metrics == {"val_miou": 0.5}
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
    with pytest.raises((CheckpointError, Exception), match=r"last\.pt|weights_only"):
        load(tmp_path / "last.pt")


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(tmp_path):
    trial = TrialCheckpoints(tmp_path)
    for epoch in (1, 2, 3):
        trial.save(checkpoint(epoch), best=epoch == 2)
    assert trial.load_newest().epoch == 3
    cut(tmp_path / "last.pt", 0.5)
    with pytest.warns(UserWarning, match="not a whole checkpoint"):
        assert trial.load_newest().epoch == 2


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
            trial.save(Checkpoint({}, 3, epoch, {"weight": weight}, {}, {}, None, 0, {}, None), best=True)
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
