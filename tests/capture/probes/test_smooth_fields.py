"""Convolutions with the last steps for channels: along a field of which these are the states, or along features."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
import numpy as np

states = {states}
table = torch.from_numpy(np.stack([states.numpy()[i : i + 7] for i in range(60)]))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Conv1d(7, 8, 3, padding=1), nn.Conv1d(8, 1, 3, padding=1)

    def forward(self, x):
        return self.other(self.one(x).tanh())[:, 0]


model, criterion = Model(), nn.MSELoss()
batches = [(table[rows], states[rows + 7]) for rows in torch.arange(60).split(20)]
"""


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ("torch.randn(80, 9)", ["steps_for_channels"]),
        ("torch.randn(80, 9).cumsum(0)", ["steps_for_channels"]),
        # Neighbours are alike, or go up and down together.
        ("(torch.arange(80)[:, None] / 7 + torch.arange(9) / 3).sin() + 0.05 * torch.randn(80, 9)", []),
        ("torch.randn(80, 9).cumsum(1).cumsum(0)", []),
    ],
)
def test_a_field_has_its_last_states_for_channels(states, found):
    assert slugs(PROGRAM.format(states=states)) == found
