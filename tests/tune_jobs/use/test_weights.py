"""Whose weights are put to work."""

import shutil

import pytest

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.record import Record, WinnerConfirmed
from reports.records.spec import Confirmation, FixedTrial
from tune_jobs.use.weights import chosen_weights, kept_weights


@pytest.fixture
def sweep(sweeps, tmp_path):
    """A copy to change."""
    shutil.copytree(sweeps["segmentation"].path, tmp_path / "masks")
    return SweepFolder(tmp_path / "masks")


def best_first(sweep):
    return [trial.trial for trial in sweep.state().ranked("val_miou", "max")]


def confirm(sweep, trial, by="none"):
    record = Record(sweep.record_path)
    certain = {"mean": 0.5, "low": 0.4, "high": 0.6, "runs": 2, "probability": 0.99, "decided": True}
    record.append(WinnerConfirmed(trial=trial, by=by, **certain))
    record.close()


def test_the_winner_is_the_best_trial_or_the_confirmed_one_or_the_named_one(sweep):
    first, second = best_first(sweep)
    assert chosen_weights(sweep).trial == first
    confirm(sweep, second)
    assert chosen_weights(sweep).trial == second
    assert chosen_weights(sweep, first).trial == first
    assert f"trial {first} (val_miou " in chosen_weights(sweep, first).in_words
    assert [one.trial for one in kept_weights(sweep)] == [first, second]


def test_without_the_winners_weights_the_best_that_were_kept_are_taken_and_that_is_said(sweep):
    first, second = best_first(sweep)
    shutil.rmtree(sweep.trial_path(first))
    found = chosen_weights(sweep)
    assert found.trial == second
    assert found.in_words.endswith("the best of which weights were kept")
    with pytest.raises(SweepError, match=f"--trial {first}: its weights were not kept; those .* were: {second}"):
        chosen_weights(sweep, first)
    shutil.rmtree(sweep.trial_path(second))
    with pytest.raises(SweepError, match="its winner: its weights were not kept; those of these trials were: none"):
        chosen_weights(sweep)


def test_a_confirmed_winner_without_weights_is_stood_for_by_its_best_confirming_run(sweep, tmp_path):
    first, second = best_first(sweep)
    runs = SweepFolder(tmp_path / "again")
    shutil.copytree(sweep.path, runs.path)
    state, spec = sweep.state(), sweep.spec()
    arms = tuple(FixedTrial(label=trial, config=state.trials[trial].config) for trial in (first, second))
    question = Confirmation(of="masks", candidates=arms[:1], runs=2, indifference=0.0)
    runs.spec_path.write_text(spec.model_copy(update={"name": "again", "confirmation": question}).model_dump_json())
    confirm(sweep, first, by="again")
    shutil.rmtree(sweep.trial_path(first))
    found = chosen_weights(sweep)
    assert found.path == runs.trial_path(first) / "best.pt"  # the better of its two runs, which differ in their seed
    assert f"trial {first}, by its run {first} of again (val_miou" in found.in_words
