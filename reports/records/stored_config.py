"""A configuration as sweeps store it: the values of a TrialConfig, under the names that knobs and models have today.

What stands in a record is history, so no value is checked here: a knob may have taken values that it takes no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from cnnmodels.config import with_current_names
from cnnmodels.errors import UserError


def _under_current_names(config: Any) -> Any:
    if not isinstance(config, Mapping):
        return config
    try:
        return with_current_names(config)
    except UserError as error:  # pydantic tells of a ValueError with the field's name
        raise ValueError(str(error)) from None


StoredConfig = Annotated[dict[str, Any], BeforeValidator(_under_current_names)]
