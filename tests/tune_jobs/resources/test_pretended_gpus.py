"""How trials are given GPUs, with a real Ray and real workers, on a machine that has none: the GPUs are pretended."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.tune_jobs.sweeps import TINY, finish, launch_words, nothing_lost

pytestmark = pytest.mark.slow


def test_a_trial_that_runs_out_of_its_share_has_twice_as_much_and_then_has_failed(
    command, folder, tmp_path, monkeypatch
):
    log = tmp_path / "given.log"
    here = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(here / "pretended_gpus"), str(here.parents[2])]))
    monkeypatch.setenv("PRETENDED_GPUS", "1")
    monkeypatch.setenv("PRETENDED_HUNGRY", "0001:1.0 0003:0.5")
    monkeypatch.setenv("PRETENDED_LOG", str(log))
    output = finish(command(*launch_words("s", [*TINY, "budget.trials=4", "resources.cpus=1"])))
    state = folder.state()
    nothing_lost(state, folder, requested=4)
    assert state.trials["0001"].reason == "failed"
    assert "OutOfMemoryError" in state.trials["0001"].error
    assert all(state.trials[name].reason in ("completed", "pruned") for name in ("0000", "0002", "0003"))
    given = Counter(log.read_text().splitlines())
    assert given == Counter(
        f"{trial} {share} 0 all"  # Number 0; Ray hides none, since the GPU was chosen before.
        for trial, share in [("0000", 0.5), ("0001", 0.5), ("0001", 1.0), ("0002", 0.5), ("0003", 0.5), ("0003", 1.0)]
    )
    notes = [note.text for note in state.notes]
    assert notes.count("ran out of memory with 0.5 of a GPU; once more with 1") == 2
    assert "Failed or diverged: 1" in output
