"""Ablation tables: what each setting is worth."""

from __future__ import annotations

import math

import pytest

from reports.analysis.ablation import ablation_table, why_wide
from reports.pages.report import render
from tests.reports.sweeps import write_ablation


def test_a_setting_helps_if_the_best_is_better_with_it(tmp_path):
    folder = write_ablation(
        tmp_path / "s-ablation",
        {
            "best": ({"lr": 0.01}, [0.50, 0.51, 0.52]),
            "lr": ({"lr": 0.001}, [0.40, 0.41, 0.42]),
            "skip": ({"lr": 0.01, "skip": False}, [0.60, 0.61, 0.62]),
            "optimizer": ({"lr": 0.01, "optimizer": "sgd"}, [0.40, 0.60, 0.53]),
        },
    )
    rows = ablation_table(folder.state(), folder.spec())
    assert [row.verdict for row in rows] == ["", "helps", "hurts", "cannot tell"]
    assert rows[1].change == "lr back to 0.001 (from 0.01)"
    assert rows[1].worth.mean == pytest.approx(0.1)
    assert rows[0].mean == pytest.approx(0.51)
    html = render(folder)
    assert "What each setting is worth" in html
    assert "lr back to 0.001 (from 0.01)" in html


def test_a_rung_of_a_ladder_is_held_against_the_rung_below(tmp_path):
    folder = write_ablation(
        tmp_path / "s-ablation",
        {
            "default": ({}, [0.1, 0.11]),
            "+ lr": ({"lr": 0.01}, [0.2, 0.21]),
            "+ skip": ({"lr": 0.01, "skip": False}, [0.15, 0.16]),
        },
    )
    rows = ablation_table(folder.state(), folder.spec())
    assert [row.verdict for row in rows] == ["", "helps", "hurts"]
    assert rows[2].worth.mean == pytest.approx(-0.05)


def test_a_variant_without_a_result_has_no_verdict(tmp_path):
    folder = write_ablation(tmp_path / "s-ablation", {"best": ({}, [0.5]), "lr": ({"lr": 0.1}, [math.nan])})
    rows = ablation_table(folder.state(), folder.spec())
    assert (rows[1].mean, rows[1].worth, rows[1].verdict) == (None, None, "")


def test_all_settings_together_are_held_against_the_default(tmp_path):
    folder = write_ablation(
        tmp_path / "s-ablation",
        {
            "best": ({"lr": 0.01, "skip": False}, [0.50, 0.51]),
            "lr": ({"skip": False}, [0.45, 0.46]),
            "skip": ({"lr": 0.01}, [0.45, 0.46]),
            "default": ({}, [0.30, 0.31]),
        },
    )
    assert not folder.spec().is_ladder
    last = ablation_table(folder.state(), folder.spec())[-1]
    assert (last.change, last.verdict) == ("all back to the default configuration", "helps")
    assert last.worth.mean == pytest.approx(0.2)
    assert "all back to the default configuration" in render(folder)


def rows_of(tmp_path, repeats):
    values = [0.5 + 0.01 * number for number in range(repeats)]
    variants = {"best": ({"lr": 0.01}, values), "lr": ({}, values[::-1])}
    folder = write_ablation(tmp_path / str(repeats), variants)
    return ablation_table(folder.state(), folder.spec())


def test_few_seeds_make_wide_intervals_and_it_says_so(tmp_path):
    said = why_wide(rows_of(tmp_path, 2))
    assert "with 2 seeds: they reach 9.0 standard deviations" in said
    assert "with 5 seeds 1.2. tune ablate --seeds 5" in said
    assert why_wide(rows_of(tmp_path, 1)).startswith("A single seed gives no interval")
    assert why_wide(rows_of(tmp_path, 5)) is None
    assert why_wide([]) is None
