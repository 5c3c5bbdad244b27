"""The gallery as it is read: its index alone, or with the pictures inside."""

import pytest

from reports.records.gallery import read_index, with_pictures
from tests.reports.sweeps import CLASSES, add_gallery, write_sweep


@pytest.fixture
def sweep(tmp_path):
    folder = write_sweep(tmp_path / "s", trials=1)
    add_gallery(folder)
    return folder


def test_the_index_names_the_classes_and_the_files(sweep):
    index = read_index(sweep)
    assert index["classes"] == CLASSES
    assert index["rows"][0]["pictures"]["truth"] == "0000_truth.png"


def test_pictures_come_as_data_and_the_index_stays_as_it_was(sweep):
    index = read_index(sweep)
    filled = with_pictures(sweep, index)
    assert filled["rows"][0]["pictures"]["truth"].startswith("data:image/png;base64,iVBOR")
    assert index["rows"][0]["pictures"]["truth"] == "0000_truth.png"


@pytest.mark.parametrize("text", ["", "{", "[]", '"gallery"'])
def test_what_is_no_index_is_no_gallery(sweep, text):
    (sweep.gallery_path / "gallery.json").write_text(text)
    assert read_index(sweep) is None


def test_a_missing_picture_costs_that_picture(sweep):
    index = read_index(sweep)
    (sweep.gallery_path / "0000_truth.png").unlink()
    columns = {*index["rows"][0]["pictures"]}
    assert {*with_pictures(sweep, index)["rows"][0]["pictures"]} == columns - {"truth"}
    for path in sweep.gallery_path.glob("*.png"):
        path.unlink()
    assert with_pictures(sweep, index) is None
    assert with_pictures(sweep, {"rows": [{"pictures": "none"}]}) is None


def test_a_picture_is_never_a_link_nor_a_path(sweep, tmp_path):
    (tmp_path / "secret").write_text("secret")
    assert with_pictures(sweep, {"rows": [{"pictures": {"input": "../../secret"}}]}) is None
    (sweep.gallery_path / "link.png").symlink_to(tmp_path / "secret")
    assert with_pictures(sweep, {"rows": [{"pictures": {"input": "link.png"}}]}) is None
