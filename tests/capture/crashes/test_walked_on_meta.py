"""Recurrent layers on meta, by their first step: the shapes and strides are those that the layer itself gives."""

import pytest
import torch
from torch import nn

from shapecheck.capture.crashes.shapes import run_on_meta


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("way", [{}, {"bidirectional": True}, {"num_layers": 2}])
@pytest.mark.parametrize("sizes", [(4, 7, 3), (7, 3), (1, 7, 3), (7, 1, 3)])
def test_as_the_layer_itself(kind, first, way, sizes):
    layer, given = kind(3, 5, batch_first=first, **way), torch.randn(sizes)
    output, state = layer(given)
    of_meta, state_of_meta = run_on_meta(layer, given.to("meta"))
    assert of_meta.device.type == "meta"
    assert (of_meta.shape, of_meta.stride()) == (output.shape, output.stride())
    pairs = zip(state, state_of_meta, strict=True) if kind is nn.LSTM else [(state, state_of_meta)]
    assert all(one.shape == other.shape for one, other in pairs)


def test_a_projection_and_a_state_that_is_given():
    layer, given = nn.LSTM(3, 5, proj_size=2), torch.randn(7, 4, 3)
    states = torch.randn(1, 4, 2), torch.randn(1, 4, 5)
    of_meta = run_on_meta(layer, given.to("meta"), tuple(each.to("meta") for each in states))
    assert of_meta[0].shape == layer(given, states)[0].shape


@pytest.mark.parametrize("sizes", [(4, 7, 2), (0, 4, 3), (2, 4, 7, 3)])
def test_what_the_layer_refuses_is_refused(sizes):
    layer = nn.GRU(3, 5)
    with pytest.raises((RuntimeError, ValueError)):
        layer(torch.randn(sizes))
    with pytest.raises((RuntimeError, ValueError)):
        run_on_meta(layer, torch.randn(sizes, device="meta"))
