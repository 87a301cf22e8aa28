"""States of another width go through the layers that lead there and that nobody calls."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Decoder(nn.Module):
        def __init__(self, read, own):
            super().__init__()
            {made}
            self.rnn = nn.LSTM(3, own)

        def forward(self, x, state):
            h, c = state
            return self.rnn(x, {given})[0]

    _, state = nn.LSTM(3, 6)(torch.ones(7, 2, 3))
    print(round(Decoder(6, 4)(torch.ones(7, 2, 3), state).sum().item(), 4))
"""
CELL_FIRST = "self.for_cell, self.for_hidden = nn.Linear(read, own), nn.Linear(read, own)"


@pytest.mark.parametrize(
    ("made", "given", "right"),
    [
        (CELL_FIRST, "(h, c)", "(self.for_hidden(h), self.for_cell(c))"),
        (CELL_FIRST, "state", "(self.for_hidden(state[0]), self.for_cell(state[1]))"),
    ],
)
def test_each_state_goes_through_its_layer(made, given, right):
    found = mended(PROGRAM.format(made=made, given=given))
    assert found.output == printed(PROGRAM.format(made=made, given=right))
    assert not found.doubts


@pytest.mark.parametrize(
    "made",
    ["self.bridge = nn.Linear(read, own)", "self.one, self.two = nn.Linear(read, own), nn.Linear(read, own)"],
)
def test_what_the_names_do_not_tell_is_in_doubt(made):
    found = mended(PROGRAM.format(made=made, given="(h, c)"))
    assert found.output != "crashed"
    assert found.doubts
