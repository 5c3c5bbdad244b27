"""A sweep whose workers never start ends with a reason, within two minutes or when a person has waited enough."""

import pytest

from tune_jobs.workers.start_watch import StartWatch


def watched(steps, **how) -> str | None:
    watch = StartWatch(**{"local": True, **how})
    for now, waiting, running, *room in steps:
        watch.look(waiting=waiting, running=running, room=room[0] if room else 2, now=now)
    return watch.trouble


def test_trials_that_wait_while_none_runs_are_a_fault_within_two_minutes():
    assert "no worker has started for 100 s" in watched([(now, 2, 0) for now in range(0, 120, 5)])


def test_a_start_that_takes_a_while_is_none():
    assert watched([(now, 2, 0) for now in range(0, 95, 5)] + [(200, 1, 1), (400, 1, 1)]) is None


def test_a_machine_on_which_ray_itself_was_slow_has_more_time():
    assert watched([(now, 2, 0) for now in range(0, 400, 5)], start_seconds=25) is None
    assert "for 500 s" in watched([(now, 2, 0) for now in range(0, 600, 5)], start_seconds=25)


def test_the_clock_begins_anew_when_a_worker_was_seen_or_nothing_waits():
    assert watched([(0, 2, 0), (90, 1, 1), (95, 2, 0), (190, 2, 0)]) is None
    assert watched([(0, 2, 0), (90, 0, 0), (95, 2, 0), (190, 2, 0), (196, 2, 0)]) is not None


def test_on_a_shared_cluster_others_may_hold_every_node():
    assert watched([(now, 2, 0) for now in range(0, 1000, 50)], local=False) is None


def test_on_a_cluster_without_any_node_it_waits_as_long_as_a_person_wants():
    gone = [(now, 2, 0, 0) for now in range(0, 1000, 50)]
    assert watched(gone, local=False) is None
    assert watched(gone, local=False, wait_for_nodes=1000) is None
    said = watched(gone, local=False, wait_for_nodes=900)
    assert said == "no node of the cluster has had room for a trial for 15 min 00 s"
    back = [*gone[:10], (500, 2, 0, 1), *((now, 2, 0, 0) for now in range(550, 1300, 50))]
    assert watched(back, local=False, wait_for_nodes=900) is None


@pytest.mark.parametrize(("times", "trouble"), [(range(0, 80, 10), True), ([1] * 20, False), (range(0, 70, 10), False)])
def test_workers_that_fail_to_start_one_behind_the_other_are_a_fault_and_many_that_are_lost_at_once_are_none(
    times, trouble
):
    watch = StartWatch(local=False)
    for now in times:
        watch.failed("no module named x", now)
    assert (watch.trouble == f"{len(times)} workers in a row could not start: no module named x") == trouble
    assert (watch.trouble is not None) == trouble


def test_a_worker_that_trains_ends_the_row():
    watch = StartWatch(local=False)
    for now in range(0, 200, 10):
        watch.failed("no module named x", now)
        if now % 50 == 0:
            watch.trained()
    assert watch.trouble is None
