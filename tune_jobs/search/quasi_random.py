"""The quasi-random sampler: a scrambled Sobol sequence, which fills the space more evenly than random draws do.

Source: Bergstra and Bengio 2012, "Random Search for Hyper-Parameter Optimization", section 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import QMCSampler
from optuna.trial import FrozenTrial

from reports.records.spec import SweepSpec
from reports.records.state import TrialState
from search_spaces.sampling import distribution
from search_spaces.schema import SearchSpace
from tune_jobs.search.optuna_study import OptunaStudy


def quasi_random(spec: SweepSpec, journal: Path, earlier: Sequence[TrialState]) -> OptunaStudy:
    """One sequence over the knobs without a condition, choices included; each knob with a condition is drawn at random.

    A choice of n values has one coordinate of the sequence, of which each value owns an n-th. A resume begins a
    sequence that is scrambled anew, since the old one would propose again what was tried already.
    """
    return OptunaStudy(spec, journal, earlier, lambda seed: _UnconditionalSobol(spec.space, seed))


class _UnconditionalSobol(QMCSampler):
    """Optuna's own choice of knobs follows the trials that run at the moment, so that it begins another sequence
    whenever a trial with further conditional knobs starts or ends; here the knobs are the same from the first trial on.
    """

    def __init__(self, space: SearchSpace, seed: int) -> None:
        super().__init__(qmc_type="sobol", scramble=True, seed=seed, warn_independent_sampling=False)
        self._always = {name: distribution(knob) for name, knob in space.search.items() if not knob.when}

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._always
