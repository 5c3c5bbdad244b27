"""`tune serve` as a real process: what it shows, what it refuses, how it follows a running sweep."""

from __future__ import annotations

import base64
import http.client
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from filelock import FileLock

from reports.records.record import EpochEnded, Record, SweepStarted, TrialEnded, TrialStarted, WinnerConfirmed
from tests.reports.browsing import shown
from tests.reports.serving import ODD_NAME, ask, served
from tests.reports.sweeps import DEFAULTS, add_gallery, write_sweep

pytestmark = pytest.mark.slow


def test_every_sweep_is_listed_with_its_best_and_a_damaged_one_harms_no_other(address):
    status, page, _ = ask(address + "/")
    assert status == 200
    for name in ("one", "two", "with-pictures", "damaged", "half"):
        assert f">{name}</a>" in page
    assert page.count('<span class="state damaged">') == 2
    assert page.count("<polyline") == 4
    assert "0.4753" in page


def test_a_report_is_the_same_as_the_file_with_plotly_from_the_server(address):
    status, page, _ = ask(address + "/sweeps/one/")
    assert status == 200
    assert "What won, and is it sure?" in page
    assert '<script src="/static/plotly.js">' in page
    assert len(page) < 500_000
    status, script, headers = ask(address + "/static/plotly.js")
    assert status == 200
    assert "plotly.js v" in script
    assert headers["content-type"].startswith("text/javascript")


def test_tables_are_served_and_nothing_else_of_the_folder(address, storage):
    status, text, _ = ask(address + "/sweeps/one/trials.csv")
    assert status == 200
    assert text.startswith("trial,state,best")
    for path in ("record.jsonl", "sweep.json", "../secret.txt", "%2e%2e/secret.txt", "..%2f..%2fsecret.txt"):
        assert ask(f"{address}/sweeps/one/{path}")[0] == 404, path


@pytest.mark.parametrize(
    "name",
    ["..", "%2e%2e", "%252e%252e", "..%2fone", "one%00", "one%0a", "nobody", "secret.txt", "/etc", "%2Fetc%2Fpasswd"],
)
def test_what_is_no_sweep_is_not_found(address, name):
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    connection.request("GET", f"/sweeps/{name}/")  # as it stands: urllib would tidy it
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 404


def test_odd_names_are_shown_as_typed_and_harm_nothing(address, storage):
    page = ask(address + "/")[1]
    assert "<i>" not in page.replace('<i style="background', "")
    assert ask(f"{address}/sweeps/{quote(ODD_NAME, safe='')}/")[0] == 200


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    write_sweep(tmp_path / "elsewhere" / "hidden", trials=1)
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "link").symlink_to(tmp_path / "elsewhere" / "hidden")
    for linked in ("sweep.json", "record.jsonl"):
        sweep = write_sweep(tmp_path / "storage" / f"linked-{linked}", trials=1)
        (sweep.path / linked).unlink()
        (sweep.path / linked).symlink_to(tmp_path / "elsewhere" / "hidden" / linked)
    pictures = write_sweep(tmp_path / "storage" / "pictures", trials=3)
    add_gallery(pictures)
    (pictures.gallery_path / "0000_truth.png").unlink()
    (pictures.gallery_path / "0000_truth.png").symlink_to("/etc/passwd")
    with served(tmp_path / "storage") as address:
        page = ask(address + "/")[1]
        for name in ("link", "linked-sweep.json", "linked-record.jsonl"):
            assert ask(f"{address}/sweeps/{name}/")[0] == 404, name
            assert f">{name}</a>" not in page
        status, page, _ = ask(f"{address}/sweeps/pictures/")
        assert status == 200
        assert base64.b64encode(Path("/etc/passwd").read_bytes())[:60].decode() not in page


@pytest.mark.parametrize("name", ["damaged", "half"])
def test_a_damaged_sweep_is_said_without_a_path(address, storage, name):
    for page in (f"/sweeps/{name}/", f"/sweeps/{name}/trials.csv", f"/compare?sweep=one&sweep={name}"):
        status, text, headers = ask(address + page)
        assert status == 422
        assert text.startswith("this sweep cannot be shown: ")
        assert str(storage) not in text
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_bug_of_ours_is_an_answer_with_the_same_headers_and_nothing_inside(tmp_path):
    sweep = write_sweep(tmp_path / "s", trials=1)
    with served(tmp_path) as address:
        record = Record(sweep.record_path)
        record.append(WinnerConfirmed(trial="9999", by="c", mean=1, low=1, high=1, runs=1, probability=1, decided=True))
        record.close()  # nothing of ours confirms a trial that there is not
        status, text, headers = ask(address + "/sweeps/s/")
    assert (status, text) == (500, "this page could not be made")
    assert headers["x-frame-options"] == "DENY"


def test_a_name_that_is_no_text_harms_no_other(tmp_path):
    write_sweep(tmp_path / "s", trials=1)
    shutil.copytree(tmp_path / "s", os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    with served(tmp_path) as address:
        status, page, _ = ask(address + "/")
    assert status == 200
    assert ">s</a>" in page


def test_two_sweeps_are_compared_and_a_wrong_number_is_refused(address):
    status, page, _ = ask(address + "/compare?sweep=one&sweep=two")
    assert status == 200
    assert "Best configurations" in page
    assert ask(address + "/compare?sweep=one")[0] == 400
    assert ask(address + "/compare?sweep=one&sweep=one")[0] == 400
    assert ask(address + "/compare?sweep=one&sweep=nobody")[0] == 400


def test_many_readers_at_once_are_all_answered(address):
    paths = ["/", "/sweeps/one/", "/sweeps/one/version", "/sweeps/two/trials.csv", "/compare?sweep=one&sweep=two"] * 20
    with ThreadPoolExecutor(50) as readers:
        statuses = list(readers.map(lambda path: ask(address + path)[0], paths))
    assert statuses == [200] * len(paths)


class Running:
    """A sweep whose driver this process pretends to be."""

    def __init__(self, path):
        self.folder = write_sweep(path, trials=4, ended=False)
        self.lock = FileLock(self.folder.lock_path)
        self.lock.acquire()
        self.record = Record(self.folder.record_path)
        self.record.append(SweepStarted(trials=24, slots=2, resumed=True))

    def trial(self, name, value):
        self.record.append(TrialStarted(trial=name, config=DEFAULTS, node="laptop", slot=0))
        metrics = {"val_miou": value, "train_loss": 1.0}
        self.record.append(EpochEnded(trial=name, epoch=1, metrics=metrics, seconds={"train": 1.0}))
        self.record.append(TrialEnded(trial=name, reason="completed"))

    def close(self):
        self.record.close()
        self.lock.release()


@pytest.fixture
def running(tmp_path):
    sweep = Running(tmp_path / "live")
    yield sweep
    sweep.close()


def test_a_running_sweeps_page_changes_by_itself_and_keeps_the_readers_place(tmp_path, running, browser):
    with served(tmp_path) as address:
        page, wrong = shown(browser, f"{address}/sweeps/live/", viewport={"width": 1000, "height": 700})
        assert page.locator("#live-state").text_content() == "running"
        page.locator("[data-filter=all-trials]").fill("completed")
        page.locator("#all-trials th", has_text="val_miou").click()
        page.locator("section#trials").scroll_into_view_if_needed()
        page.evaluate("document.getElementById('trials').scrollIntoView()")
        before = page.evaluate("document.getElementById('trials').getBoundingClientRect().top")
        running.trial("0900", 0.93)
        page.wait_for_function("document.querySelector('#won .lead').textContent.includes('0.9300')", timeout=120_000)
        page.wait_for_function("document.querySelector('#all-trials tbody').textContent.includes('0900')")
        after = page.evaluate("document.getElementById('trials').getBoundingClientRect().top")
        assert abs(after - before) < 3
        assert page.locator("[data-filter=all-trials]").input_value() == "completed"
        assert page.locator("#all-trials th[aria-sort]").text_content() == "val_miou"
        assert page.locator("#all-trials tbody tr:not([hidden])").last.locator("td").first.text_content() == "0900"
        running.lock.release()
        page.wait_for_function("document.getElementById('live-state').textContent === 'lost'", timeout=120_000)
        assert not wrong
        page.close()


def test_the_list_follows_too_and_ticked_sweeps_are_compared(tmp_path, running, browser):
    write_sweep(tmp_path / "other", trials=3)
    with served(tmp_path) as address:
        page, wrong = shown(browser, f"{address}/")
        page.locator("input[value=live]").check()
        running.trial("0900", 0.93)
        page.wait_for_function("document.querySelector('#all-sweeps').textContent.includes('0.9300')", timeout=120_000)
        assert page.locator("input[value=live]").is_checked()
        page.locator("input[value=other]").check()
        page.get_by_role("button", name="compare").click()
        page.wait_for_selector("#settings")
        assert re.search("/compare.sweep=(live|other)&sweep=", page.url)
        assert not wrong
        page.close()
