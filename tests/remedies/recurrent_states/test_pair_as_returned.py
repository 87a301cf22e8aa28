"""A cell of the script's own takes apart the states that it gives back, and begins with one for each."""

import pytest
from mended import mended, printed

CELL = """
    class Cell(nn.Module):
        def __init__(self, wide):
            super().__init__()
            self.gates = nn.Linear(2 * wide, 3 * wide)

        def forward(self, x, state):
            {taken} = state
            i, f, g = self.gates(torch.cat([x, h], -1)).chunk(3, -1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = c.tanh()
            return {given}

    cell, state = Cell(6), {begun}
    for x in torch.randn(5, 4, 6):
        {loop} = cell(x, state){more}
    print(round(h.sum().item(), 4))
"""
WAYS = [
    ("h, c", "h, (h, c)", "h, state"),
    ("(h, c)", "h, (h, c)", "h, state"),
    ("h, c", "(h, c)", "state = h, c"),
]


@pytest.mark.parametrize(("taken", "given", "loop"), WAYS)
@pytest.mark.parametrize("zeros", ["torch.zeros(4, 6)", "torch.ones(4, 6)", "torch.randn(1).new_zeros(4, 6)"])
def test_a_state_is_made_for_each(taken, given, loop, zeros):
    texts = [
        CELL.format(taken=taken, given=given, loop=loop, more="", begun=begun)
        for begun in (zeros, f"({zeros}, {zeros})")
    ]
    found = mended(texts[0])
    assert found.output == printed(texts[1])
    assert not found.doubts


def test_what_is_drawn_is_not_drawn_twice():
    program = CELL.format(taken="h, c", given="h, (h, c)", loop="h, state", more="", begun="torch.randn(4, 6)")
    assert "(torch.randn(4, 6), torch.randn(4, 6))" not in mended(program).text


def test_a_state_that_is_read_beside_is_in_doubt():
    parts = {"taken": "h, c", "given": "h, (h, c)", "loop": "h, state", "begun": "torch.zeros(4, 6)"}
    found = mended(CELL.format(more="; print(len(state))", **parts))
    assert found.changed == ["cell, state = Cell(6), (torch.zeros(4, 6), torch.zeros(4, 6))"]
    assert found.doubts == ["something else reads the state as the one tensor that it is"]


def test_what_is_given_back_otherwise_tells_nothing():
    program = CELL.format(taken="h, c", given="h", loop="h", more="", begun="torch.zeros(4, 6)")
    assert "(torch.zeros(4, 6), torch.zeros(4, 6))" not in mended(program).text
