"""A sweep whose workers never start ends with a reason, within two minutes."""

from tune_jobs.workers.start_watch import StartWatch


def watched(steps, *, local=True) -> str | None:
    watch = StartWatch(local=local)
    for now, waiting, running in steps:
        watch.look(waiting=waiting, running=running, now=now)
    return watch.trouble


def test_trials_that_wait_while_none_runs_are_a_fault_within_two_minutes():
    assert "no worker has started for 100 s" in watched([(now, 2, 0) for now in range(0, 120, 5)])


def test_a_start_that_takes_a_while_is_none():
    assert watched([(now, 2, 0) for now in range(0, 95, 5)] + [(200, 1, 1), (400, 1, 1)]) is None


def test_the_clock_begins_anew_when_a_worker_was_seen_or_nothing_waits():
    assert watched([(0, 2, 0), (90, 1, 1), (95, 2, 0), (190, 2, 0)]) is None
    assert watched([(0, 2, 0), (90, 0, 0), (95, 2, 0), (190, 2, 0), (196, 2, 0)]) is not None


def test_on_a_shared_cluster_others_may_hold_every_node():
    assert watched([(now, 2, 0) for now in range(0, 1000, 50)], local=False) is None
