"""The scheduler of a sweep: it gives out trials, hears what they say, and decides when each one ends.

Knows no Ray, no torch and no clock, so that a test (or a simulation) drives it with plain calls. A line is in the
record before anything is decided from it; a new scheduler over an old record goes on where the last one was cut off.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from reports.records.folder import SweepFolder
from reports.records.record import (
    Cut,
    EpochEnded,
    Reason,
    SweepEnded,
    SweepExtended,
    SweepStarted,
    TrialEnded,
    TrialStarted,
    Yardstick,
    YardsticksMeasured,
    finite,
)
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState
from tune_jobs.redaction import redacted
from tune_jobs.search.assignment import Assignment
from tune_jobs.search.checkpoint_retention import CheckpointRetention, best_until
from tune_jobs.search.confirmation_trials import ConfirmationTrials
from tune_jobs.search.error_cause import cause_of, plain
from tune_jobs.search.fixed_trials import FixedTrials
from tune_jobs.search.gpu_retries import GpuRetries
from tune_jobs.search.judge import Judge
from tune_jobs.search.longer_trials import begin_longer, still_longer
from tune_jobs.search.messages import (
    DataFaultMessage,
    EpochMessage,
    FailureMessage,
    InfeasibleMessage,
    NoteMessage,
    StorageFaultMessage,
    TrialMessage,
    YardsticksMessage,
)
from tune_jobs.search.record_keeper import RecordKeeper
from tune_jobs.search.samplers import SAMPLERS, Sampler
from tune_jobs.search.wait import WAIT

_LOGGERS_SECONDS = 30.0  # for what other tools have not taken yet when a sweep has all its trials
_HASTY_LOGGERS_SECONDS = 3.0  # where it ends before, and somebody waits


class SweepScheduler:
    """One driver's hold on a sweep, from its start or resume to its end."""

    def __init__(
        self,
        folder: SweepFolder,
        spec: SweepSpec,
        *,
        trials: int,
        slots: int,
        gpus: float = 0.0,
        time_limit: float | None = None,
        room_for_another: Callable[[SweepState], bool] = lambda state: False,
    ) -> None:
        """
        Args:
            folder: the sweep's.
            spec: what it is to do.
            trials: how many it is to have, all resumes together.
            slots: how many run at once.
            gpus: share of a GPU of each.
            time_limit: seconds after which it ends, for whoever reads the record.
            room_for_another: whether there is time for one more, behind the last of them.
        """
        self.space = spec.space
        self._keeper = RecordKeeper(folder, spec.log)
        self.aborted_by: str | None = None  # holds the error that too many trials in a row ended with
        self.data_trouble: str | None = None  # says which images are gone, and where
        self._errors_in_a_row: list[str] = []
        self._closing = threading.Lock()
        self._waits = False
        self._room_for_another, self._extensible = room_for_another, spec.fills_time
        self._retries, self._share = GpuRetries(gpus), gpus
        self._judge = Judge(self.space)
        self._again: list[Assignment] = []  # whose workers were lost before they had begun
        self._unfinished = [trial for trial in self.state.trials.values() if not trial.finished]
        inside = [name for name, trial in self.state.trials.items() if not trial.outside]
        self._checkpoints = CheckpointRetention(folder, self.space, inside, keep_all=bool(spec.confirmation))
        for trial in self.state.searched.values():
            self._judge.replay(trial)
        self._sampler: Sampler
        self._named = self.space.first_trials() if spec.is_search else {}
        self._is_search = spec.is_search
        earlier = list(self.state.searched.values())
        if spec.plan is not None:
            self._sampler = FixedTrials(spec.plan)
        elif spec.confirmation is not None:
            self._sampler = ConfirmationTrials(spec, earlier)
        else:
            self._sampler = SAMPLERS[self.space.budget.sampler](spec, folder.journal_path, earlier)
        self._given = len(self.state.trials)
        self._longer = {f"{self._given + place:04d}": one for place, one in enumerate(still_longer(spec, self.state))}
        self._keeper.open()
        resumed = bool(self.state.starts)
        limits = self.space.constraints
        self._keeper.append(
            SweepStarted(trials=trials, slots=slots, resumed=resumed, time_limit=time_limit, constraints=limits)
        )
        for name, one in self._longer.items():
            self.note(begin_longer(one, name, self.state, folder), name)

    @property
    def state(self) -> SweepState:
        """What the record says so far."""
        return self._keeper.state

    @property
    def storage_trouble(self) -> str | None:
        """Why nothing can be written any more, if so."""
        return self._keeper.trouble

    def is_out(self) -> bool:
        """Whether there is no trial to give at present."""
        return not (self._retries.waiting or self._again or self._unfinished or self._may_begin_another())

    def is_done(self) -> bool:
        """Whether every trial has ended, and none is to come."""
        if self._waits or self._given > len(self.state.trials) or not self.is_out():
            return False
        return all(trial.finished for trial in self.state.trials.values())

    def _may_begin_another(self) -> bool:
        if self.aborted_by:
            return False
        if self._given < self.state.trials_requested:
            return True
        return self._extensible and self._room_for_another(self.state)

    def may_run_again(self) -> bool:
        """Whether there may be a trial later though there is none now: one that was given out may run out of its share
        of a GPU and want a larger one, or the sampler waits for what the running ones reach."""
        if self._waits:
            return True
        if not 0 < self._share < 1 or self.aborted_by:
            return False
        running = [trial for trial in self.state.trials.values() if not trial.finished]
        return self._given > len(self.state.trials) or any(self._retries.may_retry(one.trial) for one in running)

    def next_share(self) -> float:
        """The share of a GPU that the next trial is to have."""
        return self._retries.next_share()

    def next_trial(self) -> Assignment | None:
        """The next trial: one that gets another try, those that a lost driver left unfinished, those that are to be
        trained longer, the default and the named ones, then what the sampler proposes. None: there are no more.

        Raises:
            StorageLostError: the study's file could not be written.
        """
        with self._keeper.studying():
            return (
                self._retries.take()
                or (self._again.pop(0) if self._again else None)
                or self._taken_up()
                or self._new_trial()
            )

    def _taken_up(self) -> Assignment | None:
        if not self._unfinished:
            return None
        trial = self._unfinished.pop(0)
        if trial.continues is None:
            self._sampler.take_up(trial)
        return Assignment(trial.trial, trial.config, self._share)

    def _new_trial(self) -> Assignment | None:
        if not self._may_begin_another():
            return None
        name = f"{self._given:04d}"
        config = self._longer_config(name) or self._sampler.ask(name)
        self._waits = config == WAIT
        if config == WAIT:
            return None
        if config is None:
            if self._is_search:
                self.note(f"every configuration of the space was tried after {self._given} trials")
            self._given, self._extensible = max(self._given, self.state.trials_requested), False
            return None
        self._given += 1
        if self._given > self.state.trials_requested:
            self._keeper.append(SweepExtended(trials=self._given))
        return Assignment(name, config, self._share)

    def _longer_config(self, name: str) -> dict[str, Any] | None:
        """Of a trial that trains another one's configuration for more epochs; None for a trial of the search."""
        one = self._longer.get(name)
        return None if one is None else {**self.state.trials[one.of].config, "epochs": one.epochs}

    def started(self, assignment: Assignment, *, node: str, slot: int) -> None:
        """A worker has taken the trial up. Ray may do so with a trial that is over; nothing is recorded then."""
        if self.is_over(assignment.trial):
            return
        trial, config, label = assignment.trial, assignment.config, self._label_of(assignment.config)
        longer, known = self._longer.get(trial), self.state.trials.get(trial)
        continues = longer.of if longer else known.continues if known else None
        self._keeper.append(
            TrialStarted(trial=trial, config=config, node=node, slot=slot, label=label, continues=continues)
        )
        self._checkpoints.add(assignment.trial)

    def _label_of(self, config: dict[str, Any]) -> str | None:
        """The name of a configuration that the sweep begins with."""
        searched = self.space.in_effect(config)
        return next((name for name, values in self._named.items() if values == searched), None)

    def hear(self, message: TrialMessage) -> bool:
        """Record what a worker says, and whether the trial is over now. Hearing something twice changes nothing."""
        if isinstance(message, StorageFaultMessage):
            self._keeper.trouble = message.text
            return False
        if isinstance(message, DataFaultMessage):
            self.data_trouble = message.text
            return False
        trial = self.state.trials[message.trial]
        if trial.finished:
            return True
        match message:
            case NoteMessage():
                self.note(message.text, trial=message.trial)
            case YardsticksMessage():
                rows = [Yardstick(name=name, metrics=dict(metrics)) for name, metrics in message.rows.items()]
                self._keeper.append(YardsticksMeasured(rows=tuple(rows)))
            case FailureMessage():
                if message.out_of_memory and self._gets_larger_share(trial):
                    return True
                self._end(trial, "failed", error=message.error)
            case InfeasibleMessage():
                self._end(trial, "infeasible", metrics=message.metrics)
            case EpochMessage():
                self._hear_epoch(trial, message)
        return trial.finished

    def _hear_epoch(self, trial: TrialState, message: EpochMessage) -> None:
        epoch = message.epoch
        if epoch in trial.epochs and epoch < max(trial.epochs) and not message.ended:
            return  # it was judged long ago
        if epoch not in trial.epochs:
            self._keeper.append(
                EpochEnded(
                    trial=trial.trial,
                    epoch=epoch,
                    metrics=finite(message.metrics),
                    seconds=message.seconds,
                    precision=message.precision,
                )
            )
            value = trial.values(self.space.objective.metric).get(epoch)
            if value is not None and trial.continues is None:
                with self._keeper.studying():
                    self._sampler.report(trial.trial, epoch, value)
        if error := self._without_value(trial, message):
            self._end(trial, "failed", error=error)
        elif message.ended:
            self._end(trial, message.ended)
        elif cut := self._judge.judge(trial, epoch):
            self._end(trial, "pruned", cut=cut)

    def _without_value(self, trial: TrialState, message: EpochMessage) -> str | None:
        """What a trial lacks that the sweep would count it by; one that diverged need not have it."""
        if message.ended == "diverged":
            return None
        metrics = [objective.metric for objective in self.space.objectives]
        if missing := [metric for metric in metrics if metric not in message.metrics]:
            return f"epoch {message.epoch} has no {missing[0]}"
        if message.ended and not trial.points(metrics):
            return f"no epoch has a finite {' and '.join(metrics)}"
        return None

    def _gets_larger_share(self, trial: TrialState) -> bool:
        larger = self._retries.retry(trial.trial, trial.config)
        if larger is not None:
            text = f"ran out of memory with {self._share:g} of a GPU; once more with {larger:g}"
            self.note(text, trial=trial.trial)
        return larger is not None

    def longest_epoch(self) -> float | None:
        """Seconds of the longest epoch that was trained, or None before the first."""
        return self._keeper.longest_epoch

    def is_over(self, trial: str) -> bool:
        """Whether nothing is left to run of a trial."""
        return trial in self.state.trials and self.state.trials[trial].finished

    def failed(self, assignment: Assignment, error: str) -> None:
        """The trial's worker was lost more often than it is retried, or never came to start."""
        if assignment.trial not in self.state.trials:
            self.started(assignment, node="", slot=0)
        if not self.is_over(assignment.trial):
            self._end(self.state.trials[assignment.trial], "failed", error=error)

    def give_again(self, assignment: Assignment) -> None:
        """The trial never came to its worker, by no fault of its own; it is given out once more."""
        if not self.is_over(assignment.trial):
            self._again.append(assignment)

    def note(self, text: str, trial: str | None = None) -> None:
        """Tell a person something, in the record."""
        self._keeper.note(text, trial)

    def close(self, end: SweepEnded) -> None:
        """Leave the sweep: running trials are marked as interrupted, to be taken up by a resume.

        Any thread may do so, and the first one does it.
        """
        if not self._closing.acquire(blocking=False):
            return
        for trial in self.state.trials.values():
            if trial.reason is None:
                self._keeper.append(TrialEnded(trial=trial.trial, reason="interrupted"))
        self._keeper.append(end)
        self._keeper.close(_LOGGERS_SECONDS if end.reason == "completed" else _HASTY_LOGGERS_SECONDS)

    def _end(
        self,
        trial: TrialState,
        reason: Reason,
        *,
        error: str | None = None,
        cut: Cut | None = None,
        metrics: dict[str, float] | None = None,
    ) -> None:
        error = redacted(plain(error)) if error else None
        self._keeper.append(TrialEnded(trial=trial.trial, reason=reason, error=error, cut=cut, metrics=metrics))
        if trial.continues is None:
            self._tell(trial, reason)
        self._checkpoints.tidy(self.state)
        self._abort_after_equal_errors(cause_of(error, trial.trial) if reason == "failed" and error else None)

    def _tell(self, trial: TrialState, reason: Reason) -> None:
        """Tell the sampler, and the pruner where the trial counts on, how one of the search ended; what was trained
        longer is another budget, which neither compares."""
        best, objective = best_until(trial, self.space.objectives), self.space.objective
        fails = self.state.failing(trial, objective.metric, objective.mode)
        with self._keeper.studying():
            self._sampler.tell(trial.trial, reason, best[max(best)] if best else None, fails)
        if reason == "stopped_early":
            self._judge.stopped_early(trial)

    def _abort_after_equal_errors(self, cause: str | None) -> None:
        """So many failures in a row by the same cause are the fault of the sweep, not of its configurations."""
        self._errors_in_a_row = [*self._errors_in_a_row, cause] if cause else []
        most = self.space.budget.max_failures
        last = self._errors_in_a_row[-most:]
        if len(last) == most and len(set(last)) == 1:
            self.aborted_by = last[0]
