"""A 2-D input at a stage of three axes: which axis is missing, by what the layer was made for."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from shapecheck import Protocol, ShapeError, watch


class Net(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(features, 8, batch_first=True)
        self.linear = nn.Linear(8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(self.lstm(x)[0].reshape(-1, 8))


def told(features: int, shape: tuple[int, ...], sizes: dict[str, int] | None = None) -> tuple[str, str]:
    model = Net(features)
    with pytest.raises(ShapeError) as caught, watch(model, protocol=Protocol.documented(sizes=sizes)):
        model(torch.randn(shape))
    found = caught.value.diagnoses[0]
    return found.slug, found.explanation


@pytest.mark.parametrize(("features", "shape"), [(3, (7, 3)), (7, (32, 7)), (1, (7, 1))])
def test_the_feature_axis_is_there_and_another_is_missing(features, shape):
    slug, text = told(features, shape)
    assert slug == "missing_batch_axis"
    assert text == (
        f"{shape} ends with the {features} of num_features, so batch_size or seq_length is missing: x.unsqueeze(0) if "
        f"the {shape[0]} rows are seq_length, x.unsqueeze(1) if they are batch_size"
    )


def test_what_is_known_says_which_one():
    assert told(3, (7, 3), {"seq_length": 7})[1].endswith("so batch_size is missing: x.unsqueeze(0) adds it")
    assert told(3, (32, 3), {"batch_size": 32})[1].endswith("so seq_length is missing: x.unsqueeze(1) adds it")


def test_one_feature_a_step_has_its_axis_missing():
    assert told(1, (32, 7))[0] == "missing_feature_axis"


def test_no_axis_is_named_where_none_would_fit():
    assert told(3, (32, 7))[0] == "unrecognised"
