"""A sweep under another name, wherever it is spoken of."""

import pytest

from reports.analysis.repeats import ablations_of, confirmations_of
from reports.pages.report import write_report
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from tests.reports.sweeps import write_sweep
from tune_jobs.housekeeping.rename import draw_pages_again, rename
from tune_jobs.storage.sweep_folders import hold


def test_those_that_speak_of_it_do_so_by_its_new_name(sweep):
    before = sweep.state()
    renamed = rename(sweep, "camvid")
    assert not sweep.path.exists()
    assert renamed.spec().name == renamed.name == "camvid"
    assert renamed.state() == before
    assert [one.name for one in ablations_of(renamed)] == ["s-ablation"]
    assert [one.name for one in confirmations_of(renamed)] == ["s-sure"]


def test_pages_that_say_its_name_are_drawn_again_and_no_others(sweep):
    write_report(sweep)
    renamed = rename(sweep, "camvid")
    draw_pages_again(renamed)
    assert "<h1>camvid</h1>" in renamed.report_path.read_text()
    assert not (renamed.path.parent / "s-ablation" / "report.html").exists()


def test_a_confirmation_that_is_renamed_is_still_found_by_its_sweep(sweep):
    rename(SweepFolder(sweep.path.parent / "s-sure"), "certain")
    confirmed = sweep.state().confirmed
    assert (confirmed.trial, confirmed.by) == ("0001", "certain")


def test_cut_off_before_its_last_step_the_same_command_does_the_rest(sweep):
    (sweep.path.parent / "s-ablation" / "sweep.json").write_text(
        SweepFolder(sweep.path.parent / "s-ablation")
        .spec_path.read_text()
        .replace('"ablation_of":"s"', '"ablation_of":"new"')
    )
    sweep.spec_path.write_text(sweep.spec().model_copy(update={"name": "new"}).model_dump_json())
    renamed = rename(sweep, "new")
    assert (renamed.spec().name, len(renamed.state().trials)) == ("new", 4)
    assert [one.name for one in ablations_of(renamed)] == ["s-ablation"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../out", r"'../out': use letters, digits"),
        ("a b", "'a b': use letters, digits"),
        (".hidden", "'.hidden': use letters"),
        ("s-ablation", "s-ablation: is there already"),
        ("s", "s: is there already"),
    ],
)
def test_a_name_that_is_none_or_taken_is_refused(sweep, name, message):
    with pytest.raises(SweepError, match=message):
        rename(sweep, name)
    assert sweep.spec().name == "s"


def test_a_running_one_and_one_that_a_running_one_speaks_of_keep_their_names(sweep):
    for held in (sweep, SweepFolder(sweep.path.parent / "s-ablation")):
        lock = hold(held)
        try:
            with pytest.raises(SweepError, match=f'"{held.name}" is running'):
                rename(sweep, "new")
        finally:
            lock.release()
        assert (sweep.spec().name, len(ablations_of(sweep))) == ("s", 1)


def test_one_whose_weights_another_starts_from_keeps_its_name(sweep):
    space = write_sweep(sweep.path.parent / "other", trials=1).spec().space
    backbone = {"backbone": str(sweep.path / "trials" / "0000" / "best.pt")}
    space = space.model_copy(update={"fixed": {**space.fixed, **backbone}})
    other = SweepFolder(sweep.path.parent / "other")
    other.spec_path.write_text(other.spec().model_copy(update={"space": space}).model_dump_json())
    with pytest.raises(SweepError, match="other starts from weights in its folder"):
        rename(sweep, "new")
