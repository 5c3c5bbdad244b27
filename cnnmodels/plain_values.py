"""PlainValues: what every model that people fill in does with numbers before it looks at them. Knows no knobs."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ValidationInfo, field_validator

_FEW_DIGITS = 12  # that a person may type; a number next to such a one was meant to be it


class PlainValues(BaseModel):
    """A model in which `true` is no 1, and 0.1 + 0.2 is 0.3."""

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: Any, info: ValidationInfo) -> Any:
        types = _types_in(cls.model_fields[str(info.field_name)].annotation)
        if {int, float} & types and bool not in types:
            _refuse_truth(value)
        return without_rounding_error(value)


def without_rounding_error(value: Any) -> Any:
    """0.3 for 0.30000000000000004, in a list as well; whatever is no sum of short numbers stays, to its last bit."""
    if isinstance(value, list | tuple):
        return type(value)(without_rounding_error(one) for one in value)
    if not isinstance(value, float):
        return value
    digits = f"{value:.14e}".partition("e")[0].replace(".", "").strip("-0")
    return float(f"{value:.14e}") if len(digits) <= _FEW_DIGITS else value


def _refuse_truth(value: Any) -> None:
    """pydantic would take true as 1."""
    if isinstance(value, bool):
        raise ValueError("must be a number")
    for one in value if isinstance(value, list | tuple) else ():
        _refuse_truth(one)


def _types_in(annotation: Any) -> set[type]:
    """The types of a field, those of a list's elements and of the values of a Literal among them."""
    inner = get_args(annotation)
    if inner:
        return set().union(*map(_types_in, inner))
    return {annotation if isinstance(annotation, type) else type(annotation)}
