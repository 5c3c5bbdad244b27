"""A training as Python code holds it: what `sweep.train()` gives back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from tune_jobs.use.train import TrainOutcome, TrainResult


class Training:
    """One configuration of a sweep, trained by itself.

    >>> sweep = tune_jobs.open("sweeps/camvid")  # doctest: +SKIP
    >>> sweep.evaluate(training=sweep.train(epochs=108).name).metrics  # doctest: +SKIP
    """

    def __init__(self, result: TrainResult) -> None:
        self._folder = result.training
        self.outcome: TrainOutcome = result.outcome
        self.paused_by = result.paused_by

    @property
    def name(self) -> str:
        """What `predict` and `evaluate` call it."""
        return self._folder.name

    @property
    def path(self) -> Path:
        """Its folder on this machine."""
        return self._folder.path

    @property
    def weights(self) -> Path:
        """The file of its weights: of its best epoch, or of its last one where it saw the validation images."""
        return self._folder.weights_path(self._folder.spec().on)

    @property
    def best(self) -> dict[str, Any] | None:
        """Epoch and value of the best one; None where it saw the validation images, or no epoch gave a result."""
        from reports.analysis.training import trained_of

        best = trained_of(self._folder).best
        return None if best is None else {"epoch": best[0], "value": best[1]}

    @property
    def epochs(self) -> pd.DataFrame:
        """A row an epoch: epoch, and every metric."""
        import pandas as pd

        events = self._folder.state().epochs
        return pd.DataFrame([{"epoch": epoch, **events[epoch].metrics} for epoch in sorted(events)])
