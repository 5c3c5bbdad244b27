"""Sweeps that share a machine: its cores, its GPUs, and whose turn it is."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tune_jobs.resources.fair_share import FairShare

TWO = ("GPU-a", "GPU-b")


@pytest.fixture
def share(tmp_path):
    """A sweep's part of one machine, by name."""
    shares = []

    def make(cores: int = 4, gpu_names=()) -> FairShare:
        shares.append(FairShare(tmp_path, cores=cores, gpu_names=gpu_names))
        return shares[-1]

    yield make
    for one in shares:
        one.close()


def test_one_sweep_has_the_whole_machine(share):
    first = share()
    four = [first.acquire(1) for _ in range(4)]
    assert all(four)
    assert first.acquire(1) is None
    first.release(four[0])
    assert first.acquire(1)


def test_a_second_sweep_gets_what_becomes_free_until_both_have_the_same(share):
    first, second = share(), share()
    held = [first.acquire(1) for _ in range(4)]
    assert second.acquire(1) is None, "all are held"
    first.release(held.pop())
    assert first.acquire(1) is None, "the other holds less, and waits"
    assert second.acquire(1)
    assert second.acquire(1) is None
    first.release(held.pop())
    assert first.acquire(1) is None, "two against one"
    assert second.acquire(1)
    first.release(held.pop())
    assert first.acquire(1), "one against two, and nobody waits"


def test_of_two_that_hold_the_same_the_one_that_waited_longer_is_next(share):
    first, second = share(cores=1), share(cores=1)
    only = first.acquire(1)
    for _ in range(3):
        assert second.acquire(1) is None
        first.release(only)
        assert first.acquire(1) is None, "it has just had its turn"
        only = second.acquire(1)
        assert only
        first, second = second, first


def test_a_large_trial_is_not_kept_out_by_many_small_ones(share):
    small, large = share(), share()
    held = [small.acquire(1) for _ in range(4)]
    assert large.acquire(3) is None
    for lease in held[:3]:
        small.release(lease)
        assert small.acquire(1) is None
    assert large.acquire(3)


def test_a_sweep_that_no_longer_asks_holds_up_nobody(share, monkeypatch):
    first, second = share(), share()
    held = [first.acquire(1) for _ in range(4)]
    assert second.acquire(1) is None
    monkeypatch.setattr("tune_jobs.resources.fair_share._REQUEST_LIFE_SECONDS", 0)
    first.release(held[0])
    assert first.acquire(1)


def test_a_clock_that_goes_back_an_hour_lets_nobody_wait_for_a_sweep_that_died(share, tmp_path):
    first, dead = share(), share()
    held = [first.acquire(1) for _ in range(4)]
    assert dead.acquire(1) is None
    (request,) = tmp_path.glob("*.request")
    said = json.loads(request.read_text())
    request.write_text(json.dumps({**said, "since": said["since"] + 3600, "tried": said["tried"] + 3600}))
    first.release(held[0])
    assert first.acquire(1)


def test_shares_of_a_gpu_never_add_up_to_more_than_the_gpu(share):
    first, second = share(16, TWO), share(16, TWO)
    numbers = [sweep.acquire(1, 1 / 3).gpu_numbers for sweep in (first, second, first, second, first, second)]
    assert sorted(numbers) == [(0,), (0,), (0,), (1,), (1,), (1,)]
    assert first.acquire(1, 1 / 3) is None
    assert second.acquire(1, 0.5) is None
    assert first.acquire(1), "a core is still to be had"


def test_a_trial_that_ran_out_of_memory_waits_for_a_gpu_with_room(share):
    only = share(16, TWO)
    quarters = [only.acquire(1, 0.25) for _ in range(8)]
    for lease in quarters[:2]:  # one of either GPU: none has half of itself free
        only.release(lease)
    assert only.acquire(1, 0.5) is None
    only.release(quarters[2])
    assert only.acquire(1, 0.5).gpu_numbers == quarters[2].gpu_numbers


def test_whole_gpus_are_never_shared(share):
    first, second = share(16, TWO), share(16, TWO)
    one, other = first.acquire(1, 1), second.acquire(1, 1)
    assert {*one.gpu_numbers, *other.gpu_numbers} == {0, 1}
    assert first.acquire(1, 2) is None
    first.release(one)
    second.release(other)
    assert first.acquire(1, 2).gpu_numbers == (0, 1)


def test_gpus_have_the_same_name_to_sweeps_that_see_different_ones(share):
    all_of_them, the_last = share(16, TWO), share(16, TWO[1:])
    assert all_of_them.acquire(1, 1).gpu_numbers == (0,)
    assert all_of_them.acquire(1, 1).gpu_numbers == (1,)
    assert the_last.acquire(1, 1) is None


def test_what_a_dead_driver_held_is_free(share, tmp_path):
    holds_all = (
        "from pathlib import Path; import os, sys; from tune_jobs.resources.fair_share import FairShare; "
        "one = FairShare(Path(sys.argv[1]), cores=4, gpu_names=['GPU-a']); "
        "assert one.acquire(4, 1); os._exit(1)"
    )
    assert subprocess.run([sys.executable, "-c", holds_all, str(tmp_path)], check=False).returncode == 1
    assert list(tmp_path.glob("*.claim"))
    assert share(gpu_names=["GPU-a"]).acquire(4, 1)


def test_nothing_is_left_once_all_sweeps_have_ended(tmp_path):
    one, other = (FairShare(tmp_path, cores=4, gpu_names=()) for _ in range(2))
    assert one.acquire(4)
    assert other.acquire(1) is None
    one.close()
    other.close()
    assert [path.name for path in tmp_path.iterdir()] == ["guard.lock"]


def test_whoever_lacks_a_gpu_holds_up_nobody_who_wants_none_or_another(share):
    on_a, waits_for_a, on_b = share(16, TWO[:1]), share(16, TWO[:1]), share(16, TWO[1:])
    assert on_a.acquire(1, 1)
    held = on_b.acquire(1, 1)
    assert waits_for_a.acquire(1, 1) is None
    on_b.release(held)
    assert on_b.acquire(1, 1), "the other waits for another GPU"
    assert on_b.acquire(1), "and for no core"


def test_sweeps_that_see_different_machines_never_refuse_each_other(share):
    sees_one, sees_two = share(16, TWO[:1]), share(16, TWO)
    assert sees_one.acquire(4, 0.8)
    assert sees_two.acquire(8)
    last = share(16).acquire(4)
    assert last
    assert sees_one.acquire(4) is None
    assert sees_two.acquire(4) is None
    last.lock.release()
    taken = [sweep.acquire(4) for _ in range(2) for sweep in (sees_one, sees_two)]
    assert any(taken)


def test_a_request_that_was_cut_short_is_none(share, tmp_path):
    (tmp_path / "cut.request").write_text('{"owner": "x", "pa')
    assert share().acquire(4)
    assert not list(tmp_path.glob("*.request"))
