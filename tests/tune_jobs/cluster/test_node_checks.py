"""What a node says that it lacks."""

from __future__ import annotations

import pytest
from PIL import Image

from tune_jobs.cluster.node_checks import missing_on_node


@pytest.mark.slow
def test_a_data_folder_that_a_node_does_not_see_is_refused_by_the_nodes_name(shared_data, tmp_path):
    spec = {"path": str(tmp_path / "missing"), "image_size": [24, 32]}
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "sweep.json").write_text("{}")
    assert "missing" in missing_on_node(spec, "segmentation", {"train": 1}, str(tmp_path / "s"), None)
    spec["path"] = str(shared_data / "camvid")
    assert missing_on_node(spec, "segmentation", {"train": 367, "val": 101}, str(tmp_path / "s"), None) is None
    assert "367 train images, 400 where" in missing_on_node(
        spec, "segmentation", {"train": 400}, str(tmp_path / "s"), None
    )
    assert "does not see" in missing_on_node(spec, "segmentation", {"train": 1}, str(tmp_path / "elsewhere"), None)


def test_a_node_that_sees_the_sweep_and_makes_its_images_lacks_nothing(tmp_path):
    spec = {"name": "streets", "images": 20, "image_size": [24, 32], "val_share": 0.4}
    assert "does not see" in missing_on_node(spec, "segmentation", {}, str(tmp_path), None)
    (tmp_path / "sweep.json").write_text("{}")
    assert missing_on_node(spec, "segmentation", {"train": 12, "val": 8}, str(tmp_path), None) is None


def test_a_folder_with_fewer_images_than_where_the_sweep_was_launched_is_named(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(4):
            Image.new("RGB", (32, 24), (number, 0, 0)).save(tmp_path / "data" / name / f"{number}.png")
    spec = {"path": str(tmp_path / "data"), "image_size": [24, 32], "val_share": 0.5}
    (tmp_path / "sweep.json").write_text("{}")
    answer = missing_on_node(spec, "classification", {"train": 400}, str(tmp_path), None)
    assert answer == f"{tmp_path / 'data'}: 4 train images, 400 where the sweep was launched"
