"""Bad input to the command: how it is made, and that it is one line, exit code 2, and nothing left behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tune_jobs.cli import main as cli

SPACE = """\
task: segmentation
model: unet
data: {name: streets, image_size: [24, 32], images: 10}
objective: {metric: val_miou, mode: max}
fixed: {width: 4, levels: 2}
search:
  lr: {log_uniform: [1.0e-4, 1.0e-2], default: 1.0e-3}
budget: {trials: 2, max_epochs: 2}
"""


def space(*changes, raw=None):
    """A file of one's own with something wrong in it, launched."""

    def make(here):
        text = SPACE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (here / "mine.yaml").write_bytes(text.encode() if raw is None else raw)
        return ["launch", "./mine.yaml"]

    return make


def words(*given):
    return lambda here: list(given)


def setting(override):
    return words("launch", "seg_unet", "--set", override)


def refuse(make, message, tmp_path, monkeypatch, capfd, environment=None):
    """Run the command that `make` prepares in an empty folder, and see it refused with the message."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "cache"))
    for variable in ("CNN_TUNE_STORAGE", "CNN_TUNE_TOKEN", "RAY_ADDRESS"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in (environment or {}).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(sys, "argv", ["tune", *make(here)])
    before = _files(here)
    umask = os.umask(0o077)
    try:
        with pytest.raises(SystemExit) as left:
            cli.main()
    finally:
        os.umask(umask)
    said = capfd.readouterr().err
    assert left.value.code == 2, said
    assert said.startswith("tune: ")
    assert message in said
    assert len(said.strip().splitlines()) == 1
    assert _files(here) == before
    assert not [path for path in _files(tmp_path / "cache") if "/." in path], "half written"


def _files(folder: Path) -> dict[str, int]:
    """Every file and folder, files with their size; locks and an empty folder for sweeps do not count."""
    return {
        str(path.relative_to(folder)): -1 if path.is_dir() else path.lstat().st_size
        for path in folder.rglob("*")
        if path.name != ".lock" and not (path.name == "sweeps" and path.is_dir() and not _files(path))
    }
