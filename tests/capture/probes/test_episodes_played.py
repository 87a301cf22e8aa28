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


KEEPER = (
    WORLD.partition("class Agent")[0]
    + """
class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.act, self.state = nn.GRU(5, 6), nn.Linear(6, 3), None

    def forward(self, seen, whole=False):
        if whole:
            return self.act(self.gru(seen)[0])
        out, self.state = self.gru(seen[None], self.state)
        return self.act(out[0])

    def clear(self, rows=None):
        if rows is None:
            self.state = None
        else:
            {wipe}

agent = Agent()
optimizer = torch.optim.SGD(agent.parameters(), 0.01)
for _ in range(3):
    path = torch.randn(8, 4, 5).cumsum(0)
    loss = (agent(path, whole=True) - path[..., :3].sin()).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

def tried(rows=5, steps=14):
    world, won, games = World(rows), 0.0, 0
    agent.clear()
    seen = world.look()
    with torch.no_grad():
        for _ in range(steps):
            seen, hit, over = world.go(agent(seen).argmax(1))
            {counted}
    return won, games

tried()
"""
)
WIPES = ["self.state[:, rows] = 0.0", "self.state = self.state * (~rows)[:, None]"]


@pytest.mark.parametrize("wipe", WIPES)
def test_an_agent_that_could_clear_rows_and_is_not_told_which(wipe):
    assert KIND in slugs(KEEPER.format(wipe=wipe, counted=COUNTED), "")


@pytest.mark.parametrize(
    ("wipe", "counted"),
    [
        (WIPES[0], f"{COUNTED}; agent.clear(over)"),
        (WIPES[1], "agent.clear(rows=over)"),
        # It keeps what it knows, and has nothing that would clear some rows.
        ("self.state = torch.zeros(1, rows, 6)", COUNTED),
        ("pass", COUNTED),
    ],
)
def test_an_agent_that_is_told_or_never_clears_rows(wipe, counted):
    assert KIND not in slugs(KEEPER.format(wipe=wipe, counted=counted), "")
