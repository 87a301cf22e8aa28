"""One step of the sequence for a cell, by the number of the loop around it."""

import pytest
from mended import mended, printed

PROGRAM = """
    cell = nn.GRUCell(5, 8)
    x, h, steps = torch.randn(4, 7, 5), torch.zeros({rows}, 8), 7
    for t in {rounds}:
        h = cell({given}, h)
    print(round(h.sum().item(), 4))
"""


@pytest.mark.parametrize("rounds", ["range(7)", "range(steps)", "range(x.size(1))", "range(x.shape[1])"])
def test_a_loop_with_a_round_for_each_step_takes_it(rounds):
    found = mended(PROGRAM.format(rows=4, rounds=rounds, given="x"), most=1)
    assert found.output == printed(PROGRAM.format(rows=4, rounds=rounds, given="x[:, t]"))
    assert not found.doubts


@pytest.mark.parametrize("rounds", ["range(3)", "[2, 4, 1]", "range(2, 6)"])
def test_another_number_of_rounds_leaves_it_open(rounds):
    assert mended(PROGRAM.format(rows=4, rounds=rounds, given="x"), most=1).doubts
