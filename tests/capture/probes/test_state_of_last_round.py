"""State that goes on from the end of the data to its beginning, and what makes it new in between."""

from __future__ import annotations

import pytest
from programs import audited, lines_told

KIND = "state_of_another_batch"
MODEL = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head, self.state = nn.GRU(2, 4), nn.Linear(4, 1), None

    def forward(self, x, state):
        out, state = self.rnn(x, state)
        return self.head(out), state

def cut(state):
    return state.detach() if torch.is_tensor(state) else tuple(cut(one) for one in state)

def pieces(series):
    for at in range(0, len(series), 5):
        yield series[at:at + 5]

class Pieces:
    def __init__(self, series):
        self.series = series

    def __iter__(self):
        for at in range(0, len(self.series), 5):
            yield self.series[at:at + 5]

def endless(series):
    while True:
        yield from pieces(series)

series = torch.randn(15, 3, 2).cumsum(0)
whole = list(pieces(series))
source = endless(series)
model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
"""
LOOPS = """
state = {first}
for epoch in range(2):
    {anew}
    for {loop}:
        {before}
        out, state = model({x}, {given})
        loss = F.mse_loss(out, {x}.sum(-1, keepdim=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        {behind}
"""
WORDS = {"first": "None", "anew": "pass", "loop": "x in pieces(series)", "x": "x", "before": "pass", "given": "state"}
WORDS |= {"behind": "state = state.detach()"}


def program(**words):
    return MODEL + LOOPS.format(**WORDS | words)


def told(**words):
    return [edits for slug, edits in audited(program(**words), "") if slug == KIND]


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"loop": "step, x in enumerate(whole)", "first": "torch.zeros(1, 3, 4)"},
        {"loop": "x in Pieces(series)", "given": "state if state is None else cut(state)", "behind": "pass"},
        {"loop": "at in range(0, 15, 5)", "x": "series[at:at + 5]"},
        {"loop": "x in series.split(5)", "before": "state = None if state is None else state.detach()"},
    ],
)
def test_a_state_that_is_never_made_new(words):
    assert len(told(**words)) == 1


@pytest.mark.parametrize(
    "words",
    [
        {"anew": "state = None"},
        {"loop": "step, x in enumerate(whole)", "before": "state = state if step else None"},
        {"loop": "step, x in enumerate(whole)", "given": "state if step else None"},
        {"loop": "at in range(3)", "x": "x", "before": "x = next(source)"},
        {"first": "torch.zeros(1, 3, 4)", "before": "state = 0.0 * state"},
        {"first": "torch.zeros(1, 3, 4)", "behind": "state = state.detach(); state[:, 0] = 0.0"},
    ],
)
def test_a_state_that_begins_anew_or_data_that_go_on(words):
    assert told(**words) == []


def test_the_edit_makes_it_anew_in_each_round():
    assert told() == [["    state = None\n    for x in pieces(series):\n"]]
    assert "state = None" in lines_told(program(), "")


KEPT = {
    "given": "model.state",
    "behind": "model.state = state.detach()",
}


def test_a_state_that_the_model_keeps():
    assert len(told(**KEPT)) == 1
    assert told(**KEPT, anew="model.state = None") == []
