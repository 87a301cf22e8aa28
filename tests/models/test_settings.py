"""The settings of the reference models, and what a checkpoint fixes of them."""

from pathlib import Path

import pytest

from shapecheck import DataError
from shapecheck.models import ClassificationSettings, RegressionSettings
from shapecheck.models.settings import all_settings, kept_settings, merge_settings


@pytest.mark.parametrize("name", ["seq_length", "batch_size", "hidden_size", "num_layers", "epochs"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "7"])
@pytest.mark.parametrize("settings", [RegressionSettings, ClassificationSettings])
def test_a_size_is_a_whole_number_of_at_least_one(settings, name, value):
    with pytest.raises(DataError) as caught:
        settings(**{name: value})
    assert str(caught.value) == f"expected {name} of at least 1, got {value!r}"


@pytest.mark.parametrize("value", [0.0, -0.1, float("nan"), float("inf"), "fast"])
def test_a_learning_rate_is_above_zero(value):
    with pytest.raises(DataError) as caught:
        RegressionSettings(lr=value)
    assert str(caught.value) == f"expected a learning rate above 0, got {value!r}"


def test_a_seed_fits_torch_and_numpy():
    with pytest.raises(DataError, match=r"^expected seed of at least 0, got -1$"):
        RegressionSettings(seed=-1)
    with pytest.raises(DataError, match=rf"^expected a seed below 2\*\*63, got {2**63}$"):
        RegressionSettings(seed=2**63)


def test_an_unknown_head_is_named_beside_those_that_exist():
    with pytest.raises(DataError, match=r"^expected head to be every-step or last-step, got 'both'$"):
        RegressionSettings(head="both")


def test_a_checkpoint_keeps_what_belongs_to_the_model_and_not_where_its_data_lay():
    kept = kept_settings(ClassificationSettings(text=Path("mine.txt"), hidden_size=3))
    assert kept["hidden_size"] == 3
    assert not {"text", "device"} & kept.keys()


def test_all_settings_are_plain_values():
    assert all_settings(RegressionSettings(csv=Path("a.csv")))["csv"] == "a.csv"
    assert all_settings(RegressionSettings())["csv"] is None


def test_a_trained_model_takes_other_data_and_the_same_sizes():
    trained = RegressionSettings(hidden_size=8)
    merged = merge_settings(trained, {"csv": Path("new.csv"), "hidden_size": 8})
    assert (merged.csv, merged.hidden_size) == (Path("new.csv"), 8)


def test_a_trained_model_takes_no_other_size():
    with pytest.raises(DataError) as caught:
        merge_settings(RegressionSettings(hidden_size=8), {"hidden_size": 9})
    assert str(caught.value) == (
        "the checkpoint was trained with hidden_size=8, which cannot become 9 without training: "
        "leave it out, or train without --checkpoint"
    )
