"""Agents that go over a stretch of several episodes, told of their ends or not, beside those that begin anew there."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

ROLLOUT = """
cell, act = nn.{kind}(4, 6), nn.Linear(6, 3)
optimizer = torch.optim.SGD([*cell.parameters(), *act.parameters()], 0.01)
steps, rows = 9, 5
for _ in range(2):
    obs, reward = torch.randn(steps, rows, 4), torch.rand(steps, rows)
    done = torch.zeros(steps, rows)
    for t, row in {ends}:
        done[t, row] = 1.0
    flags = {flags}
    h = {start}
    made = []
    for t in range(steps):
        {walk}
        made.append(h{part})
    scores = act(torch.stack(made)).log_softmax(-1)[..., 0]
    running, returns = torch.zeros(rows), [None] * steps
    for t in reversed(range(steps)):
        {back}
        returns[t] = running
    loss = -(scores * torch.stack(returns)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
SEVERAL, ONE = "[(1, 0), (5, 0), (3, 2), (4, 4)]", "[(3, 0), (5, 2)]"
PLAIN = "h = cell(obs[t], h)"
DONE = "running = reward[t] + 0.9 * running * (1 - done[t])"
STARTS = "running = reward[t] + 0.9 * running; returns[t] = running; running = running * (1 - done[t])"


def program(walk, back=DONE, ends=SEVERAL, flags="done", kind="GRUCell"):
    pair = kind == "LSTMCell"
    start = "(torch.zeros(rows, 6), torch.zeros(rows, 6))" if pair else "torch.zeros(rows, 6)"
    part = "[0]" if pair else ""
    return ROLLOUT.format(walk=walk, back=back, ends=ends, flags=flags, kind=kind, start=start, part=part)


@pytest.mark.parametrize(
    "given",
    [
        {"walk": PLAIN},
        {"walk": PLAIN, "back": STARTS, "kind": "LSTMCell"},
        {
            "walk": "h = cell(obs[t], h * 1.0)",
            "flags": "(1 - done).t()",
            "back": DONE.replace("(1 - done[t])", "flags[:, t]"),
        },
    ],
)
def test_a_state_that_runs_on(given):
    assert slugs(program(**given), "") == ["state_across_episodes"]


@pytest.mark.parametrize(
    "given",
    [
        {"walk": "h = cell(obs[t], h * (1 - done[t - 1])[:, None] if t else h)"},
        {"walk": "h = h.clone(); h[flags[t].bool()] = 0.0; h = cell(obs[t], h)", "back": STARTS},
        {"walk": "h = cell(torch.where(flags[t, :, None] > 0, obs[t], obs[t] * 2), h)"},
        # One end in a row: what comes behind it may be padding.
        {"walk": PLAIN, "ends": ONE},
        # Nothing is worth less the later it comes: a sum over runs of marks.
        {"walk": PLAIN, "back": "running = (reward[t] + running) * done[t]"},
    ],
)
def test_a_state_that_begins_anew_or_goes_on_rightly(given):
    assert slugs(program(**given), "") == []


STRETCH = """
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
FLAGS = "(torch.rand(9, 5) < 0.3).float()"
PADDING = "(torch.arange(9)[:, None] >= torch.tensor([9, 4, 7, 3, 5])).float()"
KEEP = "(1 - ends[t])"


def stretch(forward: str, ends: str = FLAGS, keep: str = KEEP) -> str:
    return STRETCH.format(forward=forward.replace("; ", "\n        "), ends=ends, keep=keep)


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
    assert lines_told(stretch(forward), "")[-1] == line


def test_ends_are_known_by_what_they_cut():
    forward = walk(start("h"), "h = self.cell(seen[t], h)")
    moved = "torch.cat([ends[1:], torch.zeros(1, 5)]).flip(0)[8 - t]"
    assert slugs(stretch(forward, keep=f"(1 - {moved})"), "") == ["state_across_episodes"]
    assert slugs(stretch(forward, keep="(ends.mean() < 2)"), "") == []


@pytest.mark.parametrize(
    ("forward", "ends"),
    [
        (walk(start("h"), "h = self.cell(seen[t], h * (1 - ends[t])[:, None])"), FLAGS),
        # What is nothing but padding leaks into nothing.
        (walk(start("h"), "h = self.cell(seen[t], h)"), PADDING),
        # Each step by itself.
        ("out = self.mix(torch.cat([seen, torch.zeros(9, 5, 4)], 2))", FLAGS),
    ],
)
def test_what_is_meant_is_left_alone(forward, ends):
    assert slugs(stretch(forward, ends), "") == []
