"""One driver a sweep, one sweep a name."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, is_running
from tune_jobs.storage.sweep_folders import check_name, create, create_unnamed, discard, free_name, hold


def _create(storage: Path, barrier, results) -> None:
    barrier.wait()
    try:
        _, lock = create(storage, "s")
    except SweepError:
        results.put("refused")
    else:
        results.put("started")
        barrier.wait()  # both have tried before the lock is let go
        lock.release()
        return
    barrier.wait()


@pytest.mark.slow
def test_of_two_that_create_one_name_at_one_instant_exactly_one_does_ten_times_out_of_ten(tmp_path):
    context = multiprocessing.get_context("spawn")
    for attempt in range(10):
        barrier, results = context.Barrier(2), context.Queue()
        storage = tmp_path / str(attempt)
        both = [context.Process(target=_create, args=(storage, barrier, results)) for _ in range(2)]
        for process in both:
            process.start()
        assert sorted(results.get(timeout=60) for _ in both) == ["refused", "started"]
        for process in both:
            process.join()
        results.close()


def _create_unnamed(storage: Path, barrier, results) -> None:
    barrier.wait()
    for _ in range(20):
        folder, _ = create_unnamed(storage, "s")
        results.put(folder.name)


@pytest.mark.slow
def test_of_launches_without_a_name_at_one_instant_each_gets_a_name_of_its_own(tmp_path):
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(3), context.Queue()
    all_three = [context.Process(target=_create_unnamed, args=(tmp_path, barrier, results)) for _ in range(3)]
    for process in all_three:
        process.start()
    names = [results.get(timeout=60) for _ in range(3 * 20)]
    for process in all_three:
        process.join()
    assert sorted(names) == sorted(["s", *(f"s-{number}" for number in range(2, 61))])


def test_a_folder_that_never_became_a_sweep_can_be_used(tmp_path):
    (tmp_path / "s").mkdir()
    folder, lock = create(tmp_path, "s")
    assert not folder.exists()
    lock.release()


def test_a_folder_of_other_files_is_neither_used_nor_removed(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "holiday.jpg").write_bytes(b"ours")
    (tmp_path / "link").symlink_to(photos)
    for name in ("photos", "link"):
        with pytest.raises(SweepError, match="holds other files; choose another --name or --storage"):
            create(tmp_path, name)
    assert [path.name for path in photos.iterdir()] == ["holiday.jpg"]


def test_what_a_killed_launch_left_is_used_again(tmp_path):
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / ".lock").touch()
    (tmp_path / "s" / ".sweep.json.17.18").touch()
    folder, lock = create(tmp_path, "s")
    assert is_running(folder)
    lock.release()


def test_a_refused_sweep_is_discarded_but_never_one_with_a_record(tmp_path):
    refused, lock = create(tmp_path, "refused")
    discard(refused)
    lock.release()
    assert not refused.path.exists()
    begun, lock = create(tmp_path, "begun")
    begun.record_path.write_text("")
    discard(begun)
    lock.release()
    assert begun.path.exists()


def test_a_held_sweep_is_running_until_its_holder_lets_go(tmp_path):
    folder = SweepFolder(tmp_path)
    lock = hold(folder)
    assert is_running(folder)
    with pytest.raises(SweepError, match="is running"):
        hold(folder)
    lock.release()
    assert not is_running(folder)


def test_the_next_free_name_counts_up(tmp_path):
    assert free_name(tmp_path, "s") == "s"
    (tmp_path / "s").mkdir()
    (tmp_path / "s-2").mkdir()
    assert free_name(tmp_path, "s") == "s-3"


@pytest.mark.parametrize(
    ("wanted", "name"), [("my space", "my-space"), ("..", "sweep"), ("-x", "x"), ("ü", "sweep"), ("a" * 65, "a" * 60)]
)
def test_a_sweep_without_a_name_gets_one_that_every_verb_takes(tmp_path, wanted, name):
    assert free_name(tmp_path, wanted) == name
    check_name(tmp_path, name)


@pytest.mark.parametrize("name", ["../evil", "a b", "", "-x", "ü", "a" * 65])
def test_what_is_no_name_is_refused_before_any_work(tmp_path, name):
    with pytest.raises(SweepError, match="use letters, digits"):
        check_name(tmp_path, name)
