"""Files at a URI, and which URIs can be used."""

from __future__ import annotations

import pytest

from reports.records.errors import SweepError
from tune_jobs.storage.object_storage import ObjectStorage, Stamp, below, first_line, is_uri, stays_below
from tune_jobs.storage.working_copy import local_copy


@pytest.mark.slow
@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("s3://key:secret@bucket/sweeps", "keep keys out of the URI"),
        ("s3:///sweeps", "name a bucket"),
        ("https://host/sweeps", "a web address keeps no files"),
        ("s3://bucket/sweeps?typo=1", "typo"),
        ("file://sweeps", "three slashes"),
        ("nosuch://bucket/sweeps", "nosuch"),
        ("s3://other/sweeps", "there is no bucket 'other'"),
    ],
)
def test_a_uri_that_cannot_be_used_is_refused_in_a_line(s3, tmp_path, monkeypatch, uri, text):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path))
    with pytest.raises(SweepError, match=text) as caught:
        local_copy(uri)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_is_put_listed_fetched_and_deleted_with_its_time(uri, tmp_path):
    storage, source, target = ObjectStorage(uri), tmp_path / "source", tmp_path / "new" / "target"
    source.write_text("content")
    storage.put(source, "s/trials/0000/last.pt")
    (name,) = storage.names("s")
    assert name == "s/trials/0000/last.pt"
    assert storage.has(name)
    storage.get(name, target)
    assert target.read_text() == "content"
    stat = target.stat()
    assert storage.names()[name] == Stamp(stat.st_size, stat.st_mtime_ns)
    storage.delete(name)
    storage.delete(name)
    assert not storage.has(name)
    assert not storage.names()


def test_a_store_that_keeps_no_times_gives_its_files_all_the_same(tmp_path):
    storage, source = ObjectStorage(f"memory://bucket/{tmp_path.name}"), tmp_path / "source"
    source.write_text("content")
    storage.put(source, "s/record.jsonl")
    assert storage.names() == {"s/record.jsonl": Stamp(7, None)}
    storage.get("s/record.jsonl", tmp_path / "target")
    assert (tmp_path / "target").read_text() == "content"


def test_a_file_that_is_not_there_leaves_the_target_as_it_was(uri, tmp_path):
    (tmp_path / "target").write_text("old")
    with pytest.raises(FileNotFoundError, match=f"{uri}/nothing"):
        ObjectStorage(uri).get("nothing", tmp_path / "target")
    assert (tmp_path / "target").read_text() == "old"


@pytest.mark.parametrize(("name", "stays"), [("s/record.jsonl", True), ("../s", False), ("s//x", False), ("/s", False)])
def test_names_that_lead_out_of_a_folder_are_told_from_those_that_stay(name, stays):
    assert stays_below(name) is stays


def test_what_lies_below_a_uri_keeps_its_options_at_the_end():
    assert is_uri("s3://bucket")
    assert not is_uri("sweeps/s3")
    assert below("s3://bucket/sweeps/?region=eu", "s") == "s3://bucket/sweeps/s?region=eu"
    assert below("s3://bucket/sweeps/", "") == "s3://bucket/sweeps"


def test_of_an_error_the_first_line_is_said():
    assert first_line(OSError("AWS Error\nwith hints")) == "AWS Error"
    assert first_line(OSError(2, "No such file")) == "No such file"
    assert first_line(ValueError()) == "ValueError"
