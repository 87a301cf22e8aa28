"""What a cell refuses is told by the same faults as what a layer refuses."""

import pytest
import torch
from torch import nn

from shapecheck.capture.crashes.crash import crash_of
from shapecheck.scripts.mending import diagnoses_of

STATE, PAIR = torch.zeros(3, 8), (torch.zeros(3, 8), torch.zeros(3, 9))


@pytest.mark.parametrize(
    ("cell", "given", "slug"),
    [
        (nn.GRUCell(5, 8), (torch.randn(3, 7), STATE), "features_do_not_fit"),
        (nn.LSTMCell(5, 8), (torch.randn(3, 7),), "features_do_not_fit"),
        (nn.RNNCell(5, 8), (torch.randn(3, 7),), "features_do_not_fit"),
        (nn.GRUCell(5, 8), (torch.randn(3, 5), torch.zeros(3, 9)), "state_does_not_fit"),
        (nn.GRUCell(5, 8), (torch.randn(3, 5), torch.zeros(1, 3, 8)), "state_does_not_fit"),
        (nn.LSTMCell(5, 8), (torch.randn(3, 5), PAIR), "state_does_not_fit"),
        (nn.GRUCell(5, 8), (torch.randn(3, 5), torch.zeros(4, 8)), "state_of_other_batch"),
    ],
)
def test_the_fault_is_named(cell, given, slug):
    with pytest.raises((RuntimeError, ValueError)) as raised:
        cell(*given)
    assert next(found.slug for found in diagnoses_of(crash_of(raised.value))) == slug
