"""How often the test images were looked at, in a sweep's record and in its confirmations'."""

from reports.analysis.looks import looks_at_test_images
from reports.records import record as records
from tests.reports.sweeps import DEFAULTS, write_sweep


def look(folder, *trials):
    record = records.Record(folder.record_path)
    for trial in trials:
        record.append(records.TestMeasured(trial=trial, metrics={"test_miou": 0.5}))
    record.close()


def test_looks_are_counted_by_who_took_them(tmp_path):
    sweep = write_sweep(tmp_path / "s", trials=3)
    assert looks_at_test_images(sweep).in_words() == "The test images have been opened by nobody yet."
    look(sweep, "0000", "0000")
    assert looks_at_test_images(sweep).in_words() == "The test images have been opened twice by tune evaluate."
    question = {"of": "s", "candidates": [{"label": "0000", "config": DEFAULTS}], "runs": 4, "indifference": 0.005}
    look(write_sweep(tmp_path / "s-confirmation", trials=4, confirmation=question), "0001", "0002", "0003")
    found = looks_at_test_images(sweep)
    assert (found.evaluated, found.confirmed) == (2, {"s-confirmation": 3})
    assert found.in_words() == (
        "The test images have been opened twice by tune evaluate and by s-confirmation for 3 networks."
    )
