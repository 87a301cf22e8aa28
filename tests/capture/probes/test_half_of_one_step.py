"""The half of a layer of two directions that reads forward, at the step where it has seen all, or has begun."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn

from shapecheck import audit

SLUG = "first_step_of_a_forward_layer"


def slugs(*taken, is_first=True):
    def run(model, x):
        out, _ = model.rnn(x if is_first else x.transpose(0, 1))
        return model.linear(torch.cat([out[one] for one in taken], 1))

    torch.manual_seed(0)
    rnn = nn.LSTM(3, 4, batch_first=is_first, bidirectional=True)
    model = Forward(run, rnn=rnn, linear=nn.Linear(4 * len(taken), 5))
    batch = torch.randn(6, 7, 3), torch.tensor([0, 1, 2, 3, 4, 0])
    return [found.slug for found in audit(model, nn.CrossEntropyLoss(), batch).diagnoses]


ALL = slice(None)
FORWARD, BACKWARD = slice(4), slice(4, None)


@pytest.mark.parametrize(
    ("taken", "is_first"),
    [
        (((ALL, 0, FORWARD), (ALL, 0, BACKWARD)), True),
        (((0, ALL, FORWARD), (0, ALL, BACKWARD)), False),
    ],
)
def test_what_reads_forward_has_seen_one_step(taken, is_first):
    assert slugs(*taken, is_first=is_first) == [SLUG]


@pytest.mark.parametrize(
    ("taken", "is_first"),
    [
        (((ALL, -1, FORWARD), (ALL, 0, BACKWARD)), True),
        (((-1, ALL, FORWARD), (0, ALL, BACKWARD)), False),
        # How far a state has moved on from where it began.
        (((ALL, 0, FORWARD), (ALL, -1, FORWARD), (ALL, 0, BACKWARD)), True),
    ],
)
def test_both_have_seen_all(taken, is_first):
    assert SLUG not in slugs(*taken, is_first=is_first)
