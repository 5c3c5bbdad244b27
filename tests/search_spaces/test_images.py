"""What a space file says of its images stands over no others."""

from __future__ import annotations

from search_spaces.loading import load


def test_a_packaged_space_says_nothing_of_streets_over_a_folder_of_ones_own():
    assert load("seg_unet").description == "U-Net on street scenes"
    own = load("seg_unet", ["data.path=/photos/camvid"])
    assert own.description == "unet for segmentation"
    assert own.reference == []


def test_another_value_of_the_data_leaves_the_heading_as_it_is():
    space = load("seg_unet", ["data.images=50", "data.seed=3"])
    assert space.description == "U-Net on street scenes"
    assert space.reference


def test_published_results_that_name_their_set_are_kept_to_stand_over_it():
    assert {row.images for row in load("voc_unet", ["data.path=/photos/VOC2007"]).reference} == {"VOC2007"}


def test_a_file_of_ones_own_is_of_its_own_folder_and_of_no_other(tmp_path):
    file, (mine, other) = tmp_path / "mine.yaml", (tmp_path / "mine", tmp_path / "other")
    file.write_text(
        f"task: classification\nmodel: resnet18\ndescription: My birds\ndata: {{path: {mine}}}\n"
        "objective: {metric: val_accuracy, mode: max}\nsearch: {lr: {log_uniform: [1.0e-4, 1.0e-2]}}\n"
        "reference: [{source: me, label: last year, val_accuracy: 0.8}]\n"
    )
    for overrides in ([], [f"data.path={mine}"]):
        space = load(str(file), overrides)
        assert (space.description, len(space.reference)) == ("My birds", 1)
    space = load(str(file), [f"data.path={other}"])
    assert (space.description, space.reference) == ("resnet18 for classification", [])
