"""One trial in one process: what it reports, how it goes on, and that nothing leaks from trial to trial."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from filelock import FileLock

from cnnmodels.checkpoint import TrialCheckpoints
from cnnmodels.config import parse
from cnnmodels.data import DataSpec, load
from reports.records.folder import SweepFolder
from tests.repeatable import repeatable
from tune_jobs.search.messages import (
    PREFLIGHT,
    DataFaultMessage,
    FailureMessage,
    InfeasibleMessage,
    NoteMessage,
    YardsticksMessage,
)
from tune_jobs.storage.checkpoints import SweepCheckpoints
from tune_jobs.workers import trainable
from tune_jobs.workers.trainable import MESSAGE, TrialContext, TrialHeldError, TrialRunner, run_trial

STREETS = DataSpec(name="streets", images=20, image_size=(24, 32))


@pytest.fixture
def context(tmp_path: Path) -> TrialContext:
    (tmp_path / "trials").mkdir()
    return TrialContext(
        trials=tmp_path / "trials",
        uri=None,
        data=STREETS,
        cache=tmp_path / "cache",
        fingerprint=load(STREETS, tmp_path / "cache", "segmentation").fingerprint,
        metric="val_miou",
        mode="max",
        threads=1,
    )


def config(**knobs):
    return parse({"width": 4, "levels": 2, "epochs": 3, **knobs}).model_dump(mode="json")


def test_the_same_configuration_gives_the_same_as_first_and_as_tenth_trial_of_a_process(context):
    first = list(run_trial("first", config(augmentation="all"), context))
    for number in range(8):
        torch.manual_seed(number)
        list(run_trial(f"{number}", config(lr=0.01, optimizer="sgd", epochs=1, seed=number), context))
    tenth = list(run_trial("tenth", config(augmentation="all"), context))
    assert [repeatable(report.metrics) for report in first] == [repeatable(report.metrics) for report in tenth]


def test_reports_follow_the_epochs_and_say_where_the_time_went(context):
    reports = list(run_trial("0001", config(), context))
    assert [report.epoch for report in reports] == [1, 2, 3]
    assert [report.ended for report in reports] == [None, None, "completed"]
    assert set(reports[0].seconds) == {"data", "train", "validate", "checkpoint", "other"}


def test_a_latency_is_measured_once_before_the_first_epoch_and_kept_by_a_trial_that_goes_on(context):
    asked = context.model_copy(update={"latency": True})
    first, second, _ = run_trial("0001", config(), asked)
    assert first.metrics["latency_ms"] == second.metrics["latency_ms"] > 0
    longer = list(run_trial("0001", config(epochs=4), asked))
    assert {report.metrics["latency_ms"] for report in longer} == {first.metrics["latency_ms"]}
    assert "latency_ms" not in next(run_trial("0002", config(), context)).metrics


def test_a_network_that_takes_too_long_is_not_trained(context):
    asked = context.model_copy(update={"latency": True, "constraints": ("latency_ms<=1e-6",)})
    (message,) = run_trial("0001", config(), asked)
    assert isinstance(message, InfeasibleMessage)
    assert message.metrics["latency_ms"] > 0


def test_a_trial_that_cannot_be_compiled_here_says_so_before_its_first_epoch(context, monkeypatch):
    from torch._inductor.exc import TritonMissing

    def program(images):
        raise TritonMissing(None)

    monkeypatch.setattr(torch, "compile", lambda network, **options: program)
    note, *reports = run_trial("0001", config(compile=True), context)
    assert isinstance(note, NoteMessage)
    assert note.text.startswith("compile: torch has no compiler here (Cannot find a working triton installation")
    assert [report.epoch for report in reports] == [1, 2, 3]


def test_a_trial_that_was_lost_repeats_what_it_reported_and_goes_on_from_its_checkpoint(context):
    whole = list(run_trial("whole", config(), context))
    lost = run_trial("lost", config(), context)
    next(lost), next(lost)
    lost.close()
    resumed = list(run_trial("lost", config(), context))
    assert [(report.epoch, bool(report.seconds)) for report in resumed] == [(1, False), (2, False), (3, True)]
    assert [repeatable(report.metrics) for report in resumed] == [repeatable(report.metrics) for report in whole]


def test_a_trial_that_had_ended_unheard_says_so_again_and_trains_no_more(context):
    list(run_trial("0001", config(), context))
    again = list(run_trial("0001", config(), context))
    assert [(report.epoch, report.ended) for report in again] == [(1, None), (2, None), (3, "completed")]
    assert not any(report.seconds for report in again)


def test_a_trial_that_is_trained_longer_goes_on_from_its_best_epoch_as_if_it_had_had_so_many_from_the_start(context):
    list(run_trial("short", config(lr=0.01), context))
    folder = SweepFolder(context.trials.parent)
    SweepCheckpoints(folder).keep_best("short")
    best = TrialCheckpoints(context.trials / "short").load_best().epoch
    assert SweepCheckpoints(folder).begin_from("longer", "short")
    longer = list(run_trial("longer", config(lr=0.01, epochs=5), context))
    anew = list(run_trial("anew", config(lr=0.01, epochs=5), context))
    assert [bool(report.seconds) for report in longer] == [epoch > best for epoch in range(1, 6)]
    assert [report.ended for report in longer] == [None] * 4 + ["completed"]
    assert [repeatable(report.metrics) for report in longer] == [repeatable(report.metrics) for report in anew]


def test_the_worker_of_the_first_trial_says_what_doing_nothing_gives_once_and_before_it_trains(context):
    looking = context.model_copy(update={"first_look": True})
    measured, *epochs = run_trial("0000", config(), looking)
    assert isinstance(measured, YardsticksMessage)
    ((name, metrics),) = measured.rows.items()
    assert name.startswith("the most frequent class")
    assert 0 < metrics["val_miou"] < metrics["val_pixel_accuracy"]
    plain = list(run_trial("0001", config(), looking))
    assert [repeatable(one.metrics) for one in epochs] == [repeatable(one.metrics) for one in plain]
    again = list(run_trial("0000", config(), looking))
    assert not any(isinstance(one, YardsticksMessage) for one in again), "a trial that goes on has looked"


def test_what_the_pre_flight_finds_is_noted_before_the_first_epoch(context):
    looking = context.model_copy(update={"first_look": True, "preflight": True})
    hopeless = config(lr=10.0, optimizer="sgd", momentum=0.99, epochs=1)
    _, *notes, last = run_trial("0000", hopeless, looking)
    assert all(isinstance(note, NoteMessage) and note.text.startswith(PREFLIGHT) for note in notes)
    assert any("look at the learning rate" in note.text for note in notes)
    assert not isinstance(last, NoteMessage)


def test_with_every_checkpoint_damaged_a_trial_starts_over(context):
    whole = list(run_trial("0001", config(), context))
    for path in (context.trials / "0001").glob("*.pt"):
        path.write_bytes(path.read_bytes()[:100])
    *notes, one, two, three = run_trial("0001", config(), context)
    assert ["not a whole checkpoint" in note.text for note in notes] == [True, True]
    assert [repeatable(report.metrics) for report in (one, two, three)] == [
        repeatable(report.metrics) for report in whole
    ]


def test_an_exception_is_a_result_with_its_first_line_first(context):
    reports = list(run_trial("0001", config(batch_size=1, levels=6), context))
    assert isinstance(reports[-1], FailureMessage)
    assert reports[-1].error.startswith("ValueError: Expected more than 1 value per channel")
    assert "Traceback" in reports[-1].error


def test_the_best_weights_are_kept_beside_the_last(context):
    reports = list(run_trial("0001", config(), context))
    best = max(reports, key=lambda report: report.metrics["val_miou"])
    assert TrialCheckpoints(context.trials / "0001").load_best().epoch == best.epoch


def test_a_worker_waits_for_another_one_that_has_its_trial_and_says_so(context, monkeypatch):
    monkeypatch.setattr(trainable, "_PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(trainable, "_LOCK_SECONDS", 0.1)
    given = {"context": context.model_dump(mode="json"), "trial": "0001", "config": config(epochs=1)}
    runner = object.__new__(TrialRunner)  # as Ray makes it, but for Ray's own part
    (context.trials / "0001").mkdir()
    with FileLock(context.trials / "0001" / ".lock"):
        runner.setup({**given, "gpus": 0.0, "gpu_numbers": ()})
        note = runner.step()[MESSAGE]
        assert "still held by the worker that had it before" in note.text
        with pytest.raises(TrialHeldError):
            runner.step()
    runner.reset_config({**given, "gpus": 0.0, "gpu_numbers": ()})
    assert runner.step()[MESSAGE].ended == "completed"
    runner.release()


def test_a_trial_whose_images_are_gone_says_so_and_trains_on_those_that_were_decoded_before(context, tmp_path):
    gone = DataSpec(path=tmp_path / "photos", image_size=(24, 32))
    here = context.model_copy(update={"data": gone})
    assert len(list(run_trial("0001", config(), here))) == 3
    elsewhere = here.model_copy(update={"cache": tmp_path / "another cache"})
    (said,) = run_trial("0002", config(), elsewhere)
    assert isinstance(said, DataFaultMessage)
    assert f"{tmp_path}/photos: no such folder" in said.text
    (said,) = run_trial("0003", config(), context.model_copy(update={"fingerprint": "another"}))
    assert "streets holds other images than where the sweep was launched" in said.text
