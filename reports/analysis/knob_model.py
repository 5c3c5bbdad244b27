"""All knobs of a sweep in one linear model, so that what one of them did is not taken for what another did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.analysis.compared import SPARE, is_ordered
from reports.analysis.distributions import f_above, normal_quantiles, ranks
from reports.analysis.formatting import in_a_word
from search_spaces.parameters import Choice, Parameter
from search_spaces.schema import SearchSpace

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class KnobModel:
    """A least-squares fit of the trials' values on all knobs."""

    columns: dict[str, slice]  # of each knob, in the design
    design: Floats  # [trials, columns], the first of ones
    values: Floats
    left: int  # degrees of freedom behind the errors

    @property
    def is_sure(self) -> bool:
        """Whether enough trials are left over to know its errors."""
        return self.left >= SPARE

    @property
    def spread(self) -> float:
        """The standard deviation between trials that no knob explains."""
        return float(np.sqrt(_residual(self.design, self.values) / self.left))

    def p(self, knob: str) -> float:
        """How often chance alone makes as much of a knob: the F test of the model against the one without it.

        Of the normal scores of the values, so that a few very bad trials do not decide it.

        Source: van der Waerden 1952, "Order tests for the two-sample problem and their power".
        """
        without = np.delete(self.design, self.columns[knob], axis=1)
        return _f_test(self.design, without, self._scores[:, None])

    def p_beside(self, known: Floats, more: Floats) -> float | None:
        """How often chance alone makes as much of more columns [trials, columns] beside all knobs and what is known
        besides; None where too few trials are left over to know.

        The larger one of two F tests: of the values, and of their normal scores. What a few very bad trials carry does
        not pass the second; what is only the scale of the scores does not pass the first.
        """
        without = np.concatenate([self.design, known], axis=1)
        design = np.concatenate([without, more], axis=1)
        if len(self.values) - _rank(design) < SPARE or _rank(design) == _rank(without):
            return None
        return _f_test(design, without, np.column_stack([self.values, self._scores]))

    @property
    def _scores(self) -> Floats:
        return normal_quantiles(ranks(self.values) / (len(self.values) + 1))

    def contrast(self, knob: str, ours: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> tuple[float, float]:
        """What the model makes of a knob between two groups of trials, the other knobs being equal.

        Args:
            knob: the only one that differs.
            ours: which trials are of the one group.
            theirs: of the other.

        Returns:
            The difference and its standard error; nan where the trials do not tell the knob from others.
        """
        weights = np.zeros(self.design.shape[1])
        columns = self.columns[knob]
        weights[columns] = self.design[ours, columns].mean(axis=0) - self.design[theirs, columns].mean(axis=0)
        inverse = np.linalg.pinv(self.design.T @ self.design)
        if not np.allclose(weights @ inverse @ (self.design.T @ self.design), weights, atol=1e-6):
            return np.nan, np.nan
        solution = inverse @ self.design.T @ self.values
        return float(weights @ solution), self.spread * float(np.sqrt(weights @ inverse @ weights))


def fitted(table: pd.DataFrame, space: SearchSpace) -> KnobModel:
    """The model of a table of trials (compared.knob_table): knobs with an order bend where there are enough trials for
    that, and are straight otherwise; a knob that is not in effect adds nothing."""
    curved = _model(table, space, curved=True)
    return curved if curved.is_sure else _model(table, space, curved=False)


def _model(table: pd.DataFrame, space: SearchSpace, *, curved: bool) -> KnobModel:
    parts: list[Floats] = [np.ones((len(table), 1))]
    columns: dict[str, slice] = {}
    place = 1
    for knob, kind in space.search.items():
        part = _columns(table[knob], kind, curved=curved)
        parts.append(part)
        columns[knob] = slice(place, place + part.shape[1])
        place += part.shape[1]
    design = np.concatenate(parts, axis=1)
    return KnobModel(columns, design, table["value"].to_numpy(float), len(table) - _rank(design))


def _columns(given: pd.Series, kind: Parameter, *, curved: bool) -> Floats:
    in_effect = given.notna().to_numpy()
    if not is_ordered(kind):
        words = given.map(in_a_word)
        levels = [in_a_word(value) for value in kind.ends()]
        return np.column_stack([in_effect & (words == level).to_numpy() for level in levels[1:]]).astype(float)
    ranks = given.rank(method="dense").to_numpy(float) if isinstance(kind, Choice) else _scaled(given, kind)
    known = np.where(in_effect, ranks, np.nan)
    if not in_effect.any():
        return np.zeros((len(given), 1))
    middle, half = np.nanmean(known), (np.nanmax(known) - np.nanmin(known)) / 2 or 1.0
    straight = (known - middle) / half
    bent = straight**2 - np.nanmean(straight**2)
    chosen = [straight, bent] if curved and len(np.unique(known[in_effect])) > 2 else [straight]
    return np.asarray(np.nan_to_num(np.column_stack(chosen)), dtype=np.float64)


def _scaled(given: pd.Series, kind: Parameter) -> Floats:
    numbers = pd.to_numeric(given).to_numpy(float)
    return np.log(numbers) if kind.is_logarithmic else numbers


def _f_test(design: Floats, without: Floats, values: Floats) -> float:
    """How often chance alone makes as much of the columns that a design has more than the one without them, in that
    column of the values [trials, columns] in which it does so most often."""
    left, fewer = len(values) - _rank(design), _rank(design) - _rank(without)
    tests = [(_residual(design, one), _residual(without, one)) for one in values.T]
    if fewer == 0 or any(within <= 0 for within, _ in tests):
        return 1.0
    return max(f_above((between - within) / fewer / (within / left), fewer, left) for within, between in tests)


def _rank(design: Floats) -> int:
    return int(np.linalg.matrix_rank(design))


def _residual(design: Floats, values: Floats) -> float:
    solution = np.linalg.lstsq(design, values, rcond=None)[0]
    return float(np.sum((values - design @ solution) ** 2))
