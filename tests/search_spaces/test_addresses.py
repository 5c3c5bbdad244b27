"""Paths in a space file: from the home, from the file, from here; absolute once the file is read."""

import json

import pytest

from search_spaces.errors import SpaceError
from search_spaces.loading import load

FILE = """\
task: segmentation
model: transfer
data: {path: %s, image_size: [24, 32]}
objective: {metric: val_miou, mode: max}
fixed: {backbone: weights.pth}
search:
  lr: {log_uniform: [1.0e-4, 1.0e-2], default: 1.0e-3}
named: {a: {backbone: imagenet}}
"""


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A home, a folder of a file, and a folder from which it is launched."""
    for name in ("home", "files", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def read(places, path: str, *overrides: str):
    (places / "files" / "Mine.YAML").write_text(FILE % path)
    return load("../files/Mine.YAML", overrides)


@pytest.mark.parametrize(
    ("there", "path", "found"),
    [
        ("home/pics", "~/pics", "home/pics"),
        ("files/pics", "pics", "files/pics"),
        ("here/pics", "pics", "here/pics"),
        ("pics", "../pics", "pics"),
        ("here/other", "pics", "here/pics"),  # there is none, so that the message names where people look first
    ],
)
def test_a_path_is_found_and_absolute(places, there, path, found):
    (places / there).mkdir()
    space = read(places, path)
    assert space.data.path.is_absolute()
    assert space.data.path.resolve() == places / found


def test_a_file_s_own_folder_comes_first(places):
    for name in ("files/pics", "here/pics"):
        (places / name).mkdir()
    assert read(places, "pics").data.path == places / "here" / ".." / "files" / "pics"


def test_a_path_on_the_command_line_is_from_here(places):
    (places / "files" / "pics").mkdir()
    assert read(places, "x", "data.path=pics").data.path == places / "here" / "pics"
    assert read(places, "x", "data.path=~/pics").data.path == places / "home" / "pics"


def test_files_of_weights_are_absolute_and_names_of_weights_stay(places):
    (places / "files" / "weights.pth").touch()
    choice = "search.backbone={choice: [weights.pth, ~/best.pt, imagenet, sweep:a.pt], default: imagenet}"
    space = read(places, "pics", choice)
    assert space.search["backbone"].choice == [
        str(places / "here" / "weights.pth"),
        str(places / "home" / "best.pt"),
        "imagenet",
        "sweep:a.pt",
    ]
    fixed = read(places, "pics").fixed["backbone"]
    assert fixed.endswith("files/weights.pth")
    assert json.loads(json.dumps(read(places, "pics").as_written()))["named"]["a"] == {"backbone": "imagenet"}


def test_a_name_that_is_no_text_here_is_refused_with_the_variable_to_set():
    with pytest.raises(SpaceError, match=r"data.path: .* is no UTF-8; rename it, or set PYTHONUTF8=1"):
        load("seg_unet", ['data.path="Stra\udcc3\udc9fe"'])
