"""Models that are called with the state that they returned: the new one, or the one that they were given."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.{layer}, nn.Linear(8, 5)

    def forward(self, x, state):
        {walk}
        return self.head(out), {returned}

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
state = {start}
for x, y in zip(torch.randn(4, {steps}, 3, 4), torch.randint(0, 5, (4, {steps}, 3))):
    {given}
    scores, {back} = model(x, state)
    loss = F.cross_entropy(scores.flatten(0, 1), y.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PLAIN = {
    "layer": "GRU(4, 8)",
    "walk": "out, new = self.rnn(x, state)",
    "returned": "state",
    "start": "torch.zeros(1, 3, 8)",
    "steps": 1,
    "given": "state = state.detach()",
    "back": "state",
}
PAIR = {"layer": "LSTM(4, 8)", "start": "(torch.zeros(1, 3, 8), torch.zeros(1, 3, 8))"}
OF_PAIR = PAIR | {"given": "state = tuple(part.detach() for part in state)"}


def told(change):
    # Whether six steps are samples is asked as well, of what says nothing.
    return [slug for slug in slugs(PROGRAM.format(**PLAIN | change), "") if slug != "samples_or_steps"]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"steps": 6},
        OF_PAIR,
        {"returned": "state.detach()", "given": "pass"},
        {"given": "state = state.detach() * (torch.rand(1, 3, 1) > 0.1)"},
        {"layer": "RNN(4, 8)"},
    ],
)
def test_the_state_that_was_given_comes_back(change):
    assert told(change) == ["state_not_handed_on"]


@pytest.mark.parametrize(
    "change",
    [
        {"returned": "new"},
        OF_PAIR | {"returned": "new"},
        {"walk": "out, state = self.rnn(x, state)"},
        # Each sequence begins anew, and what was given comes back for other things.
        {"steps": 6, "back": "_"},
        {"steps": 6, "given": "state = torch.zeros(1, 3, 8)"},
        # Something is made of the new state.
        {"walk": "out, new = self.rnn(x, state); out = out + new[-1]"},
        {"walk": "out, new = self.rnn(x, state)", "returned": "state + 0.5 * new"},
    ],
)
def test_a_new_state_or_one_that_is_not_handed_on(change):
    assert told(change) == []
