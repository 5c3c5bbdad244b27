"""A space in words: whole sentences, whatever its file leaves out."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tune_jobs.cli.tables.spaces import explain_space

ONE = "{metric: val_miou, mode: max}"
TWO = f"[{ONE}, {{metric: val_loss, mode: min}}]"


@pytest.mark.parametrize(
    ("objective", "description", "heading"),
    [
        (ONE, "", "mine: unet for segmentation. Makes val_miou as large as it can, in 1 trial of at most 9 epochs, "),
        (ONE, "My own.", "mine: My own. Makes val_miou as large as it can, in 1 trial "),
        (TWO, "My own", "mine: My own. Makes val_miou as large and val_loss as small as it can, in 1 trial "),
    ],
)
def test_the_heading_of_a_space_is_whole(tmp_path, objective, description, heading):
    lines = [
        f"{{task: segmentation, model: unet, description: '{description}', objective: {objective},",
        "data: {name: streets}, search: {lr: {uniform: [0.001, 0.01]}}, budget: {trials: 1, max_epochs: 9}}",
    ]
    (tmp_path / "mine.yaml").write_text("\n".join(lines))
    console = Console(file=io.StringIO(), width=300)
    explain_space(str(tmp_path / "mine.yaml"), [], console, as_json=False)
    assert console.file.getvalue().startswith(heading)
