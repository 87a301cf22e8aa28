"""The state of a recurrent agent runs on over the end of an episode."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(3, 4)
        self.value = nn.Linear(4, 1)

    def forward(self, seen, state, done):
        state = self.cell(seen, state)
        return self.value(state)[:, 0], state


agent, state, done = Agent(), torch.zeros(5, 4), torch.zeros(5)
values, dones = [], []
for step in range(6):
    value, state = agent(torch.randn(5, 3), state, done)
    done = (torch.rand(5) < 0.4).float()
    values.append(value)
    dones.append(done)
reached, loss = torch.zeros(5), 0
for value, done in zip(values[::-1], dones[::-1]):
    reached = 1 + 0.9 * reached * (1 - done)
    loss = loss + (value - reached).pow(2).mean()
loss.backward()
"""
)

GOOD = BAD.replace("self.cell(seen, state)", "self.cell(seen, state * (1 - done)[:, None])")

FAULT = Fault(
    code="SC792",
    slug="state_across_episodes",
    headline="the state of an agent runs on over the end of an episode",
    why=(
        "Where an episode ends, one begins that has nothing to do with it. An agent whose state is left as it was "
        "remembers there what belongs to another episode, while the returns stop at the end."
    ),
    recognise=sees("state_across_episodes"),
    bad=BAD,
    good=GOOD,
    lesson="Where an episode ends, the state starts from zero: state * (1 - done).",
)
