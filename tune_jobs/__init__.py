"""The `tune` command, the Python API, and the sweep that they drive. The only room that knows Ray.

    sweep = tune_jobs.launch("seg_unet", data="photos/camvid", trials=40)

The API is tune_jobs/api.py; it is loaded when one of its names is first used, so that `import tune_jobs` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tune_jobs.own_rooms import prefer_our_rooms

if TYPE_CHECKING:
    from tune_jobs.api import CostEstimate, Sweep, UserError, launch, list_sweeps, open, plan  # noqa: A004

prefer_our_rooms()

__all__ = ["CostEstimate", "Sweep", "UserError", "launch", "list_sweeps", "open", "plan"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from tune_jobs import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
