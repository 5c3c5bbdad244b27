"""`sweep.json`: what a sweep was asked to do, as far as pages and tables rely on it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow")  # what `tune_jobs` writes beside (reports/records/spec.py)


class _Objective(_Part):
    metric: str
    mode: str


class _Budget(_Part):
    trials: int
    max_epochs: int


class _Space(_Part):
    name: str
    task: str
    model: str
    objective: _Objective | list[_Objective]
    fixed: dict[str, Any]
    search: dict[str, dict[str, Any]]
    budget: _Budget


class _Data(_Part):
    layout: str
    fingerprint: str
    classes: list[str]
    colors: list[tuple[int, int, int]]
    counts: dict[str, int]
    image_size: tuple[int, int]


class Question(_Part):
    """The fields that reading verbs and the server need."""

    name: str
    created: float
    command: str
    seed: int
    space: _Space
    data: _Data
