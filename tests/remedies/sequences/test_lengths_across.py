"""Lengths that were counted along the samples and not along the steps."""

from __future__ import annotations

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

    rows = [torch.randint(1, 9, (n,)) for n in {sizes}]
    ids = pad_sequence(rows, batch_first={first})


    def sizes(tokens):
        return (tokens != 0).sum({axis})


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.rnn = nn.Embedding(9, 4), nn.GRU(4, 6, batch_first={first})

        def forward(self, ids):
            words = self.table(ids)
            packed = pack_padded_sequence(words, {lengths}, batch_first={first}, enforce_sorted=False)
            return self.rnn(packed)[1].sum()


    print(Net()(ids).item())
"""
# Nine samples of at most five steps, and the reverse.
MANY, FEW = "(3, 5, 2, 4, 1, 3, 2, 5, 4)", "(9, 4, 7)"
LENGTHS = ["sizes(ids)", "sizes(tokens=ids)", "(ids != 0).sum({axis})", "torch.count_nonzero(ids, {axis})"]
# Of these torch says nothing of the lengths: it picks sequences that are not there.
BEHIND = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
    from torch.utils.data import DataLoader


    def together(rows):
        padded = pad_sequence(rows, batch_first=True)
        return padded, padded.abs().sum(-1).gt(0).sum({axis})


    data = [torch.randn(n, 4) for n in (9, 12, 11, 8)]
    rnn = nn.GRU(4, 6, batch_first=True)
    for padded, sizes in DataLoader(data, batch_size=4, collate_fn=together):
        packed = pack_padded_sequence(padded.tanh(), sizes.{held}(), batch_first=True, enforce_sorted=False)
        print(round(rnn(packed)[1].sum().item(), 4))
"""


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize(("sizes", "first", "wrong"), [(MANY, False, 1), (MANY, True, 0), (MANY, False, "dim=1")])
def test_the_steps_are_counted(lengths, sizes, first, wrong):
    right = {1: 0, 0: 1, "dim=1": "dim=0"}[wrong]

    def program(axis):
        return PROGRAM.format(sizes=sizes, first=first, axis=axis, lengths=lengths.format(axis=axis))

    found = mended(program(wrong))
    assert found.output == printed(program(right))
    assert not found.doubts


@pytest.mark.parametrize("lengths", ["(ids != 0).sum(1) + 1", "(ids != 0).sum(dim=-1) * 2"])
def test_lengths_that_are_too_long_and_counted_along_the_steps_are_not_turned(lengths):
    program = PROGRAM.format(sizes=FEW, first=True, axis=0, lengths=lengths)
    assert not any(fix.title.startswith("dim ") for fix in mended(program, most=1).diagnoses[0].fixes)


def test_what_was_turned_in_between_says_nothing():
    program = PROGRAM.format(sizes=MANY, first=False, axis=1, lengths="(ids.t() != 0).sum(1) + 3")
    assert not any(fix.title.startswith("dim ") for fix in mended(program, most=1).diagnoses[0].fixes)


@pytest.mark.parametrize("held", ["cpu", "tolist", "detach"])
@pytest.mark.parametrize(("wrong", "right"), [("0", "1"), ("dim=0", "dim=1")])
def test_lengths_that_a_collate_function_counted_are_followed_back(held, wrong, right):
    found = mended(BEHIND.format(axis=wrong, held=held))
    assert found.output == printed(BEHIND.format(axis=right, held=held))
    assert not found.doubts


FORGOTTEN = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

    ids = pad_sequence([torch.randint(1, 9, (n,)) for n in (7, 4, 2, 5, 3)], batch_first=True)
    table, rnn = nn.Embedding(9, 4), nn.LSTM(4, 6, batch_first=True)
    sizes = (ids != 0).sum(1)
    packed = pack_padded_sequence(table(ids), sizes, enforce_sorted=False{told})
    print(round(rnn(packed)[1][0].sum().item(), 4))
"""


def test_packing_is_told_what_all_others_are_told():
    found = mended(FORGOTTEN.format(told=""))
    assert found.output == printed(FORGOTTEN.format(told=", batch_first=True"))
    assert not found.doubts
