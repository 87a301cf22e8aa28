"""Where layers were made is noted while they are, by the calls that made them, and is forgotten with them."""

import pytest
import torch
from torch import nn

from shapecheck.capture.crashes.births import birth_of, record_births


def made(width):
    return nn.Linear(width, 3)


def test_the_functions_that_were_running_are_noted_from_the_inside_out():
    handle = record_births()
    try:
        layer = made(5)
    finally:
        handle.remove()
    names = [code.co_name for code, _ in birth_of(layer)]
    assert names[:3] == ["__init__", "made", "test_the_functions_that_were_running_are_noted_from_the_inside_out"]


@pytest.mark.parametrize("layer", [nn.GRU, nn.LSTM, nn.RNN, nn.LSTMCell, nn.Conv1d, nn.ConvTranspose1d])
def test_layers_of_every_kind_are_noted(layer):
    handle = record_births()
    try:
        one = layer(2, 3, 2)
    finally:
        handle.remove()
    names = [code.co_name for code, _ in birth_of(one)]
    assert names[0] == "__init__"
    assert "test_layers_of_every_kind_are_noted" in names


@pytest.mark.parametrize(("kind", "name"), [(nn.Linear, "weight"), (nn.LSTM, "weight_ih_l0")])
def test_a_weight_that_is_put_in_later_makes_no_layer(kind, name):
    handle = record_births()
    try:
        layer, other = kind(5, 3), kind(5, 3)
        before = birth_of(layer)
        setattr(layer, name, getattr(other, name))
        layer.extra = nn.Parameter(torch.ones(2))
    finally:
        handle.remove()
    assert birth_of(layer) == before != ()
    assert getattr(layer, name) is getattr(other, name)


def test_nothing_is_known_of_what_was_made_unseen():
    unseen = made(5)
    handle = record_births()
    try:
        seen = made(5)
    finally:
        handle.remove()
    later = made(5)
    assert birth_of(seen)
    assert birth_of(unseen) == birth_of(later) == birth_of(None) == ()


def test_what_was_noted_before_is_forgotten_when_it_begins_anew():
    handle = record_births()
    layer = made(5)
    handle.remove()
    record_births().remove()
    assert birth_of(layer) == ()
