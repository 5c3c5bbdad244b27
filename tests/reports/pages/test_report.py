"""The report as a file, and as a real browser shows it."""

from __future__ import annotations

import base64
import gzip
import json
import re
import subprocess
import sys
import time

import pandas as pd
import pytest

from reports.pages.report import render, write_report
from reports.records.record import Record, TrialEnded, TrialStarted
from tests.reports.browsing import shown
from tests.reports.sweeps import DOCUMENT, add_gallery, add_note, write_ablation, write_sweep

SECTIONS = ["won", "knobs", "search", "trials", "spec"]
PARTS = ["best", "yardsticks", "effects", "pair", "curves", "fit", "rungs", "settings", "time"]


@pytest.mark.parametrize("trials", [0, 1, 2, 30])
def test_a_report_is_drawn_for_any_number_of_trials(tmp_path, trials):
    sweep = write_sweep(tmp_path / "s", trials=trials, failing=0.2)
    html = write_report(sweep).read_text()
    assert "<h1>s</h1>" in html
    assert ("No trial has a result yet" in html) == (trials == 0)


def test_every_report_says_what_doing_nothing_gives_and_what_the_winner_was_held_against(tmp_path):
    searched = render(write_sweep(tmp_path / "s", trials=30))
    assert "What there is to beat" in searched
    assert "<td>the most frequent class (road)</td>" in searched
    better = r"That is 0\.\d+ better than the default configuration, which reached 0\.\d+.*of 2 yardsticks"
    assert re.search(better, searched)
    for other in (write_sweep(tmp_path / "empty", 0), write_ablation(tmp_path / "a", {"best": ({}, [0.5, 0.6])})):
        assert "<td>the most frequent class (road)</td>" in render(other)


def test_a_report_is_drawn_where_every_trial_failed(tmp_path):
    sweep = write_sweep(tmp_path / "s", trials=0)
    record = Record(sweep.record_path)
    record.append(TrialStarted(trial="0000", config={"epochs": 9}, node="n", slot=0))
    record.append(TrialEnded(trial="0000", reason="failed", error="ValueError: <b>bad</b>\nline two"))
    record.close()
    html = render(sweep)
    assert "ValueError: &lt;b&gt;bad&lt;/b&gt;" in html
    assert "No trial has a result yet" in html


def test_the_file_is_whole_and_holds_plotly_once(tmp_path):
    sweep = write_sweep(tmp_path / "s", trials=200)
    add_gallery(sweep)
    path = write_report(sweep)
    assert path.stat().st_size < 3_000_000
    (packed,) = re.findall(r'id="packed-plotly">([^<]*)<', path.read_text())
    assert "plotly.js v" in gzip.decompress(base64.b64decode(packed)).decode()
    assert not list(sweep.path.glob(".report*"))


def test_what_stands_in_files_cannot_become_markup(tmp_path):
    evil = "</script><script>document.title='taken'</script><img src=x onerror=alert(1)>"
    space = {**DOCUMENT["space"], "description": evil, "name": evil}
    sweep = write_sweep(tmp_path / "s", trials=5, space=space, command=evil)
    add_note(sweep, evil)
    html = render(sweep)
    assert "<script>document.title" not in html
    assert "<img src=x" not in html


@pytest.mark.slow
def test_the_page_opens_without_an_error_and_without_the_network(tmp_path, browser):
    sweep = write_sweep(tmp_path / "s", trials=30, failing=0.1)
    add_gallery(sweep)
    page, wrong = shown(browser, write_report(sweep))
    assert not wrong
    for section in [*SECTIONS, "pictures", "trouble"]:
        assert page.locator(f"section#{section} h2").is_visible()
    for part in PARTS:
        assert page.locator(f"h3#{part}").is_visible()
    assert page.locator(".gallery img").evaluate_all("images => images.every(image => image.naturalWidth > 0)")
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("trials", [0, 1, 2, 500])
def test_the_page_opens_at_any_size_of_sweep(tmp_path, browser, trials):
    page, wrong = shown(browser, write_report(write_sweep(tmp_path / "s", trials=trials)))
    assert not wrong
    page.close()


@pytest.mark.slow
def test_clicking_a_heading_sorts_the_trials(tmp_path, browser):
    page, _ = shown(browser, write_report(write_sweep(tmp_path / "s", trials=30, failing=0.2)))
    values = "cells => cells.map(cell => cell.textContent.trim())"
    heading = page.locator("#trials th", has_text="val_miou")
    for descending in (False, True):
        heading.click()
        column = page.locator("#trials tbody td:nth-child(3)").evaluate_all(values)
        numbers = [float(value) for value in column if value != "-"]
        assert numbers == sorted(numbers, reverse=descending)
        assert column[len(numbers) :] == ["-"] * (len(column) - len(numbers))
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone_and_text_is_readable_by_night(tmp_path, browser, scheme):
    sweep = write_sweep(tmp_path / "s", trials=30)
    add_gallery(sweep)
    page, wrong = shown(browser, write_report(sweep), viewport={"width": 390, "height": 800}, color_scheme=scheme)
    assert not wrong
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    ink, paper = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    tick = page.locator("[data-figure=learning_curves] .xtick text").first
    ticks = tick.evaluate("text => getComputedStyle(text).fill")
    assert ticks == ink
    brightness = [sum(json.loads(color.replace("rgb(", "[").replace(")", "]"))) for color in (ink, paper)]
    assert abs(brightness[0] - brightness[1]) > 400
    page.close()


@pytest.mark.slow
def test_dragging_along_an_axis_keeps_some_trials_and_a_click_brings_them_back(tmp_path, browser):
    page, wrong = shown(browser, write_report(write_sweep(tmp_path / "s", trials=30)))
    place = page.locator("[data-figure=parallel_coordinates]")
    place.scroll_into_view_if_needed()
    axis = place.locator(".axis-brush .background").last.bounding_box()
    middle = axis["x"] + axis["width"] / 2
    chosen = "place => place.data[0].dimensions.filter(one => one.constraintrange).length"
    assert place.evaluate(chosen) == 0
    page.mouse.move(middle, axis["y"] + axis["height"] * 0.75)
    page.mouse.down()
    page.mouse.move(middle, axis["y"] + axis["height"] * 0.3, steps=8)
    page.mouse.up()
    page.wait_for_function(f"({chosen})(document.querySelector('[data-figure=parallel_coordinates]')) === 1")
    page.mouse.click(middle, axis["y"] + axis["height"] * 0.95)
    page.wait_for_function(f"({chosen})(document.querySelector('[data-figure=parallel_coordinates]')) === 0")
    assert not wrong
    page.close()


@pytest.mark.slow
def test_the_trials_can_be_filtered_and_copied(tmp_path, browser):
    page, wrong = shown(browser, write_report(write_sweep(tmp_path / "s", trials=30, failing=0.2)))
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.locator("[data-filter=all-trials]").fill("pruned sgd")
    rows = page.locator("#all-trials tbody tr:not([hidden])")
    texts = rows.all_text_contents()
    assert 0 < len(texts) < 30
    assert all("pruned" in text and "sgd" in text for text in texts)
    assert page.locator("[data-count=all-trials]").text_content() == f"{len(texts)} of 30"
    page.locator("[data-copy-table=all-trials]").click()
    lines = page.evaluate("window.copied").splitlines()
    assert len(lines) == len(texts) + 1
    assert lines[0].split("\t")[:3] == ["trial", "ended", "val_miou"]
    assert not wrong
    page.close()


def test_of_many_trials_the_page_lays_out_some_and_holds_the_others_as_data(tmp_path):
    html = render(write_sweep(tmp_path / "s", trials=250))
    table = html[html.index('id="all-trials"') : html.index("</table>", html.index('id="all-trials"'))]
    assert table.count("<tr>") == 1 + 100
    (beside,) = re.findall(r'id="all-trials-rows">(.*)</script>', html)
    assert [row[0] for row in json.loads(beside)] == [f"{number:04d}" for number in range(100, 250)]


@pytest.mark.slow
def test_many_trials_are_turned_over_in_pages_sorted_and_filtered_as_a_whole(tmp_path, browser):
    page, wrong = shown(browser, write_report(write_sweep(tmp_path / "s", trials=250)))
    rows = page.locator("#all-trials tbody tr:not([hidden])")
    pages = page.locator("[data-pages=all-trials]")
    names = "rows => rows.map(row => row.cells[0].textContent)"
    assert rows.evaluate_all(names) == [f"{number:04d}" for number in range(100)]
    for button, expected in (("after", "101 to 200"), ("after", "201 to 250"), ("before", "101 to 200")):
        pages.get_by_role("button", name=f"rows {button}").click()
        assert expected in pages.inner_text()
    assert rows.evaluate_all(names) == [f"{number:04d}" for number in range(100, 200)]
    for _ in range(2):
        page.locator("#trials th", has_text="trial").first.click()
    assert rows.evaluate_all(names)[0] == "0249", "sorting begins at the first page"
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.locator("[data-filter=all-trials]").fill("completed")
    found = int(page.locator("[data-count=all-trials]").text_content().removesuffix(" of 250"))
    assert rows.count() == found < 100
    assert pages.is_hidden()
    page.locator("[data-filter=all-trials]").fill("")
    page.locator("[data-copy-table=all-trials]").click()
    assert len(page.evaluate("window.copied").splitlines()) == 251, "all pages are copied"
    assert not wrong
    page.close()


@pytest.mark.slow
def test_two_objectives_have_a_front_and_colours_stand_for_the_same_class_everywhere(tmp_path, browser):
    objective = [{"metric": "val_miou", "mode": "max"}, {"metric": "train_loss", "mode": "min"}]
    sweep = write_sweep(tmp_path / "s", trials=30, space={**DOCUMENT["space"], "objective": objective})
    add_gallery(sweep)
    page, wrong = shown(browser, write_report(sweep))
    assert page.locator("h3#trade-off").is_visible()
    bars = page.locator("[data-figure=class_iou]").evaluate("place => place.data[0].marker.color")
    legend = page.locator(".legend i").evaluate_all("all => all.map(one => one.getAttribute('style').slice(11))")
    assert sorted(bars) == sorted(legend)
    assert not wrong
    page.close()


@pytest.mark.slow
def test_a_report_whose_writer_is_killed_leaves_the_old_one_whole(tmp_path):
    sweep = write_sweep(tmp_path / "s", trials=60)
    whole = write_report(sweep).read_bytes()
    script = (
        "import sys; from pathlib import Path; from reports.pages.report import write_report; "
        "from reports.records.folder import SweepFolder\n"
        "print('on', flush=True)\nwhile True: write_report(SweepFolder(Path(sys.argv[1])))"
    )
    for moment in (0.05, 0.2, 0.35, 0.5):
        writer = subprocess.Popen([sys.executable, "-c", script, str(sweep.path)], stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(moment)
        writer.kill()
        writer.communicate()
        assert sweep.report_path.read_bytes() == whole
        assert len(pd.read_parquet(sweep.path / "trials.parquet")) == 60
