"""Worlds that are begun anew by a call of their own, and agents whose state begins with them, or runs on."""

from __future__ import annotations

import pytest
from programs import audited, lines_told, slugs

WORLD = """
ROWS, STEPS = 6, 5


class World:
    def reset(self):
        self.at, self.place = 0, torch.randn(ROWS, 2)
        return self.look()

    def look(self):
        return torch.cat([self.place * (self.at == 0), torch.full((ROWS, 1), float(self.at))], dim=1)

    def step(self, push):
        self.at += 1
        self.place = self.place + 0.1 * push
        return self.look(), -self.place.square().sum(1).detach(), self.at == STEPS


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.rnn, self.act = nn.Linear(3, 4), nn.{layer}, nn.Linear(8, 2)
        self.state = {start}

    def begin(self):
        self.state = {zeros}

    def cut(self):
        self.state = {cut}

    def forward(self, seen):
        {forward}


def episode(world, agent):
    seen, said, done = world.reset(), [], False
    while not done:
        push, likely = agent(seen)
        seen, gain, done = world.step(push)
        said.append(likely)
    return -(torch.stack(said).sum(0) * gain).mean()


world, agent = World(), Agent()
optimizer = torch.optim.SGD(agent.parameters(), 0.01)
"""
ACT = """
        mean = self.act({out})
        push = mean.detach() + torch.randn_like(mean)
        return push, -(push - mean).square().sum(1)"""
ONE = "torch.zeros(ROWS, 8)"
CELL = {
    "layer": "GRUCell(4, 8)", "zeros": ONE, "start": "None", "cut": "self.state.detach()",
    "forward": "self.state = self.rnn(self.first(seen).relu(), self.state)" + ACT.format(out="self.state"),
}  # fmt: skip
PAIR = CELL | {
    "layer": "LSTMCell(4, 8)", "zeros": f"{ONE}, {ONE}", "start": f"{ONE}, {ONE}",
    "cut": "tuple(part.detach() for part in self.state)",
    "forward": "self.state = self.rnn(self.first(seen), self.state)" + ACT.format(out="self.state[0]"),
}  # fmt: skip
LAYER = CELL | {
    "layer": "GRU(4, 8, batch_first=True)", "zeros": "torch.zeros(1, ROWS, 8)",
    "forward": "out, self.state = self.rnn(self.first(seen)[:, None], self.state)" + ACT.format(out="out[:, 0]"),
}  # fmt: skip
LEARN = """
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    agent.cut()
"""
BEGUN_ONCE = "agent.begin()\nfor _ in range(3):\n    loss = episode(world, agent)" + LEARN
BEGUN_EACH_TIME = "for _ in range(3):\n    agent.begin()\n    loss = episode(world, agent)" + LEARN
SEVERAL = "agent.begin()\nfor _ in range(2):\n    loss = sum(episode(world, agent) for _ in range(3))" + LEARN
# Several episodes in one world, all of which the agent is to remember.
TRIALS = (
    "for _ in range(2):\n    agent.begin()\n    for _ in range(3):\n        loss = episode(world, agent)"
    + LEARN.replace("\n", "\n    ")
)  # fmt: skip
# The world runs on from one update to the next.
RUNS_ON = (
    """
agent.begin()
seen = world.reset()
for _ in range(3):
    said = []
    for _ in range(STEPS):
        push, likely = agent(seen)
        seen, gain, done = world.step(push)
        said.append(likely)
    loss = -(torch.stack(said).sum(0) * gain).mean()
"""
    + LEARN
)
LOOKED_AT = RUNS_ON.replace("    said = []\n", "    said, seen = [], world.look()\n")


@pytest.mark.parametrize("kind", [CELL, PAIR, LAYER])
@pytest.mark.parametrize("after", [BEGUN_ONCE, SEVERAL])
def test_a_state_that_runs_on_into_the_next_episode(kind, after):
    assert slugs(WORLD.format(**kind), after) == ["state_across_episodes"]


@pytest.mark.parametrize("kind", [CELL, PAIR, LAYER])
def test_a_state_that_begins_with_each_episode(kind):
    assert slugs(WORLD.format(**kind), BEGUN_EACH_TIME) == []


def test_what_is_seen_may_be_put_into_another_form_for_the_agent():
    program = WORLD.replace("agent(seen)", "agent(seen.unsqueeze(0).view(-1, 3).float())")
    assert slugs(program.format(**CELL), BEGUN_ONCE) == ["state_across_episodes"]
    assert slugs(program.format(**CELL), BEGUN_EACH_TIME) == []


@pytest.mark.parametrize("after", [TRIALS, RUNS_ON, LOOKED_AT])
def test_a_state_that_is_to_run_on(after):
    assert slugs(WORLD.format(**CELL), after) == []


def test_a_state_that_was_made_with_the_agent_runs_on_as_well():
    after = BEGUN_ONCE.replace("agent.begin()\n", "")
    assert slugs(WORLD.format(**PAIR), after) == ["state_across_episodes"]


def test_what_only_cuts_it_off_is_told_where_the_agent_blanks_it_as_it_is_made():
    after = BEGUN_ONCE.replace("agent.begin()\n", "")
    assert lines_told(WORLD.format(**PAIR), after) == [f"self.state = {PAIR['cut']}"]
    assert lines_told(WORLD.format(**PAIR), BEGUN_ONCE) == ["agent.begin()"]


def test_what_makes_the_state_is_written_into_the_loop():
    ((_, edits),) = audited(WORLD.format(**CELL), BEGUN_ONCE)
    assert edits == ["    agent.begin()\n    loss = episode(world, agent)\n"]


FORECAST = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out, self.state = nn.GRUCell(3, 8), nn.Linear(8, 3), torch.zeros(6, 8)

    def forward(self, x, y):
        state, found, last = self.state, [], {first}
        for at in range(5):
            state = self.cell(last, state)
            found.append(self.out(state))
            last = y[:, at]
        self.state = state.detach()
        return torch.stack(found, 1)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
series = torch.randn(6, 40, 3).cumsum(1)
for at in range(3):
    x, y = series[:, 5 * at : 5 * at + 5], series[:, 5 * at + 5 : 5 * at + 10]
    loss = (model(x, y) - y).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize("first", ["x[:, -1]", "torch.zeros(6, 3)"])
def test_pieces_of_a_series_that_begin_with_something_else_than_they_go_on_with(first):
    assert slugs(FORECAST.format(first=first), "") == []


@pytest.mark.parametrize(
    ("start", "anew", "is_told"),
    [
        # In front of each stretch, in whatever episode that begins.
        ("agent.begin()", "seen = world.reset()", True),
        ("agent.begin() if done else agent.cut()", "seen = world.reset()", True),
        ("agent.begin()", "agent.begin(); seen = world.reset()", False),
        # A trial of several episodes begins with a world of its own, and is remembered as a whole.
        ("agent.begin(); seen = world.reset()", "seen = world.reset()", False),
    ],
)
def test_a_world_that_is_begun_anew_within_a_stretch(start, anew, is_told):
    stretch = f"""
agent.begin()
seen, done = world.reset(), True
for _ in range(3):
    {start}
    said = []
    for _ in range(12):
        push, likely = agent(seen)
        seen, gain, done = world.step(push)
        said.append(likely)
        if done:
            {anew}
    loss = -(torch.stack(said).sum(0) * gain).mean()
"""
    program = WORLD.format(**CELL)
    assert slugs(program, stretch + LEARN.replace("    agent.cut()\n", "")) == ["state_across_episodes"] * is_told
