"""Minibatches of whole episodes out of a store: what no minibatch reads of it is in no step, and moves nothing."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
LAYER = nn.{layer}


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.walk, self.score = LAYER, nn.Linear(16, 3)

    def act(self, seen, state):
        out, state = self.walk(seen.unsqueeze({time}), state)
        return self.score(out.squeeze({time})), state

    def forward(self, seen, count):
        {cut}
        out, _ = self.walk(rows)
        {joined}
        return self.score(out)


def play(agent):
    kept, state, ticks = [], None, []
    for tick in range(9):
        seen = torch.randn(7, 5)
        with torch.no_grad():
            scores, state = agent.act(seen, state)
        kept.append(seen)
        ticks.append(torch.multinomial(scores.softmax(-1), 1).squeeze(-1))
    return torch.stack(kept{dim}), torch.stack(ticks{dim})


agent = Agent()
optimizer = torch.optim.SGD(agent.parameters(), 0.01)
for _ in range(2):
    seen, chosen = play(agent)
    gains = torch.randn_like(chosen, dtype=torch.float)
    for picked in ([2, 5, 3], [6, 1, 4]):
        flat = [{flat} for each in (seen, chosen, gains)]
        scores = agent(flat[0], 3)
        loss = -(torch.distributions.Categorical(logits=scores).log_prob(flat[1]) * flat[2]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
FRONT = {"layer": "GRU(5, 16)", "time": "0", "dim": ""}
BEHIND = {"layer": "LSTM(5, 16, batch_first=True)", "time": "1", "dim": ", 1"}
IN_FRONT = {
    "cut": "rows = seen.view(count, -1, 5).transpose(0, 1)",
    "joined": "out = out.transpose(0, 1).reshape(-1, 16)",
}
IN_ORDER = {"cut": "rows = seen.view(count, -1, 5)", "joined": "out = out.reshape(-1, 16)"}
TURNED = {"cut": "rows = seen.view(-1, count, 5)", "joined": "out = out.reshape(-1, 16)"}
COLUMNS = "torch.cat([each[:, one] for one in picked])"
ROWS = "torch.cat([each[one] for one in picked])"
SLICE = "torch.cat([each[:, 4], each[:, 5], each[:, 6]])"


def told(layers, ways, flat):
    found = slugs(PROGRAM.format(**layers, **ways, flat=flat), "")
    # That time stands in front of the samples is noted, and no fault.
    return [slug for slug in found if slug != "samples_or_steps"]


@pytest.mark.parametrize(
    ("layers", "ways", "flat"),
    [
        (FRONT, IN_FRONT, COLUMNS),
        (FRONT, IN_FRONT, SLICE),
        (FRONT, IN_FRONT, "each[:, picked].transpose(0, 1).flatten(0, 1)"),
        (FRONT, TURNED, "each[:, picked].flatten(0, 1)"),
        (FRONT, TURNED, "torch.stack([each[:, one] for one in picked], 1).flatten(0, 1)"),
        (FRONT, TURNED, "torch.cat([each[:, 2:3], each[:, 4:6]], 1).flatten(0, 1)"),
        (BEHIND, IN_ORDER, ROWS),
        (BEHIND, IN_ORDER, "each[picked].flatten(0, 1)"),
    ],
)
def test_episodes_that_stay_apart_are_left_alone(layers, ways, flat):
    assert told(layers, ways, flat) == []


@pytest.mark.parametrize(
    ("layers", "ways", "flat"),
    [
        (FRONT, TURNED, COLUMNS),
        (FRONT, TURNED, SLICE),
        (BEHIND, IN_ORDER, "each[picked].transpose(0, 1).flatten(0, 1)"),
    ],
)
def test_episodes_that_meet_are_told(layers, ways, flat):
    assert told(layers, ways, flat) != []
