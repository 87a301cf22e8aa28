"""Flags that say whose sequence begins, or ends, and a state that is blanked by them in front of a call or behind."""

from __future__ import annotations

import pytest
from programs import slugs

SLUG = "begun_anew_too_late"
# Rows of a batch are sessions of their own; as one ends, another one begins in its row.
SESSIONS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.head = nn.Embedding(30, 8), nn.Linear(8, 30)
        self.layer = nn.{layer}

    def forward(self, items, state):
        {forward}


def batches():
    sizes = {sizes}
    sessions = [torch.randint(0, 30, (size + 1,)) for size in sizes + 40 * [5]]
    rows, at, coming = list(range(len(sizes))), [0] * len(sizes), len(sizes)
    fresh = torch.ones(len(sizes), dtype=torch.bool)
    for _ in range(6):
        item = torch.stack([sessions[row][step] for row, step in zip(rows, at)])
        target = torch.stack([sessions[row][step + 1] for row, step in zip(rows, at)])
        ends = torch.tensor([step + 2 == len(sessions[row]) for row, step in zip(rows, at)])
        yield item, target, {flags}
        fresh = ends
        for k in range(len(rows)):
            at[k] += 1
            if bool(ends[k]):
                rows[k], at[k], coming = coming, 0, coming + 1


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
state = {state}
for item, target, flag in batches():
    optimizer.zero_grad()
    {front}
    scores, state = model(item, state)
    {behind}
    F.cross_entropy(scores, target).backward()
    optimizer.step()
"""
CELL = {
    "layer": "GRUCell(8, 8)",
    "forward": "state = self.layer(self.embedding(items), state); return self.head(state), state",
    "state": "torch.zeros(6, 8)",
}
LSTM = {
    "layer": "LSTM(8, 8)",
    "forward": "out, state = self.layer(self.embedding(items)[None], state); return self.head(out[0]), state",
    "state": "(torch.zeros(1, 6, 8), torch.zeros(1, 6, 8))",
}
FILLED = "state = state.detach().masked_fill(flag[:, None], 0.0)"
WEIGHED = "state = tuple((1.0 - flag.float().view(1, -1, 1)) * part.detach() for part in state)"
DETACHED = {"GRUCell(8, 8)": "state = state.detach()", "LSTM(8, 8)": "state = tuple(part.detach() for part in state)"}
LONG, SHORT = [9, 8, 7, 9, 8, 7], [1, 5, 3, 1, 4, 6]


def told(kind, sizes, flags="fresh", front=None, behind=None):
    detached = DETACHED[kind["layer"]]
    return slugs(
        SESSIONS.format(**kind, sizes=sizes, flags=flags, front=front or detached, behind=behind or "pass"), ""
    )


@pytest.mark.parametrize(("kind", "blank"), [(CELL, FILLED), (LSTM, WEIGHED)])
@pytest.mark.parametrize("sizes", [LONG, SHORT])
def test_a_state_that_is_blanked_behind_the_first_item(kind, blank, sizes):
    assert told(kind, sizes, behind=blank) == [SLUG]


@pytest.mark.parametrize(("kind", "blank"), [(CELL, FILLED), (LSTM, WEIGHED)])
@pytest.mark.parametrize("sizes", [LONG, SHORT])
def test_a_state_that_is_blanked_in_front_of_it(kind, blank, sizes):
    assert told(kind, sizes, front=blank) == []


@pytest.mark.parametrize(("kind", "blank"), [(CELL, FILLED), (LSTM, WEIGHED)])
@pytest.mark.parametrize("sizes", [LONG, SHORT])
def test_flags_of_ends_belong_behind_the_last_item(kind, blank, sizes):
    assert told(kind, sizes, flags="ends", behind=blank) == []


# The first row that begins anew does so in the last step that is heard.
LATER = {"sizes": [2, 9, 8, 2, 7, 9], "flags": "fresh if max(rows) > 5 else fresh & False"}


@pytest.mark.parametrize(("kind", "blank"), [(CELL, FILLED), (LSTM, WEIGHED)])
def test_rows_that_begin_anew_later(kind, blank):
    assert told(kind, **LATER, behind=blank) == [SLUG]
    assert told(kind, **LATER, front=blank) == []
    assert told(kind, LATER["sizes"], "ends", behind=blank) == []


@pytest.mark.parametrize(
    "behind",
    [
        # A state that is dropped at random, at regular times, or always.
        "state = state.detach().masked_fill(torch.rand(6, 1) < 0.6, 0.0)",
        "state = state.detach().masked_fill(torch.ones(6, 1, dtype=torch.bool), 0.0)",
        "state = state.detach().masked_fill(torch.tensor([0, 0, 1, 0, 1, 0])[:, None].bool(), 0.0)",
    ],
)
def test_other_reasons_to_blank_a_state(behind):
    assert told(CELL, LONG, behind=behind) == []


# Every row is one stream; there is another reason to blank a state behind the first call than a beginning.
STREAMS = """
import random

random.seed(3)

class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.cell, self.head = nn.Embedding(25, 7), nn.GRUCell(7, 7), nn.Linear(7, 25)

    def forward(self, items, state):
        state = self.cell(self.table(items), state)
        return self.head(state), state


reader, state = Reader(), torch.zeros(5, 7)
optimizer = torch.optim.SGD(reader.parameters(), 0.01)
stream = [[random.randint(1, 24) for _ in range(5)] for _ in range(7)]
stream[0] = {first}
for at in range(6):
    items, asked = torch.tensor(stream[at]), torch.tensor(stream[at + 1])
    {before}
    optimizer.zero_grad()
    scores, state = reader(items, state)
    F.cross_entropy(scores, asked).backward()
    optimizer.step()
    {behind}
    state = state.detach() * (1 - ends)[:, None]
"""


@pytest.mark.parametrize(
    ("first", "before", "behind"),
    [
        # A separator ends what was before it, and every stream begins with one.
        ("5 * [0]", "ends = torch.tensor([float(item == 0) for item in stream[at]])", "pass"),
        # What is forgotten is made up behind the call, for all rows at first.
        ("stream[0]", "pass", "ends = torch.tensor([float(at < 1 or random.random() < 0.1) for _ in range(5)])"),
    ],
)
def test_streams_that_are_blanked_behind_what_they_read(first, before, behind):
    assert slugs(STREAMS.format(first=first, before=before, behind=behind), "") == []
