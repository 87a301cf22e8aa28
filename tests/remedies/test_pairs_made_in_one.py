"""Pairs of states that a comprehension makes, for a batch that is not the one at hand."""

import pytest
from mended import mended, printed

COUNTS = """
    class Tagger(nn.Module):
        def __init__(self, n, layers=1):
            super().__init__()
            self.n, self.layers = n, layers
            self.rnn = nn.LSTM(3, n, layers)
            self.out = nn.Linear(n, 5)

        def zeros(self, rows):
            return tuple(torch.zeros(self.layers, rows, self.n) for _ in range(2))

        def forward(self, x, state):
            seen, state = self.rnn(x, state)
            return self.out(seen), state


    ROWS = 6

    def score(model, series):
        state, total = model.zeros(ROWS), 0.0
        for part in series.split(4):
            guess, state = model(part, state)
            total += guess.mean().item()
        return total

    print(score(Tagger(7), torch.randn(12, 4, 3)))
"""
IN_FORWARD = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(3, 8, batch_first=True)

        def forward(self, x):
            state = [torch.zeros(1, 16, 8) for _ in range(2)]
            return self.rnn(x, tuple(state))[0]

    print(Net()(torch.randn(5, 7, 3)).sum().item())
"""
OF_LIST = COUNTS.replace(
    "tuple(torch.zeros(self.layers, rows, self.n) for _ in range(2))",
    "tuple([x.new_zeros(1, rows, self.n) for x in (self.out.weight, self.out.bias)])",
)
OF_NUMBER = COUNTS.replace("model.zeros(ROWS)", "model.zeros(6)")


@pytest.mark.parametrize(
    ("program", "old", "new"),
    [
        (COUNTS, "model.zeros(ROWS)", "model.zeros(series.size(1))"),
        (OF_LIST, "model.zeros(ROWS)", "model.zeros(series.size(1))"),
        (OF_NUMBER, "model.zeros(6)", "model.zeros(4)"),
        (COUNTS.replace("series.split(4)", "series.chunk(3)"), "model.zeros(ROWS)", "model.zeros(series.size(1))"),
        (IN_FORWARD.replace("tuple(state)", "state"), "1, 16, 8", "1, x.size(0), 8"),
        (COUNTS.replace("score(Tagger(7)", "score(Tagger(7, 2)"), "model.zeros(ROWS)", "model.zeros(series.size(1))"),
    ],
)
def test_the_batch_is_asked_for_where_the_pair_is_made(program, old, new):
    found = mended(program, most=1)
    assert found.output == printed(program.replace(old, new))
    assert not found.doubts


def test_batch_first_is_what_is_missing_where_the_pair_has_the_batch_of_the_input():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(3, 8)

        def forward(self, x):
            rows = x.size(0)
            state = tuple(torch.zeros(1, rows, 8) for _ in range(2))
            return self.rnn(x, state)[0][:, -1]

    print(Net()(torch.randn(5, 7, 3)).shape)
"""
    assert mended(program).changed == ["self.rnn = nn.LSTM(3, 8, batch_first=True)"]
