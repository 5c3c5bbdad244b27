"""The average of a network's weights over its training, kept beside them as a second candidate."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, get_swa_avg_fn

from cnnmodels.config import TrialConfig

_EMA_SHARE = 0.1  # of the run's steps, over which the exponential average forgets
_SWA_SHARE = 0.25  # of the run, at its end, over which the even average is taken


class WeightAverage:
    """What `weight_average` asks for; the statistics of batch norms are averaged with the weights.

    Source: exponential: Tarvainen and Valpola 2017, "Mean teachers", section 2; even: Izmailov et al. 2018, "Averaging
    Weights Leads to Wider Optima", section 3, without its cyclic learning rate.
    """

    def __init__(self, config: TrialConfig, network: nn.Module, steps_per_epoch: int) -> None:
        total = config.epochs * steps_per_epoch
        if config.weight_average == "ema":
            self._first_step = 0
            kind = {"multi_avg_fn": get_ema_multi_avg_fn(1 - 1 / max(1.0, total * _EMA_SHARE))}  # type: ignore[no-untyped-call]
        else:
            self._first_step = round(total * (1 - _SWA_SHARE))
            kind = {"avg_fn": get_swa_avg_fn()}  # type: ignore[no-untyped-call]  # the other form fails on whole numbers
        self._model = AveragedModel(network, use_buffers=True, **kind)

    def update(self, network: nn.Module, step: int) -> None:
        """Take the weights after a step into account; steps count from 0 over the whole run."""
        if step >= self._first_step:
            self._model.update_parameters(network)

    @property
    def network(self) -> nn.Module | None:
        """The network with the averaged weights, or None before there is anything to average."""
        return self._model.module if int(self._model.n_averaged) else None

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run goes on from."""
        return self._model.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self._model.load_state_dict(state)
