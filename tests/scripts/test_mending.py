"""What tells one crash of a script from the next."""

import pytest
import torch
from torch import nn

from shapecheck.scripts.mending import operation_of


def failed(model: nn.Module, x: torch.Tensor) -> str:
    """Which operation failed, as the search for a fix tells it."""
    with pytest.raises(RuntimeError) as caught:
        model(x)
    return operation_of(caught.value)


def test_of_layers_in_a_row_it_is_told_which_one_failed():
    first = failed(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(5, 2)), torch.randn(6, 7))
    last = failed(nn.Sequential(nn.Linear(7, 4), nn.ReLU(), nn.Linear(5, 2)), torch.randn(6, 7))
    assert first.endswith(" model[0]")
    assert last.endswith(" model[2]")


def test_a_layer_of_its_own_needs_no_more_than_its_place():
    assert failed(nn.Linear(3, 4), torch.randn(6, 7)).count("model") == 0
