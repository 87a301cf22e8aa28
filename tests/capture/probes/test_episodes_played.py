"""Agents whose world begins anew in some rows while they are tried: whether their state does, as training says."""

from __future__ import annotations

import pytest
from programs import audited, slugs

KIND = "state_across_episodes"
WORLD = """
class World:
    def __init__(self, rows):
        self.rows = rows
        self.goal, self.age = torch.randint(0, 3, (rows,)), torch.arange(rows) % 3

    def look(self):
        sign = F.one_hot(self.goal, 3).float() * (self.age == 0).float()[:, None]
        return torch.cat([sign, torch.rand(self.rows, 2)], 1)

    def go(self, action):
        over = self.age >= 4
        hit = ((action == self.goal) & over).float()
        self.age = torch.where(over, torch.zeros_like(self.age), self.age + 1)
        self.goal = torch.where(over, torch.randint(0, 3, (self.rows,)), self.goal)
        return self.look(), hit, over

class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.act = nn.GRUCell(5, 6), nn.Linear(6, 3)

    def forward(self, seen, state):
        state = self.cell(seen, state)
        return self.act(state), state

agent = Agent()
optimizer = torch.optim.SGD(agent.parameters(), 0.01)
for _ in range(6):
    world, state, loss, alive = World(7), torch.zeros(7, 6), 0.0, torch.ones(7)
    seen = world.look()
    for _ in range(6):
        scores, state = agent(seen, state)
        costs = F.cross_entropy(scores, world.goal, reduction="none")
        seen, _, over = world.go(scores.argmax(1))
        {learned}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

def tried(rows=5, steps=14):
    world, state = World(rows), torch.zeros(rows, 6)
    seen, won, games, alive = world.look(), 0.0, 0, torch.ones(rows)
    with torch.no_grad():
        for _ in range(steps):
            scores, state = agent(seen, state)
            seen, hit, over = world.go(scores.argmax(1))
            {counted}
    return won, games

{announced}
tried()
"""
LEFT_OUT = "loss, alive = loss + (costs * alive).mean(), alive * (~over)"
RESET = "loss, state = loss + costs.mean(), torch.where(over[:, None], torch.zeros_like(state), state)"
COUNTED = "won, games = won + hit.sum().item(), games + over.float().sum().item()"


def program(learned, counted, announced=""):
    return WORLD.format(learned=learned, counted=counted, announced=announced)


@pytest.mark.parametrize("announced", ["", "agent.eval()"])
@pytest.mark.parametrize("counted", [COUNTED, "won += hit.sum().item()"])
@pytest.mark.parametrize("learned", [LEFT_OUT, RESET])
def test_a_state_that_no_end_touches_where_training_says_where_they_are(learned, counted, announced):
    assert slugs(program(learned, counted, announced), "") == [KIND]


def test_the_edit_lets_the_state_begin_anew():
    ((slug, edits),) = audited(program(LEFT_OUT, COUNTED), "")
    assert slug == KIND
    assert len(edits) == 1
    assert edits[0].endswith("state = state * (~over)[:, None]\n")


RIGHT = [
    # The state begins anew.
    (RESET, "won, state = won + hit.sum().item(), state * (~over)[:, None]"),
    (RESET, "state[over] = 0.0"),
    (RESET, "state[over.nonzero()[:, 0]] = 0.0"),
    # The first episode of each row counts alone.
    (LEFT_OUT, "won, alive = won + (hit * alive).sum().item(), alive * (~over)"),
    (LEFT_OUT, "won = won + hit.sum().item()\n            if over.any(): break"),
    # What is learned in one episode may be meant for the next one: training leaves nothing out.
    ("loss = loss + costs.mean()", COUNTED),
]


@pytest.mark.parametrize(("learned", "counted"), RIGHT)
def test_a_state_that_begins_anew_or_may_run_on(learned, counted):
    assert slugs(program(learned, counted), "") == []
