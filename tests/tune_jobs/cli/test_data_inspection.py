"""What `tune data` finds in a folder."""

from __future__ import annotations

from PIL import Image

from cnnmodels.data import DataSpec
from tests.cnnmodels.data.test_photo_layouts import photo, spoil
from tune_jobs.cli.data_inspection import inspect


def test_an_inspection_names_what_is_broken_and_counts_the_rest(tmp_path):
    for split, count in (("train", 4), ("valid", 2)):
        for name in ("duck", "owl"):
            for number in range(count):
                photo(tmp_path / "birds" / split / name / f"{number}.jpg", shade=number)
    spoil(tmp_path / "birds" / "train" / "duck" / "1.jpg")
    found = inspect(DataSpec(path=tmp_path / "birds"), None, tmp_path / "sheet.png")
    assert found.task == "classification"
    assert found.other_tasks == ["colorization"]
    assert found.counts == {"train": 7, "val": 4}
    assert [(one.name, one.count) for one in found.classes] == [("duck", 3), ("owl", 4)]
    assert found.sizes == {"20x16": 11}
    assert len(found.broken) == 1
    assert "duck/1.jpg" in found.broken[0]
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (6 * 128, 2 * (96 + 2 * 14))


def test_real_layouts_are_told_apart(tmp_path, shared_data):
    tasks = {
        name: inspect(DataSpec(path=shared_data / name), None, tmp_path / f"{name}.png").task
        for name in ("camvid", "lyft", "birds12", "landscapes")
    }
    assert tasks == {
        "camvid": "segmentation",
        "lyft": "segmentation",
        "birds12": "classification",
        "landscapes": "colorization",
    }
