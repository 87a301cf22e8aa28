"""Changes that fit beside another reading that fits as well are not told for sure."""

import pytest
from mended import mended

PACKED = """
from torch.nn.utils.rnn import pack_padded_sequence

lengths = torch.tensor([7, 5, 3])
x = torch.zeros(3, 7, 4)
for i, n in enumerate(lengths):
    x[i, :n] = torch.randn(int(n), 4)
nn.GRU(4, 6, batch_first=True)(pack_padded_sequence(x, lengths + 1, batch_first=True))
"""
JOINED = """
parts = [torch.randn({shape}) for _ in range({count})]
nn.GRU(3, 5, batch_first=True)(torch.{join}, torch.zeros(1, 4, 5))
"""
PLACES = """
tokens, places = nn.Embedding(20, 8), nn.Embedding(12, 8)


def read(ids):
    rows, steps = ids.shape
    return tokens(ids) + places(torch.arange(rows))


read(torch.randint(0, 20, (3, 12)))
"""

REDUCED = """
table, head, keep = nn.Embedding(30, 8), nn.Linear(8, 3), torch.ones(5, 7, 1)
told = table(torch.randint(0, 30, (5, 7)))
pooled = (told * keep).sum(2) / keep.sum(1)
print(head(pooled).shape)
"""
PAIRS = """
a, b, weights = torch.randn(6, 3), torch.randn(4, 3), torch.rand(4)
apart = (a[:, None] - b[:, None]).pow(2).sum(-1)
print(weights[apart.argmin(1)].shape)
"""
GATES = """
def step(x, h):
    return torch.sigmoid(read(x) + keep(h)) * h + more(x)


read, keep, more, h = nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(4, 5), torch.zeros(6, 5)
for x in torch.randn(6, 2, 4):
    h = step(x, h)
"""

FRAMES = """
def read(x):
    rows, steps, width = x.shape
    told = layer(x.reshape(rows * steps, width))
    told = told.view(rows, -1, steps)
    return rnn(told)


layer, rnn = nn.Linear(10, 6), nn.GRU(6, 7, batch_first=True)
print(read(torch.randn(3, 8, 10))[0].shape)
"""


@pytest.mark.parametrize(
    "program",
    [
        PACKED,
        JOINED.format(shape="6, 3", count=4, join="stack(parts, dim=1)"),
        JOINED.format(shape="4, 6, 3", count=2, join="cat(parts)"),
        PLACES,
        REDUCED,
        PAIRS,
        GATES,
    ],
    ids=["lengths", "stacked", "joined", "places", "reduced", "pairs", "gates"],
)
def test_what_only_fits_is_in_doubt(program):
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert all(each.doubt for each in fixes[:1])


def test_rows_of_steps_are_as_wide_as_these():
    program = "scores, labels = torch.randn(3, 11, 19), torch.randint(0, 19, (3, 11))\n"
    program += "print(F.cross_entropy(scores.reshape(-1, 20), labels.reshape(-1)).item())"
    found = mended(program)
    assert "scores.reshape(-1, 19)" in found.text
    assert not found.doubts


def test_a_view_of_what_had_its_name_before_is_put_in_order():
    found = mended(FRAMES)
    assert "told.view(rows, steps, -1)" in found.text
    assert not found.doubts


def test_a_state_that_each_round_is_given_whole_stays_whole():
    program = """
cell, out, told = nn.LSTMCell(3, 6), nn.Linear(6, 2), []


def step(x, state):
    return cell(x, state)


state = torch.zeros(4, 6), torch.zeros(4, 6)
for x in torch.randn(9, 4, 3):
    state = step(x, state)
    told.append(out(state))
print(torch.stack(told).sum().item())
"""
    found = mended(program)
    assert "state, _ =" not in found.text
