"""Axes followed from where they began, through turns that are tried in the place of others."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from shapecheck.capture.instruments.axes.woven import Weave
from shapecheck.capture.recording.recorder import Recorder
from shapecheck.capture.recording.tape import Tape


@pytest.fixture
def step():
    """Two turns: of a tensor with three axes, and of one with two."""
    tape = Tape()
    x = torch.randn(2, 3, 4)
    with Recorder(tape):
        x.transpose(1, 2).reshape(2, 12).transpose(0, 1)
    return SimpleNamespace(tape=tape, node=lambda at: tape.nodes[at], learned=frozenset(), loss=None)


def followed(step, *orders):
    turned = [node.index for node in step.tape.nodes if node.name == "transpose"]
    weave = Weave(step, dict(zip(turned, orders, strict=True)))
    weave.follow(range(len(step.tape.nodes)))
    return weave


def test_a_turn_fits_what_has_as_many_axes_as_it_turns(step):
    assert followed(step, (0, 2, 1), (1, 0)).fits
    assert not followed(step, (0, 2, 1), (0, 2, 1)).fits
