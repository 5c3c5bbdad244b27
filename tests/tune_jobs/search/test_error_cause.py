"""Errors of several trials that have one cause, as Ray and Python write them."""

from tune_jobs.search.error_cause import cause_of, plain

LOST = (
    "its worker was lost 4 times: \x1b[36mray::TrialRunner.train()\x1b[39m (pid={pid}, ip=127.0.0.1, "
    "actor_id={actor}, repr=<tune_jobs.workers.trainable.TrialRunner object at {at}>)"
)


def test_errors_of_other_processes_have_one_cause():
    one = LOST.format(pid=101, actor="05aef1b07c1f3b0e9f0f3f2a01000000", at="0x7f01a3b4c5d0")
    other = LOST.format(pid=99, actor="9be1c94bb1a4cf2d32ba94d701000000", at="0x7f99a3b4c5d0")
    assert cause_of(one, "0001") == cause_of(other, "0002") != ""


def test_the_trials_own_files_are_named_alike_and_other_numbers_stay():
    errors = {name: f"OSError: s/trials/{name}/last.pt is odd\nmore of {name}" for name in ("0001", "0002")}
    assert {cause_of(text, name) for name, text in errors.items()} == {"OSError: s/trials/the trial/last.pt is odd"}
    assert cause_of("ValueError: 1", "0001") != cause_of("ValueError: 2", "0001")
    assert cause_of("ValueError: 10001 is odd", "0001") == "ValueError: 10001 is odd"


def test_what_is_recorded_steers_no_terminal():
    assert plain("\x1b[36mray::f()\x1b[39m \x1b[1;31mfailed\x1b[0m") == "ray::f() failed"
    assert cause_of("", "0001") == ""
