"""What can be asked of a confirmation. Imports nothing, so that the command line is quick."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ConfirmOptions:
    """How a confirmation is to be run."""

    top: int = 5  # candidates at most
    seeds: int = 5  # runs for each of so many, all together; who needs more gets more
    indifference: float | None = None  # a difference of the objective that nobody would care about; None: the usual

    def indifference_of(self, metric: str, best: float | None = None) -> float:
        """In units of a metric; 0.005 of a share such as mIoU, and 0.05 dB of PSNR.

        Args:
            metric: the objective.
            best: its best value, where the metric is somebody's own, of which nobody knows what is little; then it is
                half a percent of that.
        """
        if self.indifference is not None:
            return self.indifference
        if best is not None:
            return 0.005 * abs(best)
        return 0.05 if metric == "val_psnr" else 0.005
