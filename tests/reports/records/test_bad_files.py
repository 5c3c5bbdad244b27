"""Files that no sweep of ours would have: each costs its own sweep, and no list of sweeps."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from reports.analysis.summary import overview
from reports.records.errors import DamagedError, GoneError, RecordError
from reports.records.folder import SweepFolder, find_sweep, is_running, list_sweeps
from reports.records.gallery import read_index, with_pictures
from reports.server.kept import TurnOfReading
from reports.server.sweep_list import SweepList
from tests.reports.sweeps import add_gallery, write_sweep

DEEP = "[" * 200_000
NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


def spec_with(**changes):
    def change(folder):
        document = json.loads(folder.spec_path.read_text())
        folder.spec_path.write_text(json.dumps({**document, **changes}))

    return change


def record_ends_with(*lines):
    def change(folder):
        with folder.record_path.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    return change


def pipe_for(name):
    def change(folder):
        (folder.path / name).unlink(missing_ok=True)
        os.mkfifo(folder.path / name)

    return change


def folder_for(name):
    def change(folder):
        (folder.path / name).unlink()
        (folder.path / name).mkdir()

    return change


CONFIRMED = {"event": "winner_confirmed", "by": "c", "mean": 1, "low": 1, "high": 1, "runs": 1, "probability": 1}
BAD = {
    "a nested line": record_ends_with(DEEP, DEEP),
    "a nested object": record_ends_with('{"event":"note","text":' + DEEP, "{}"),
    "a nested spec": lambda folder: folder.spec_path.write_text(DEEP),
    "created in ten billion years": spec_with(created=1e300),
    "an event in ten billion years": record_ends_with('{"event":"note","time":1e300,"text":""}', "{}"),
    "a number of 1000 digits": record_ends_with('{"event":"note","time":' + "9" * 1000 + ',"text":""}', "{}"),
    "NaN": record_ends_with('{"event":"epoch","trial":"0","epoch":1,"metrics":{"m":NaN},"seconds":{}}', "{}"),
    "a pipe as record": pipe_for("record.jsonl"),
    "a folder as record": folder_for("record.jsonl"),
    "a winner that is no trial": record_ends_with(json.dumps({**CONFIRMED, "trial": "9999", "decided": True})),
    "a configuration of nothing": record_ends_with(
        '{"event":"trial_started","trial":"x","config":{},"node":"","slot":0,"continues":"0000"}',
        '{"event":"epoch","trial":"x","epoch":1,"metrics":{"val_miou":9},"seconds":{}}',
    ),
}


@pytest.mark.parametrize("bad", BAD)
def test_whatever_one_sweep_holds_the_lists_show_it_as_damaged_and_go_on(tmp_path, bad):
    write_sweep(tmp_path / "good", trials=2)
    BAD[bad](write_sweep(tmp_path / "bad", trials=2))
    rows = {folder.name: overview(folder, running=is_running(folder)) for folder in list_sweeps(tmp_path)}
    assert (rows["bad"].state, rows["good"].state) == ("damaged", "completed")
    lines = {line.name: line.row.state for line in SweepList(tmp_path, TurnOfReading()).lines(60)}
    assert lines == {"bad": "damaged", "good": "completed"}


@pytest.mark.parametrize(
    "name", ["sweep.json", "lease.json", ".lock", "gallery/gallery.json", "gallery/0000_truth.png"]
)
def test_a_pipe_is_never_waited_for(tmp_path, name):
    folder = write_sweep(tmp_path / "bad", trials=2)
    add_gallery(folder)
    index = read_index(folder)
    pipe_for(name)(folder)
    assert not is_running(folder)
    if name == "sweep.json":
        assert list_sweeps(tmp_path) == []
        with pytest.raises(DamagedError, match="no plain file"):
            folder.spec()
    elif name.endswith("gallery.json"):
        assert read_index(folder) is None
    elif name.endswith(".png"):
        missing = name.partition("/")[2]
        shown = zip(index["rows"], with_pictures(folder, index)["rows"], strict=False)
        assert all(
            set(row["pictures"]) == {column for column, file in of["pictures"].items() if file != missing}
            for of, row in shown
        )
    else:
        assert overview(folder, running=False).state == "completed"


def test_nested_lines_of_other_files_are_no_lease_and_no_gallery(tmp_path):
    folder = write_sweep(tmp_path / "s", trials=1)
    add_gallery(folder)
    folder.lease_path.write_text(DEEP)
    (folder.gallery_path / "gallery.json").write_text(DEEP)
    assert not is_running(folder)
    assert read_index(folder) is None


def test_a_file_that_is_too_long_to_be_ours_is_not_read(tmp_path):
    folder = write_sweep(tmp_path / "s", trials=1)
    os.truncate(folder.spec_path, 60_000_000)
    with pytest.raises(DamagedError, match="more than 50 MB"):
        folder.spec()
    with folder.record_path.open("ab") as file:
        file.truncate(file.tell() + 40_000_000)  # one line of zeros
    with pytest.raises(RecordError, match="is damaged"):
        folder.state()


def test_a_sweep_that_is_removed_while_it_is_listed_is_no_line(tmp_path):
    write_sweep(tmp_path / "good", trials=2)
    gone = write_sweep(tmp_path / "gone", trials=2)
    shutil.rmtree(gone.path)
    with pytest.raises(GoneError, match="was removed"):
        overview(gone, running=is_running(gone))
    overviews = SweepList(tmp_path, TurnOfReading())
    assert overviews._line(gone, time.monotonic() + 60) is None
    assert [line.name for line in overviews.lines(60)] == ["good"]


AS_NOBODY = """
import os, sys
from pathlib import Path
from reports.analysis.summary import overview
from reports.records.folder import find_sweep, is_running, list_sweeps
from reports.server.kept import TurnOfReading
from reports.server.sweep_list import SweepList
storage = Path(sys.argv[1])
os.setgroups([]); os.setegid(65534); os.seteuid(65534)
for folder in list_sweeps(storage):
    print(folder.name, overview(folder, running=is_running(folder)).state)
for line in SweepList(storage, TurnOfReading()).lines(60):
    print(line.name, line.row.state)
"""


@NEEDS_ROOT
def test_what_belongs_to_somebody_else_is_said_to_be_foreign(tmp_path):
    for name in ("closed", "spec", "record", "open"):
        folder = write_sweep(tmp_path / name, trials=2)
        folder.path.chmod(0o755)
        for path in folder.path.iterdir():
            path.chmod(0o644)
    (tmp_path / "closed").chmod(0o700)
    (tmp_path / "spec" / "sweep.json").chmod(0o600)
    (tmp_path / "record" / "record.jsonl").chmod(0o600)
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_uid == 0 and parent.stat().st_mode & 0o055 != 0o055:
            parent.chmod(parent.stat().st_mode | 0o055)
    said = subprocess.run([sys.executable, "-c", AS_NOBODY, str(tmp_path)], capture_output=True, text=True, check=False)
    assert said.stderr == ""
    states = [line.split() for line in said.stdout.splitlines()]
    assert (
        dict(states[:4])
        == dict(states[4:])
        == {
            "closed": "foreign",
            "spec": "foreign",
            "record": "foreign",
            "open": "completed",
        }
    )


def test_a_link_to_nowhere_is_no_sweep(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert list_sweeps(tmp_path) == []
    assert not SweepFolder(tmp_path / "link").exists()
    write_sweep(tmp_path / "s", trials=1)
    assert find_sweep(tmp_path, "s").name == "s"
