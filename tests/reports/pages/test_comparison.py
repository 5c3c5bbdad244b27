"""Sweeps side by side."""

from __future__ import annotations

import re

import pytest

from reports.pages.comparison import as_json, compare, write_comparison
from reports.records.errors import SweepError
from reports.records.record import Record, WinnerConfirmed
from tests.reports.sweeps import DOCUMENT, write_sweep


def test_sweeps_side_by_side_say_why_they_may_not_compare(tmp_path):
    one = write_sweep(tmp_path / "one", trials=9)
    other = write_sweep(tmp_path / "other", trials=6, data={**DOCUMENT["data"], "fingerprint": "1"})
    text = write_comparison([one, other], tmp_path / "c.html").read_text()
    assert "different images" in text
    assert "is ahead" not in text
    assert text.count('id="packed-plotly">') == 1
    same = write_comparison([one, write_sweep(tmp_path / "third", trials=30)], tmp_path / "d.html").read_text()
    assert "is ahead with val_miou" in same
    with pytest.raises(SweepError, match="2 to 6 different sweeps, got one"):
        write_comparison([one], tmp_path / "e.html")


def test_what_differs_between_the_best_configurations_is_marked(tmp_path):
    one = write_sweep(tmp_path / "one", trials=9)
    other = write_sweep(tmp_path / "other", trials=30)
    html = compare([one, other])
    assert re.search(r'<tr class="differs"><td>lr</td>', html)
    assert re.search(r"<tr><td>width</td><td>16</td><td>16</td></tr>", html), "fixed knobs stand in it as well"


def test_a_knob_that_a_sweep_does_not_mention_has_the_value_that_it_trained_with(tmp_path):
    one, other = ({**DOCUMENT["space"], "fixed": fixed} for fixed in ({"weight_decay": 0.1}, {"dropout": 0.5}))
    sweeps = [write_sweep(tmp_path / "one", trials=1, space=one), write_sweep(tmp_path / "b", trials=1, space=other)]
    html, found = compare(sweeps), as_json(sweeps)
    rows = {"weight_decay": ["0.1", "0"], "dropout": ["0", "0.5"], "skip": ["true", "true"]}
    for knob, values in rows.items():
        cells = "".join(f"<td>{value}</td>" for value in (knob, *values))
        assert f"{cells}</tr>" in html, "0 is a value"
    assert [sweep["settings"]["dropout"] for sweep in found["sweeps"]] == [0.0, 0.5]
    assert "momentum" not in found["sweeps"][0]["settings"], "it is not in effect"


@pytest.mark.parametrize(("model", "has"), [("fcn32", False), ("a network of somebody's own", True)])
def test_a_knob_that_the_other_network_lacks_has_no_value_there(tmp_path, model, has):
    other = {**DOCUMENT["space"], "model": model, "search": {"lr": DOCUMENT["space"]["search"]["lr"]}, "fixed": {}}
    sweeps = [write_sweep(tmp_path / "one", trials=1), write_sweep(tmp_path / "other", trials=1, space=other)]
    found = [("skip" in one["settings"]) for one in as_json(sweeps)["sweeps"]]
    assert found == [True, has], "of a network that is not known here, whatever the record has"


def test_other_metrics_and_other_budgets_are_warned_of(tmp_path):
    space = {**DOCUMENT["space"], "objective": {"metric": "train_loss", "mode": "min"}}
    space["budget"] = {**space["budget"], "max_epochs": 20}
    html = compare([write_sweep(tmp_path / "one", trials=3), write_sweep(tmp_path / "other", trials=3, space=space)])
    assert "ranked by different metrics" in html
    assert "different numbers of epochs" in html
    assert html.count("data-figure=") == 2, "each metric has its own axis"
    assert "is ahead" not in html


def test_a_sweep_without_a_result_is_compared_as_such(tmp_path):
    html = compare([write_sweep(tmp_path / "one", trials=0), write_sweep(tmp_path / "other", trials=0)])
    assert "No sweep has a result yet." in html


def confirmed(path, mean, half):
    """A sweep whose winner was trained again with fresh seeds."""
    folder = write_sweep(path, trials=9)
    record = Record(folder.record_path)
    ends = {"mean": mean, "low": mean - half, "high": mean + half}
    record.append(WinnerConfirmed(trial="0000", by="c", runs=5, probability=0.97, decided=True, **ends))
    record.close()
    return folder


def test_winners_that_were_confirmed_are_compared_by_their_fresh_seeds(tmp_path):
    one, near, far = (confirmed(tmp_path / name, mean, 0.03) for name, mean in (("a", 0.5), ("b", 0.52), ("c", 0.6)))
    assert "b and a cannot be told apart in val_miou" in compare([one, near])
    html = compare([one, near, far])
    assert "c is ahead of b in val_miou, with fresh seeds, by 0.0800 [0.0376, 0.1224]." in html
    assert "0.6000 [0.5700, 0.6300], 5 runs (0000)" in html
    once = compare([one, write_sweep(tmp_path / "once", trials=9)])
    assert "each is one run of its best configuration, and tune confirm repeats it" in once
