"""Rollouts that are laid up step by step and valued at last: which flag cuts off the value of what comes next."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
steps, envs = 7, 3
critic = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1))
optimizer = torch.optim.SGD(critic.parameters(), 0.1)
seen, rewards, ends = torch.zeros(steps, envs, 4), torch.zeros(steps, envs), torch.zeros(steps, envs)

def world():
    return torch.randn(envs, 4), torch.rand(envs), (torch.rand(envs) < 0.3).float()

now, ended = torch.randn(envs, 4), torch.zeros(envs)
for _ in range(4):
    for t in range(steps):
        {front}
        {played}
        {behind}
    with torch.no_grad():
        values, last = critic(seen).squeeze(-1), critic(now).squeeze(-1)
        goals, goal = torch.zeros_like(rewards), last
        for t in reversed(range(steps)):
            alive = 1 - {flag}
            goal = rewards[t] + 0.9 * (last if t == steps - 1 else values[t + 1]) * alive
            goals[t] = goal
    loss = F.mse_loss(critic(seen).squeeze(-1), goals)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PLAYED = "now, rewards[t], ended = world()"
NEXT = "(ended if t == steps - 1 else ends[t + 1])"


@pytest.mark.parametrize(
    ("front", "behind", "flag", "found"),
    [
        ("seen[t] = now", "ends[t] = ended", NEXT, True),
        # What the step before has said is laid up in front of a step, or each step has its own.
        ("seen[t] = now; ends[t] = ended", "pass", NEXT, False),
        ("seen[t], ends[t] = now, ended", "pass", NEXT, False),
        ("seen[t] = now", "ends[t] = ended", "ends[t]", False),
    ],
)
def test_the_flag_of_the_step_that_has_the_reward(front, behind, flag, found):
    program = PROGRAM.format(front=front, played=PLAYED, behind=behind, flag=flag)
    assert ("returns_over_ends" in slugs(program, "")) == found
