"""Working copies on this machine of what is kept at a URI."""

from __future__ import annotations

import pytest

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from tune_jobs.storage.mirror import send_files
from tune_jobs.storage.sweep_folders import hold
from tune_jobs.storage.working_copy import (
    followed,
    local_copy,
    look_again,
    place_of,
    storage_errors,
    storage_option,
    uri_of,
)


def test_a_file_uri_is_a_path_and_a_path_has_no_uri(tmp_path):
    here = local_copy(f"file://{tmp_path}/my%20sweeps")
    assert here == tmp_path / "my sweeps"
    assert uri_of(SweepFolder(here / "s")) is None


@pytest.fixture
def kept(uri, tmp_path):
    """A sweep's folder at the URI, as another machine left it."""
    folder = SweepFolder(tmp_path / "bucket" / "sweeps" / "s")
    folder.trial_path("0000").mkdir(parents=True)
    (folder.trial_path("0000") / "best.pt").write_text("weights")
    (folder.path / "gallery").mkdir()
    (folder.path / "gallery" / "0.png").write_text("a picture")
    folder.spec_path.write_text("{}")
    folder.record_path.write_text("1\n")
    folder.report_path.write_text("a report")
    return folder


def files(folder: SweepFolder) -> set[str]:
    return {str(path.relative_to(folder.path)) for path in folder.path.rglob("*") if path.is_file()} - {".lock"}


def test_of_a_sweep_that_is_named_all_but_weights_is_copied_and_of_others_what_a_list_needs(uri, kept):
    copy = SweepFolder(local_copy(uri) / "s")
    assert files(copy) == {"sweep.json", "record.jsonl"}
    with followed(uri) as here:
        assert here == copy.path.parent
        assert files(copy) == {"sweep.json", "record.jsonl", "gallery/0.png"}
    local_copy(uri, "s")
    assert files(copy) == {"sweep.json", "record.jsonl", "gallery/0.png", "report.html"}
    assert uri_of(copy) == place_of(copy) == f"{uri}/s"
    assert storage_option(copy) == f" --storage {uri}"


def test_a_copy_follows_a_record_that_grew_but_not_one_that_is_behind_or_while_a_driver_runs_here(uri, kept):
    copy = SweepFolder(local_copy(uri) / "s")
    kept.record_path.write_text("1\n2\n")
    lock = hold(copy)
    look_again(copy)
    assert copy.record_path.read_text() == "1\n", "its driver is the one that writes"
    lock.release()
    look_again(copy)
    assert copy.record_path.read_text() == "1\n2\n"
    copy.record_path.write_text("1\n2\n3\n")
    look_again(copy)
    assert copy.record_path.read_text() == "1\n2\n3\n"


def test_a_training_is_sent_as_a_whole_and_one_that_went_on_here_is_not_put_back(uri, kept):
    copy = SweepFolder(local_copy(uri, "s") / "s")
    training = copy.path / "trainings" / "0000-train"
    training.mkdir(parents=True)
    for name, content in {"record.jsonl": "1\n", "last.pt": "one epoch", ".lock": ""}.items():
        (training / name).write_text(content)
    send_files(copy, training)
    there = kept.path / "trainings" / "0000-train"
    assert sorted(path.name for path in there.iterdir()) == ["last.pt", "record.jsonl"]
    (training / "record.jsonl").write_text("1\n2\n")
    (training / "last.pt").write_text("two epochs")
    local_copy(uri, "s")
    assert (training / "last.pt").read_text() == "two epochs"
    (there / "record.jsonl").write_text("1\n2\n3\n")
    (there / "last.pt").write_text("three epochs")
    local_copy(uri, "s")
    assert (training / "last.pt").read_text() == "three epochs"


def test_a_sweep_that_was_deleted_at_the_uri_is_put_aside(uri, kept):
    copy = SweepFolder(local_copy(uri) / "s")
    kept.path.rename(kept.path.parents[2] / "gone")
    look_again(copy)
    assert not copy.path.exists()
    (aside,) = copy.path.parent.with_name(f"{copy.path.parent.name}.gone").iterdir()
    assert (aside / "record.jsonl").read_text() == "1\n"


def test_what_a_storage_raises_is_one_line_that_names_it():
    with pytest.raises(SweepError, match=r"^--storage s3://bucket: no route to host$"), storage_errors("s3://bucket"):
        raise OSError("no route to host\nand a hint that nobody needs")
