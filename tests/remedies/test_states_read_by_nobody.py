"""A state that nobody reads is not taken for the steps that a layer is to read."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Tagger(nn.Module):
        def __init__(self, hidden_size=6):
            super().__init__()
            self.rnn = nn.{kind}(5, hidden_size, batch_first=True, bidirectional=True)
            self.out = nn.Linear({width}, 3)

        def forward(self, x):
            y, {state} = self.rnn(x)
            return self.out(y)


    print(round(Tagger()(torch.randn(4, 7, 5)).std(1).sum().item(), 4))
"""


@pytest.mark.parametrize(("kind", "state"), [("GRU", "h"), ("RNN", "last"), ("LSTM", "(h, c)")])
def test_both_directions_of_the_steps_are_read(kind, state):
    found = mended(PROGRAM.format(kind=kind, state=state, width="hidden_size"))
    assert found.output == printed(PROGRAM.format(kind=kind, state=state, width="2 * hidden_size"))
    assert not found.doubts
