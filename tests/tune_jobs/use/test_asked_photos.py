"""Which photos files and folders mean, and what their answers are called."""

import pytest

from cnnmodels.errors import DataError
from tests.tune_jobs.use.trained import write_photo
from tune_jobs.use.asked_photos import TABLE, asked_photos


def write(folder, *names):
    for name in names:
        write_photo(folder / name, (4, 4))


def test_a_folder_means_its_photos_at_any_depth_under_their_paths(tmp_path):
    write(tmp_path, "b.png", "a/c.jpg", "a/d/e.png")
    (tmp_path / "notes.txt").write_text("")
    asked = asked_photos([tmp_path], tmp_path / "out")
    assert [photo.shown for photo in asked] == ["b.png", "a/c.jpg", "a/d/e.png"]
    assert [photo.answer for photo in asked] == ["b", "a/c", "a/d/e"]


def test_files_come_in_the_order_in_which_they_are_named_and_each_once(tmp_path):
    write(tmp_path, "a.png", "b.png")
    asked = asked_photos([tmp_path / "b.png", tmp_path / "a.png", tmp_path], tmp_path / "out")
    assert [photo.shown for photo in asked] == [str(tmp_path / "b.png"), str(tmp_path / "a.png")]
    assert [photo.answer for photo in asked] == ["b", "a"]


def test_no_two_answers_are_called_alike_whatever_the_case(tmp_path):
    write(tmp_path, "one/a.png", "two/a.png", "three/a.jpg", "three/A.bmp", "three/b.png")
    named = [tmp_path / "one" / "a.png", tmp_path / "two" / "a.png", tmp_path / "three"]
    answers = [photo.answer for photo in asked_photos(named, tmp_path / "out")]
    assert answers == ["a.png", "a.png-2", "A.bmp", "a.jpg", "b"]


def test_no_answer_leads_out_of_its_folder(tmp_path, monkeypatch):
    write(tmp_path, "a.png", "here/b.png")
    monkeypatch.chdir(tmp_path / "here")
    asked = asked_photos([(tmp_path / "here" / ".." / "a.png").relative_to(tmp_path / "here")], tmp_path / "out")
    assert [photo.answer for photo in asked] == ["a"]


def test_earlier_answers_are_no_photos(tmp_path):
    write(tmp_path, "a.png", "out/masks/a.png", "predictions/other/masks/a.png")
    (tmp_path / "predictions" / "other" / TABLE).write_text("")
    assert [photo.shown for photo in asked_photos([tmp_path], tmp_path / "out")] == ["a.png"]


def test_nothing_to_answer_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty: holds no photos"):
        asked_photos([tmp_path / "empty"], tmp_path / "out")
    with pytest.raises(DataError, match=r"nowhere\.png: no such file or folder"):
        asked_photos([tmp_path / "nowhere.png"], tmp_path / "out")
