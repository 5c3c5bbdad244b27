"""What is printed is the text as it is, or an escape, whoever reads it and however they leave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.records.record import Record, TrialStarted
from tests.reports.sweeps import DEFAULTS, DOCUMENT, write_sweep
from tune_jobs.cli.app import console
from tune_jobs.cli.streams import printable
from tune_jobs.cli.tables.printing import table_of
from tune_jobs.cli.tables.sweeps import show_one
from tune_jobs.cli.terminal import Terminal

ROOT = Path(__file__).resolve().parents[3]
TUNE = [sys.executable, "-m", "tune_jobs"]
PRINT = "from tune_jobs.cli.streams import make_streams_last; make_streams_last()\n"
ODD = "[red]x[/red] ü 猫 \udcff"


def run(code: str, *, shell: str = '"$@"', **environment: str) -> subprocess.CompletedProcess[str]:
    words = ["bash", "-o", "pipefail", "-c", shell, "x", sys.executable, "-c", PRINT + code]
    return subprocess.run(words, capture_output=True, text=True, env={**os.environ, **environment}, check=False)


def test_a_name_that_the_terminal_lacks_is_an_escape():
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    code = f"import sys; print({ODD!a}); sys.stderr.write({ODD!a})"
    said = run(code, **ascii_only)
    assert said.returncode == 0
    assert said.stdout.strip() == said.stderr == "[red]x[/red] \\xfc \\u732b \\udcff"


def test_a_name_that_is_no_text_is_an_escape_beside_names_that_are():
    assert run(f"print({ODD!a})", PYTHONIOENCODING="utf-8").stdout == "[red]x[/red] ü 猫 \\udcff\n"


@pytest.mark.parametrize("shell", ['"$@" | head -1 >/dev/null', '"$@" >/dev/full', '"$@" >&-', '"$@" <&- >&- 2>&-'])
def test_a_reader_who_leaves_ends_nothing(shell, tmp_path):
    mark = tmp_path / "done"
    code = "import pathlib, subprocess\nfor _ in range(20000): print('x' * 50)\nsubprocess.run(['true'], check=True)\n"
    said = run(f"{code}pathlib.Path({str(mark)!r}).touch()", shell=shell)
    assert mark.exists()
    assert (said.returncode, said.stderr) == (0, "")


def test_a_file_never_takes_the_number_of_a_closed_stream(tmp_path):
    here = str(tmp_path / "record")
    code = (
        f"import os\nfile = open({here!r}, 'w')\nprint('lost')\nos.write(1, b'lost')\nprint(file.fileno(), file=file)"
    )
    run(code, shell='"$@" <&- >&- 2>&-')
    assert int(Path(here).read_text()) > 2


def test_the_command_bears_a_reader_of_one_line():
    said = subprocess.run(
        ["bash", "-o", "pipefail", "-c", '"$@" | head -1', "x", *TUNE, "spaces"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr) == (0, "")
    assert len(said.stdout.splitlines()) == 1


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs", "Mn", "Me", "Cf", "Co", "Cn"])))
def test_a_name_in_a_table_is_what_was_typed(name):
    terminal = console()
    with terminal.capture() as captured:
        table = table_of("class")
        table.add_row(f"[bold]{name}[/bold] :smile:"[:100])
        terminal.print(table)
    assert f"[bold]{name}[/bold] :smile:"[:100] in captured.get()


def test_no_name_and_no_error_steers_the_terminal(tmp_path, capfd):
    evil = "\x1b]0;owned\x07\x1b[2J\u202egnp\x9b1m"
    data = {**DOCUMENT["data"], "layout": f"layout {evil}"}
    folder = write_sweep(tmp_path / "s", trials=0, data=data)
    record = Record(folder.record_path)
    record.append(TrialStarted(trial="0000", config={**DEFAULTS, "optimizer": evil}, node="n", slot=0))
    record.close()
    show_one(folder, console(), as_json=False)
    said = capfd.readouterr().out
    assert "layout \\x1b]0;owned\\x1b[2J\\u202egnp\\x9b1m" in said
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(said)


def test_colours_of_our_own_are_still_colours():
    terminal = Terminal(force_terminal=True, color_system="standard")
    with terminal.capture() as captured:
        terminal.print("red\x1b[31m", style="red", highlight=False)
    assert captured.get() == "\x1b[31mred\\x1b[31m\x1b[0m\n"


@pytest.mark.parametrize("verb", [["ls"], ["show", "s"], ["stop", "s"]])
def test_a_password_in_an_address_is_never_printed(verb):
    said = subprocess.run(
        [*TUNE, *verb, "--submit", "ftp://me:hunter@22@head:8265"], capture_output=True, text=True, check=False
    )
    assert said.returncode == 2
    assert "hunter" not in said.stdout + said.stderr
    assert "22@" not in said.stdout + said.stderr


@given(st.text())
def test_an_error_is_one_line_of_text(text):
    line = printable(text)
    assert len(line.splitlines()) <= 1
    line.encode("utf-8")
    assert printable(line) == line


def test_a_command_that_imports_torch_s_compiler_ends_without_a_word_of_it():
    words = [*TUNE, "spaces", str(ROOT / "examples" / "own_task" / "space.yaml")]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
