"""SweepScheduler: the driver's brain. It gives out trials, records what they report, and decides when each one ends.

Knows no Ray, no torch and no clock, so that a test (or a simulation) drives it with plain calls. A line is in the
record before anything is decided from it; a fresh scheduler over an old record goes on where the last one was cut off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from reports.analysis.summary import DEFAULT_TRIAL
from reports.records.folder import SweepFolder
from reports.records.record import (
    Cut,
    EpochEnded,
    Event,
    Note,
    Reason,
    Record,
    SweepEnded,
    SweepStarted,
    TrialEnded,
    TrialStarted,
)
from reports.records.spec import SweepSpec
from reports.records.state import TrialState, apply
from tune_jobs.redaction import redacted
from tune_jobs.search.asha import Rungs
from tune_jobs.search.checkpoint_retention import best_until, trials_to_keep
from tune_jobs.search.fixed_trials import FixedTrials
from tune_jobs.search.loggers import open_loggers
from tune_jobs.search.optuna_study import OptunaStudy
from tune_jobs.storage.checkpoints import SweepCheckpoints
from tune_jobs.storage.faults import StorageLostError


@dataclass(frozen=True)
class Report:
    """What a worker says after each epoch; `ended` with the last one."""

    trial: str
    epoch: int  # from 1; 0 if the trial ended before its first epoch
    metrics: Mapping[str, float | None]
    seconds: dict[str, float]
    ended: Reason | None = None
    error: str | None = None
    out_of_memory: bool = False  # of the GPU; with `ended`
    storage_fault: str | None = None  # why nothing can be written; then the rest says nothing
    note: str | None = None  # what a person should know later; then the rest says nothing


@dataclass(frozen=True)
class Assignment:
    """What a worker is told to run."""

    trial: str
    config: dict[str, Any]  # a TrialConfig
    gpus: float = 0.0  # the trial's share


class SweepScheduler:
    """One driver's hold on a sweep, from its start or resume to its end."""

    def __init__(self, folder: SweepFolder, spec: SweepSpec, *, trials: int, slots: int, gpus: float = 0.0) -> None:
        self._folder, self._gpus = folder, gpus
        self._logs = open_loggers(spec.log, folder, self.note)
        self.space = spec.space
        self.state = folder.state()
        self.aborted_by: str | None = None  # the error that ended too many trials in a row
        self.storage_trouble: str | None = None  # why nothing can be written any more
        self._errors_in_a_row: list[str] = []
        self._again: list[Assignment] = []  # trials that ran out of their share of a GPU
        self._shares: dict[str, float] = {}  # of trials that were given more than the others
        budget = self.space.budget
        modes = [objective.mode for objective in self.space.objectives]
        self._rungs = Rungs(budget.rungs(), budget.reduction_factor or 1, modes)
        self._longest_epoch: float | None = None
        self._unfinished = [trial for trial in self.state.trials.values() if not trial.finished]
        self._weights = SweepCheckpoints(folder)
        self._with_checkpoints = self._weights.held_of(self.state.trials)
        for trial in self.state.trials.values():
            self._replay(trial)
        self._source: OptunaStudy | FixedTrials
        if spec.plan is not None:
            self._source = FixedTrials(spec.plan)
        else:
            self._source = OptunaStudy(
                self.space, folder.journal_path, name=spec.name, seed=spec.seed, finished=self.state.finished
            )
        self._given = len(self.state.trials)
        self._record = Record(folder.record_path)
        self._append(SweepStarted(trials=trials, slots=slots, resumed=bool(self.state.starts)))

    def is_out(self) -> bool:
        """Whether there is no trial to give at present."""
        return (
            not self._again
            and not self._unfinished
            and (self._given >= self.state.trials_requested or bool(self.aborted_by))
        )

    def may_run_again(self) -> bool:
        """Whether a trial that was given out may still run out of its share of a GPU and want a larger one."""
        if not 0 < self._gpus < 1 or self.aborted_by:
            return False
        waiting = self._given > len(self.state.trials)
        return waiting or any(not one.finished and one.trial not in self._shares for one in self.state.trials.values())

    def next_share(self) -> float:
        """The share of a GPU that the next trial is to have."""
        return self._again[0].gpus if self._again else self._gpus

    def next_trial(self) -> Assignment | None:
        """The next trial: those that a lost driver left unfinished, the default, then proposals. None: no more.

        Raises:
            StorageLostError: the study's file could not be written.
        """
        with self._studying():
            return self._next_trial()

    def _next_trial(self) -> Assignment | None:
        if self._again:
            return self._again.pop(0)
        if self._unfinished:
            trial = self._unfinished.pop(0)
            self._source.take_up(trial)
            return Assignment(trial.trial, trial.config, self._gpus)
        if self._given >= self.state.trials_requested or self.aborted_by:
            return None
        name = f"{self._given:04d}"
        config = self._source.next(name)
        if config is None:
            self.note(f"every configuration of the space was tried after {self._given} trials")
            self._given = self.state.trials_requested
            return None
        self._given += 1
        return Assignment(name, config, self._gpus)

    def started(self, assignment: Assignment, *, node: str, slot: int) -> None:
        """A worker has taken the trial up; of one that is over, Ray may start it in vain."""
        known = self.state.trials.get(assignment.trial)
        if known is not None and known.finished:
            return
        self._append(TrialStarted(trial=assignment.trial, config=assignment.config, node=node, slot=slot))
        self._with_checkpoints.add(assignment.trial)

    def epoch(self, report: Report) -> bool:
        """Record an epoch, and whether the trial is over now. Hearing of an epoch twice changes nothing."""
        if report.storage_fault:
            self.storage_trouble = report.storage_fault
            return False
        trial = self.state.trials[report.trial]
        if trial.finished:
            return True
        if report.note:
            self.note(report.note, trial=report.trial)
            return False
        if report.epoch in trial.epochs and report.epoch < max(trial.epochs) and not report.ended:
            return False  # judged long ago
        if report.out_of_memory and self._larger_share(trial):
            return True
        if report.epoch and report.epoch not in trial.epochs:
            self._append(
                EpochEnded(trial=report.trial, epoch=report.epoch, metrics=dict(report.metrics), seconds=report.seconds)
            )
            value = trial.values(self.space.objective.metric).get(report.epoch)
            if value is not None:
                with self._studying():
                    self._source.report(report.trial, report.epoch, value)
        if report.ended:
            self._end(trial, report.ended, error=report.error)
        elif missing := [one.metric for one in self.space.objectives if one.metric not in report.metrics]:
            self._end(trial, "failed", error=f"epoch {report.epoch} has no {missing[0]}")
        elif cut := self._judge(trial, report.epoch):
            self._end(trial, "pruned", cut=cut)
        return trial.finished

    def _larger_share(self, trial: TrialState) -> bool:
        """A trial that ran out of its share of a GPU is taken up once more with twice as much, where there is more."""
        share = self._gpus
        if trial.trial in self._shares or not 0 < share < 1:
            return False
        self._shares[trial.trial] = min(1.0, 2 * share)
        self._again.append(Assignment(trial.trial, trial.config, self._shares[trial.trial]))
        text = f"ran out of memory with {share:g} of a GPU; once more with {self._shares[trial.trial]:g}"
        self.note(text, trial=trial.trial)
        return True

    def longest_epoch(self) -> float | None:
        """Seconds of the longest epoch that was trained, or None before the first."""
        return self._longest_epoch

    def is_over(self, trial: str) -> bool:
        """Whether nothing is left to run of a trial."""
        return trial in self.state.trials and self.state.trials[trial].finished

    def failed(self, assignment: Assignment, error: str) -> None:
        """The trial's worker was lost more often than it is retried, or never came to start."""
        if assignment.trial not in self.state.trials:
            self.started(assignment, node="", slot=0)
        if not self.is_over(assignment.trial):
            self._end(self.state.trials[assignment.trial], "failed", error=error)

    def note(self, text: str, trial: str | None = None) -> None:
        self._append(Note(text=redacted(text), trial=trial))

    def close(self, end: SweepEnded) -> None:
        """Leave the sweep: running trials are marked as interrupted, to be taken up by a resume."""
        for trial in self.state.trials.values():
            if trial.reason is None:
                self._append(TrialEnded(trial=trial.trial, reason="interrupted"))
        self._append(end)
        self._record.close()

    def _judge(self, trial: TrialState, epoch: int) -> Cut | None:
        values = best_until(trial, self.space.objectives).get(epoch)
        if values is None:
            return None
        cut = self._rungs.judge(trial.trial, epoch, values)
        return None if trial.trial == DEFAULT_TRIAL else cut

    def _replay(self, trial: TrialState) -> None:
        """Fill the rungs from the record. An unfinished trial's last epoch may have been recorded but not yet judged;
        its worker reports it once more, and it is judged then."""
        best = best_until(trial, self.space.objectives)
        if not trial.finished and trial.epochs:
            best.pop(max(trial.epochs), None)
        self._rungs.replay(trial.trial, best)

    def _end(self, trial: TrialState, reason: Reason, *, error: str | None = None, cut: Cut | None = None) -> None:
        error = redacted(error) if error else None
        self._append(TrialEnded(trial=trial.trial, reason=reason, error=error, cut=cut))
        best = best_until(trial, self.space.objectives)
        with self._studying():
            self._source.tell(trial.trial, reason, best[max(best)] if best else None)
        self._tidy_checkpoints()
        first_line = error.splitlines()[0] if reason == "failed" and error else None
        self._errors_in_a_row = [*self._errors_in_a_row, first_line] if first_line else []
        most = self.space.budget.max_failures
        last = self._errors_in_a_row[-most:]
        if len(last) == most and len(set(last)) == 1:
            self.aborted_by = last[0]

    def _tidy_checkpoints(self) -> None:
        """Keep the best weights of the best trials; of the other finished ones nothing."""
        kept = trials_to_keep(self.state, self.space)
        for name in sorted(self._with_checkpoints):
            if not self.state.trials[name].finished:
                continue
            if name in kept:
                self._weights.keep_best(name)
            else:
                self._weights.remove(name)
                self._with_checkpoints.discard(name)

    @contextmanager
    def _studying(self) -> Iterator[None]:
        """The study's file lies in the same storage as the record, and may be lost with it."""
        try:
            yield
        except (OSError, RuntimeError) as error:
            fault = (
                error if isinstance(error, OSError) else error.__context__
            )  # Optuna's lock hides it in a RuntimeError
            if not isinstance(fault, OSError):
                raise
            self.storage_trouble = f"{self._folder.journal_path}: {fault.strerror}"
            raise StorageLostError(self.storage_trouble) from None

    def _append(self, event: Event) -> None:
        if self.storage_trouble:
            raise StorageLostError(self.storage_trouble)
        try:
            self._record.append(event)
        except OSError as error:
            self.storage_trouble = f"{self._folder.record_path}: {error.strerror}"
            raise StorageLostError(self.storage_trouble) from None
        apply(self.state, event)
        if isinstance(event, EpochEnded) and event.seconds:
            self._longest_epoch = max(self._longest_epoch or 0.0, sum(event.seconds.values()))
        for log in self._logs:
            log(event, self.state)
