"""The kinds of parameter that a search-space file may hold. Knows ranges and conditions, not Optuna."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, model_validator

from cnnmodels.plain_values import PlainValues

Number = Annotated[float, Field(allow_inf_nan=False)]
_MAX_VALUES = 100_000  # that are ever listed
Whole = int  # inside the kind `int`, whose field has that name


class Parameter(PlainValues):
    """What all kinds share: a default for the first trial, and when the knob is in effect at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]

    default: Any = Field(None, description="value of the first trial; where none is given, the knob's own default")
    when: dict[str, Any] = Field(
        default_factory=dict, description="the knob counts only where each of these knobs has (one of) these values"
    )

    @property
    def is_logarithmic(self) -> bool:
        """Whether its values lie evenly on a logarithmic axis."""
        return "log" in self.kind

    @property
    def is_whole(self) -> bool:
        """Whether its values are whole numbers of a range."""
        return "int" in self.kind

    def contains(self, value: Any) -> bool:
        raise NotImplementedError

    def values(self) -> list[Any] | None:
        """All values if they are finitely many, else None."""
        raise NotImplementedError

    def ends(self) -> list[Any]:
        """Values that a training run must accept if it is to accept all of them."""
        raise NotImplementedError

    def in_words(self) -> str:
        raise NotImplementedError

    def holds(self, config: dict[str, Any]) -> bool:
        """Whether the knob is in effect beside these other values (a knob that is itself not in effect is absent)."""
        return all(knob in config and config[knob] in allowed(values) for knob, values in self.when.items())


def allowed(values: Any) -> list[Any]:
    """A condition's right side: one value, or a list of allowed ones."""
    return values if isinstance(values, list) else [values]


class Choice(Parameter):
    kind = "choice"
    choice: list[Any] = Field(min_length=1, description="the values to choose from")

    @model_validator(mode="after")
    def _no_value_twice(self) -> Choice:
        if len({repr(value) for value in self.choice}) < len(self.choice):
            raise ValueError("a value is listed twice")
        return self

    def contains(self, value: Any) -> bool:
        return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in self.choice)

    def values(self) -> list[Any] | None:
        return list(self.choice)

    def ends(self) -> list[Any]:
        return list(self.choice)

    def in_words(self) -> str:
        return "one of " + ", ".join(map(_short, self.choice))


class _Range(Parameter):
    """A range whose bounds are both included."""

    def bounds(self) -> tuple[float, float]:
        low, high = getattr(self, self.kind)[:2]
        return low, high

    @model_validator(mode="after")
    def _in_order(self) -> _Range:
        low, high = self.bounds()
        if low > high:
            raise ValueError(f"low {_short(low)} is above high {_short(high)}")
        if low == high:
            raise ValueError(f"low equals high ({_short(low)}); put it under `fixed`")
        if self.is_logarithmic and low <= 0:
            raise ValueError(f"must be above 0 for {self.kind}")
        return self

    def contains(self, value: Any) -> bool:
        low, high = self.bounds()
        return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high

    def values(self) -> list[Any] | None:
        return None

    def ends(self) -> list[Any]:
        return list(self.bounds())

    def in_words(self) -> str:
        low, high = self.bounds()
        return f"{_short(low)} to {_short(high)}" + (", log scale" if self.is_logarithmic else "")


class Uniform(_Range):
    kind = "uniform"
    uniform: tuple[Number, Number] = Field(description="low and high")


class LogUniform(_Range):
    kind = "log_uniform"
    log_uniform: tuple[Number, Number] = Field(description="low and high, drawn evenly on a log scale; low above 0")


class _IntRange(_Range):
    def contains(self, value: Any) -> bool:
        return super().contains(value) and float(value).is_integer()

    def values(self) -> list[Any] | None:
        low, high = self.bounds()
        return list(range(int(low), int(high) + 1)) if high - low < _MAX_VALUES else None


class Int(_IntRange):
    kind = "int"
    int: tuple[Whole, Whole] = Field(description="lowest and highest whole number")


class LogInt(_IntRange):
    kind = "log_int"
    log_int: tuple[Whole, Whole] = Field(description="lowest and highest whole number, drawn evenly on a log scale")


class Quantized(_Range):
    kind = "quantized"
    quantized: tuple[Number, Number, Annotated[float, Field(gt=0)]] = Field(description="low, high and step")

    @model_validator(mode="after")
    def _step_meets_high(self) -> Quantized:
        low, high, step = self.quantized
        steps = (high - low) / step
        if steps >= _MAX_VALUES:
            raise ValueError(f"step {_short(step)} makes {steps:.3g} values; {_MAX_VALUES} at most, or use `uniform`")
        if not math.isclose(steps, round(steps), abs_tol=1e-6):
            nearest = low + step * math.floor(steps)
            raise ValueError(f"step {_short(step)} misses high {_short(high)}; the last value is {_short(nearest)}")
        return self

    def contains(self, value: Any) -> bool:
        return super().contains(value) and any(math.isclose(value, one, rel_tol=1e-9) for one in self.values() or [])

    def values(self) -> list[Any] | None:
        low, high, step = self.quantized
        return [self.nearest(low + step * index) for index in range(round((high - low) / step) + 1)]

    def nearest(self, value: float) -> float:
        """The value of the grid next to a number, as it is written: 0.3, never 0.30000000000000004."""
        low, _, step = self.quantized
        exact = low + step * round((value - low) / step)
        return round(exact) if all(float(bound).is_integer() for bound in self.quantized) else float(f"{exact:.12g}")

    def in_words(self) -> str:
        return f"{super().in_words()} in steps of {_short(self.quantized[2])}"


KINDS: dict[str, type[Parameter]] = {kind.kind: kind for kind in (Choice, Uniform, LogUniform, Int, LogInt, Quantized)}
AnyParameter = Choice | Uniform | LogUniform | Int | LogInt | Quantized


def _short(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
