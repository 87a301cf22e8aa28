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
