"""`check_model` in words: what it cannot feed, and which case it is about."""

from __future__ import annotations

import pytest
from torch import nn

from shapecheck import Protocol, ShapecheckError, Stage, check_model


def test_a_model_that_needs_two_inputs_is_told_of():
    class Two(nn.Module):
        def forward(self, ids, lengths, mask=None):
            return ids

    with pytest.raises(ShapecheckError, match=r"forward\(\) of Two needs ids and lengths; give it a module that makes"):
        check_model(Two, Protocol.documented())


def test_the_smallest_case_is_told_once():
    class Breaks(nn.Module):
        def forward(self, x):
            raise KeyError("no such entry")

    (found, *_) = check_model(Breaks, Protocol("rows", (Stage("in", "input", "batch_size 3"),))).diagnoses
    assert found.explanation.count("smallest case") == 1
