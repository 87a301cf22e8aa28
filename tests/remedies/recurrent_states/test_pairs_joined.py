"""States of two LSTMs that are joined: part by part where an LSTM reads them, the hidden ones where a layer does."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Both(nn.Module):
        def __init__(self, kind):
            super().__init__()
            self.rnn, self.mixed = getattr(nn, kind)(3, 4), nn.Linear(8, 4)

        @staticmethod
        def joined(one, other):
            return torch.cat([one, other])

        def forward(self, x, y):
            (one, a), (other, b) = self.rnn(x), self.rnn(y)
            state = {joined}
            return state, self.joined(one, other)

    state, seen = Both("LSTM")(torch.ones(7, 2, 3), torch.zeros(5, 2, 3))
    out = {read}
    print(round(out.sum().item() + seen.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("read", "right"),
    [
        ("nn.LSTM(3, 4)(torch.ones(6, 2, 3), state)[0]", "[self.mixed(torch.cat(each, -1)) for each in zip(a, b)]"),
        ("nn.Linear(4, 2)(state)", "self.mixed(torch.cat([a[0], b[0]], -1))"),
    ],
)
def test_what_reads_the_states_tells(read, right):
    found = mended(PROGRAM.format(joined="self.mixed(torch.cat([a, b], -1))", read=read))
    assert found.output == printed(PROGRAM.format(joined=right, read=read))
    assert not found.doubts
