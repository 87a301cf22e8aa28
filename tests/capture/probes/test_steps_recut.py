"""Features of steps that a reshape cuts into parts, and that were to stand in front of the steps."""

from __future__ import annotations

import pytest
from programs import audited

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.linear = nn.GRU(4, 10, batch_first=True), nn.Linear(10, 12)
        self.attn, self.wide = nn.MultiheadAttention(10, 2, batch_first=True), nn.Linear(4, 10)

    def forward(self, x):
        {made}
        parts = self.linear(h)
        {lines}
        return out
model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 14, 4), torch.randn({target})) for _ in range(3)]
"""
GRU = "h = self.gru(x)[0]"
ATTENTION = "h = self.wide(x); h = self.attn(h, h, h)[0]"
FOUR, FIVE = "5, 2, 14, 6", "5, 2, 14, 3, 2"


def told(made, lines, target=FOUR):
    return audited(PROGRAM.format(made=made, lines=lines, target=target))


@pytest.mark.parametrize(
    ("made", "cut", "target", "right"),
    [
        (GRU, "parts.view(5, 2, 14, 6)", FOUR, "parts.view(5, 14, 2, 6).permute(0, 2, 1, 3)"),
        (ATTENTION, "parts.view(len(x), 2, x.shape[1], -1)", FOUR,
         "parts.view(len(x), x.shape[1], 2, -1).permute(0, 2, 1, 3)"),
        (GRU, "parts.tanh().reshape((5, 2, 14, 3, 2))", FIVE,
         "parts.tanh().reshape(5, 14, 2, 3, 2).permute(0, 2, 1, 3, 4)"),
    ],
)  # fmt: skip
def test_parts_in_front_of_the_steps(made, cut, target, right):
    ((slug, edits),) = told(made, f"out = {cut}", target)
    assert slug == "axes_renamed"
    assert edits == [f"        out = {right}\n"]
    assert told(made, f"out = {right}", target) == []


@pytest.mark.parametrize(
    ("lines", "target"),
    [
        # Each step by itself, all of them one behind the other, and what is brought back.
        ("out = parts.view(5, 14, 2, 6)", "5, 14, 2, 6"),
        ("out = parts.view(5 * 14, 12)", "70, 12"),
        ("out = parts.view(5, 2, 14, 6).tanh().view(5, 14, 12)", "5, 14, 12"),
        # The steps may as well be cut into two halves.
        ("out = parts.view(5, 2, 7, 12)", "5, 2, 7, 12"),
        # A part of the features has as many items.
        ("out = nn.functional.pad(parts, (0, 16)).view(5, 2, 14, 14)", "5, 2, 14, 14"),
    ],
)
def test_steps_that_stay(lines, target):
    assert told(GRU, lines, target) == []


def test_targets_that_are_cut_alike():
    cut = "5, 14, 12).view(5, 2, 14, 6"
    assert told(GRU, "out = parts.view(5, 2, 14, 6)", cut) == []
