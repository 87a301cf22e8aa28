"""Cells that go over a recorded rollout with ends of episodes in it, beside those that begin anew there."""

from __future__ import annotations

import pytest
from programs import slugs

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
