"""States that a method makes, or that are learned and copied for each sample, where they have other sizes."""

import pytest
from mended import mended, printed

LEARNED = """
class Net(nn.Module):
    def __init__(self, layers=2):
        super().__init__()
        self.layers = layers
        self.h = nn.Parameter(torch.zeros(self.layers, 1, 6))
        self.c = nn.Parameter(torch.zeros(self.layers, 1, 6))
        self.rnn = nn.LSTM(3, 6, layers, batch_first=True, bidirectional=True)

    def start(self, n):
        return {start}

    def forward(self, x):
        return self.rnn(x, self.start(x.size(0)))[0]


print(Net()(torch.randn(4, 5, 3)).sum().item())
"""
CELL = """
class Policy(nn.Module):
    def __init__(self, seen, width):
        super().__init__()
        self.seen, self.enter, self.cell = seen, nn.Linear(seen, width), nn.{kind}(width, width)

    def begin(self, n):
        return {begin}

    def step(self, x, state):
        return self.cell(self.enter(x).relu(), state)


policy = Policy(5, 8)
state = policy.begin(3)
for _ in range(2):
    state = policy.step(torch.randn(3, 5), state)
print(state[0].sum().item())
"""


@pytest.mark.parametrize(
    "start",
    [
        "self.h.repeat(1, n, 1), self.c.repeat(1, n, 1)",
        "self.h.expand(-1, n, -1).contiguous(), self.c.expand(-1, n, -1).contiguous()",
    ],
)
def test_learned_states_have_a_row_for_each_direction(start):
    program = LEARNED.format(start=start)
    found = mended(program)
    assert "torch.zeros(2 * self.layers, 1, 6)" in found.text
    assert found.output == printed(program.replace("zeros(self.layers", "zeros(2 * self.layers"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("kind", "begin"),
    [
        ("GRUCell", "torch.zeros(n, self.seen)"),
        ("RNNCell", "torch.zeros((n, self.seen)).float()"),
        ("LSTMCell", "torch.zeros(n, self.seen), torch.zeros(n, 8)"),
    ],
)
def test_the_state_of_a_cell_is_made_as_wide_as_the_cell(kind, begin):
    program = CELL.format(kind=kind, begin=begin)
    found = mended(program)
    assert "self.cell.hidden_size" in found.text
    assert found.output == printed(program.replace("self.seen)", "8)"))
    assert not found.doubts


def test_the_layer_that_gave_the_state_is_named():
    program = """
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(3, 6, bidirectional=True)

        def forward(self, x):
            return self.rnn(x)


    encoder, decoder = Encoder(), nn.GRU(6, 6)
    _, state = encoder(torch.randn(5, 4, 3))
    print(decoder(torch.randn(7, 4, 6), state)[0].sum())
    """
    [found] = mended(program, most=1).diagnoses
    assert "it is the state of nn.GRU(3, 6, bidirectional=True) in line 10" in found.explanation
