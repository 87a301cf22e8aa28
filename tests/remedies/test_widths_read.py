"""A decoder that is as wide as the state that it is given, since the layer behind it reads so many numbers."""

import pytest
from mended import mended, printed

BOTH = """
    class Enc(nn.Module):
        def __init__(self, n):
            super().__init__()
            self.rnn = nn.GRU(3, n, bidirectional=True, batch_first=True)

        def forward(self, x):
            _, h = self.rnn(x)
            return torch.cat([h[0], h[1]], -1).unsqueeze(0)


    class Dec(nn.Module):
        def __init__(self, n):
            super().__init__()
            self.rnn = nn.GRU(4, n, batch_first=True)
            self.out = nn.Linear(n * 2, 6)

        def forward(self, y, h):
            seen, h = self.rnn(y, h)
            return self.out(seen)

    n = 10
    enc, dec = Enc(n), Dec(n)
    print(dec(torch.randn(2, 5, 4), enc(torch.randn(2, 7, 3))).sum().item())
"""
LAST = BOTH.replace("self.out(seen)", "self.out(torch.relu(seen[:, -1]))")
LSTM = """
    class Story(nn.Module):
        def __init__(self, cfg):
            super().__init__()
            width = cfg["width"]
            self.look = nn.LSTM(5, width + cfg["more"])
            self.tell = nn.LSTM(4, width)
            self.norm = nn.Dropout(0.0)
            self.words = nn.Linear(width + cfg["more"], 9)

        def forward(self, x, y):
            _, state = self.look(x)
            out, _ = self.tell(y, state)
            return self.words(self.norm(out))

    print(Story({"width": 8, "more": 6})(torch.randn(7, 3, 5), torch.randn(4, 3, 4)).mean().item())
"""
SECOND = BOTH.replace("self.out = nn.Linear(n * 2, 6)", "self.out = nn.GRU(2 * n, 6)").replace(
    "self.out(seen)", "self.out(seen)[0]"
)


@pytest.mark.parametrize(
    ("program", "old", "new"),
    [
        (BOTH, "nn.GRU(4, n,", "nn.GRU(4, n * 2,"),
        (SECOND, "nn.GRU(4, n,", "nn.GRU(4, 2 * n,"),
        (LAST.replace("torch.relu(seen[:, -1])", "seen[:, -1]"), "nn.GRU(4, n,", "nn.GRU(4, n * 2,"),
        (LAST, "nn.GRU(4, n,", "nn.GRU(4, n * 2,"),
        (LSTM, "nn.LSTM(4, width)", 'nn.LSTM(4, width + cfg["more"])'),
    ],
)
def test_it_is_as_wide_as_what_reads_it(program, old, new):
    found = mended(program, most=1)
    assert found.output == printed(program.replace(old, new))
    assert not found.doubts


@pytest.mark.parametrize(
    "program",
    [
        # What reads the decoder is as wide as the decoder is.
        BOTH.replace("nn.Linear(n * 2, 6)", "nn.Linear(n, 6)"),
        # It reads something else beside it.
        BOTH.replace("self.out(seen)", "self.out(torch.cat([seen, seen], -1))"),
        # Two layers read it, and say different things.
        BOTH.replace("6)\n\n", "6)\n            self.other = nn.Linear(n, 2)\n\n").replace(
            "self.out(seen)", "self.out(seen), self.other(seen)"
        ),
    ],
)
def test_elsewhere_nothing_is_sure(program):
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("hidden_size=n * 2" in fix.title for fix in fixes)
    assert all(fix.doubt for fix in fixes if "hidden_size" in fix.title)
