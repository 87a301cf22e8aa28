"""Agents that read a stretch of several episodes and are told where these end, beside those that start anew there."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

STEPS, SAMPLES = 9, 5
PROGRAM = """
class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.pair, self.rnn = nn.GRUCell(3, 4), nn.LSTMCell(3, 4), nn.GRU(3, 4)
        self.mix, self.value = nn.Linear(7, 4), nn.Linear(4, 1)

    def forward(self, seen, ends):
        {forward}
        return self.value(out)[..., 0]


def returns(ends):
    reached, found = torch.zeros(5), []
    for t in reversed(range(9)):
        reached = 1 + 0.9 * reached * {keep}
        found.append(reached)
    return torch.stack(found[::-1])


agent = Agent()
optimizer = torch.optim.SGD(agent.parameters(), 0.01)
for _ in range(2):
    ends = {ends}
    values = agent(torch.randn(9, 5, 3), ends)
    loss = (values - returns(ends)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
ENDS = "(torch.rand(9, 5) < 0.3).float()"
PADDING = "(torch.arange(9)[:, None] >= torch.tensor([9, 4, 7, 3, 5])).float()"
KEEP = "(1 - ends[t])"


def program(forward: str, ends: str = ENDS, keep: str = KEEP) -> str:
    return PROGRAM.format(forward=forward.replace("; ", "\n        "), ends=ends, keep=keep)


def walk(first: str, line: str) -> str:
    return f"{first}; out = []; for t in range(9):;     {line};     out.append(h); out = torch.stack(out)"


def start(*names: str) -> str:
    return " = ".join([*names, "torch.zeros(5, 4)"])


@pytest.mark.parametrize(
    ("forward", "line"),
    [
        (walk(start("h"), "h = self.cell(seen[t], h)"), "h = self.cell(seen[t], h)"),
        (walk(start("h", "c"), "h, c = self.pair(seen[t], (h, c))"), "h, c = self.pair(seen[t], (h, c))"),
        ("out, _ = self.rnn(seen)", "out, _ = self.rnn(seen)"),
        (
            walk(start("h"), "h = self.cell(x, h)").replace("t in range(9)", "x, end in zip(seen, ends)"),
            "h = self.cell(x, h)",
        ),
        (
            walk(start("h"), "x = torch.cat([seen[t], h], 1);     h = self.mix(x).tanh()"),
            "x = torch.cat([seen[t], h], 1)",
        ),
    ],
)
def test_a_state_that_runs_on_within_a_stretch_is_told(forward, line):
    assert lines_told(program(forward), "")[-1] == line


def test_ends_are_known_by_what_they_cut():
    forward = walk(start("h"), "h = self.cell(seen[t], h)")
    moved = "torch.cat([ends[1:], torch.zeros(1, 5)]).flip(0)[8 - t]"
    assert slugs(program(forward, keep=f"(1 - {moved})"), "") == ["state_across_episodes"]
    assert slugs(program(forward, keep="(ends.mean() < 2)"), "") == []


@pytest.mark.parametrize(
    ("forward", "ends"),
    [
        (walk(start("h"), "h = self.cell(seen[t], h * (1 - ends[t])[:, None])"), ENDS),
        # What is nothing but padding leaks into nothing.
        (walk(start("h"), "h = self.cell(seen[t], h)"), PADDING),
        # Each step by itself.
        ("out = self.mix(torch.cat([seen, torch.zeros(9, 5, 4)], 2))", ENDS),
    ],
)
def test_what_is_meant_is_left_alone(forward, ends):
    assert slugs(program(forward, ends), "") == []
