"""States that are handed on from batch to batch of a list: what stands in the rows says whether they go on."""

from __future__ import annotations

import pytest
from programs import slugs

LISTED = """
from torch.nn.utils.rnn import pad_sequence

class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(31, 6, padding_idx={pad})
        self.rnn, self.head = nn.{layer}(6, 6, batch_first={first}), nn.Linear(6, 31)

    def forward(self, words, state=None):
        out, state = self.rnn(self.embedding(words), state)
        return self.head(out), state


def pairs(rows):
    rows = rows if {first} else rows.t()
    return (rows[:, :-1], rows[:, 1:]) if {first} else (rows[:-1], rows[1:])


def kept(state):
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


{data}
model = Reader()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
state = None
for x, y in batches[:4]:
    scores, {taken} = model(x{given})
    loss = F.cross_entropy(scores.flatten(0, 1), y.reshape(-1), ignore_index=0)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    {after}
model.eval()
state, right = None, 0
with torch.no_grad():
    for x, y in batches[4:]:
        scores, state = model(x, {read})
        right += (scores.argmax(-1) == y).sum().item()
"""
SESSIONS = "batches = [pairs(torch.randint(1, 31, (5, 8))) for _ in range(6)]"
STREAM = """
whole = torch.randint(1, 31, (5, 43))
batches = [pairs(whole[:, at : at + 8].{copied}) for at in range(0, 42, 7)]
"""
CHUNKS = """
whole = torch.randint(1, 31, (5, 48))
batches = [pairs(whole[:, at : at + 8]) for at in range(0, 48, 8)]
"""
WRAPPED = """
whole = torch.randint(1, 31, (5, 48))
batches = [(rows, rows.roll(-1, 1)) for rows in (part.clone() for part in whole.split(8, 1))]
"""
PADDED = """
batches = []
for _ in range(6):
    rows = [torch.randint(1, 31, (n,)) for n in torch.randperm(5).add(4).tolist()]
    batches.append(pairs(pad_sequence(rows, batch_first=True)))
"""
BEGUN = """
batches = []
for _ in range(6):
    rows = torch.randint(2, 31, (5, 8))
    rows[:, 0] = 1
    batches.append(pairs(rows))
"""
# Pieces of padded rows: what has ended stays so.
PIECES = """
lengths = torch.tensor([42, 9, 30, 12, 20])
whole = torch.randint(1, 31, (5, 48)) * (torch.arange(48) < lengths[:, None])
batches = [pairs(part.clone()) for part in whole.split(8, 1)]
"""


def program(data, trained="anew", read="state", layer="GRU", first=True):
    anew = trained == "anew"
    return LISTED.format(
        data=data, layer=layer, first=first, pad=0, read=read,
        taken="_" if anew else "state", given="" if anew else ", state",
        after="pass" if anew else "state = kept(state)",
    )  # fmt: skip


@pytest.mark.parametrize("data", [SESSIONS, PADDED, BEGUN])
@pytest.mark.parametrize(("layer", "first"), [("GRU", True), ("LSTM", True), ("RNN", True)])
def test_an_evaluation_over_batches_of_a_list(data, layer, first):
    wrong, right = program(data, layer=layer, first=first), program(data, layer=layer, first=first, read="None")
    assert slugs(wrong, "") == ["state_left_in_evaluation"]
    assert slugs(right, "") == []


def test_an_evaluation_with_time_in_front():
    assert "state_left_in_evaluation" in slugs(program(SESSIONS, first=False), "")
    assert "state_left_in_evaluation" not in slugs(program(SESSIONS, first=False, read="None"), "")


@pytest.mark.parametrize(
    "data",
    [STREAM.format(copied="clone()"), STREAM.format(copied="contiguous()"), CHUNKS, WRAPPED],
    ids=["copies", "pieces", "apart", "wrapped"],
)
def test_an_evaluation_of_a_series_goes_on(data):
    assert slugs(program(data), "") == []


# The lines of a text, and the turns of a talk, are filled up or begin with a sign as well.
@pytest.mark.parametrize("data", [STREAM.format(copied="clone()"), CHUNKS, WRAPPED, PIECES, SESSIONS, PADDED, BEGUN])
def test_training_along_a_series_goes_on(data):
    assert slugs(program(data, trained="on"), "") == []


def test_pieces_that_leave_out_a_step_are_of_one_series():
    copied = "batches = [(x.clone(), y.clone()) for x, y in batches]"
    assert slugs(program(CHUNKS + copied), "") == []
    assert slugs(program(CHUNKS.replace("whole[:, at : at + 8]", "whole[:, at : at + 8].clone()")), "") == []


LOOP = """    for x, y in batches[4:]:
        scores, state = model(x, state)
"""


@pytest.mark.parametrize(
    "loop",
    [
        # An answer that is read with the state of its question.
        """    for (x, _), (y, _) in zip(batches[4::2], batches[5::2]):
        state = model(x, None)[1]
        scores, state = model(y, state)
""",
        # Several talks, each of some turns.
        """    for talk in (batches[:3], batches[3:]):
        state = None
        for x, y in talk:
            scores, state = model(x, state)
""",
    ],
    ids=["question", "talks"],
)
@pytest.mark.parametrize("data", [SESSIONS, PADDED], ids=["full", "padded"])
def test_an_evaluation_that_hands_a_state_on_within_an_episode(loop, data):
    text = program(data)
    assert LOOP in text
    assert slugs(text.replace(LOOP, loop).replace("        right +=", "        right ="), "") == []
