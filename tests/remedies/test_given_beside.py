"""Options that one constructor was given, and another one beside it was not."""

import pytest
from mended import mended

LAYERS = """
    class Enc(nn.Module):
        def __init__(self, n, layers=1):
            super().__init__()
            self.rnn = nn.LSTM(3, n, num_layers=layers, batch_first=True)

        def forward(self, x):
            return self.rnn(x)[1]


    class Dec(nn.Module):
        def __init__(self, n, layers=1):
            super().__init__()
            self.rnn = nn.LSTM(2, n, num_layers=layers, batch_first=True)

        def forward(self, y, state):
            return self.rnn(y, state)[0]

    enc, dec = Enc(5, 3), Dec(5)
    print(dec(torch.randn(4, 6, 2), enc(torch.randn(4, 7, 3))).shape)
"""
WIDTH = """
    class Enc(nn.Module):
        def __init__(self, n_in, width=16):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(n_in, width), nn.ReLU())

        def forward(self, x):
            return self.net(x)


    class Head(nn.Module):
        def __init__(self, n_out, width=16):
            super().__init__()
            self.out = nn.Linear(width, n_out)

        def forward(self, h):
            return self.out(h)


    class Net(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.enc = Enc(3, width=size)
            self.head = Head(2)

        def forward(self, x):
            return self.head(self.enc(x))

    print(Net(24)(torch.randn(4, 3)).shape)
"""
IN_A_ROW = """
    class Emb(nn.Module):
        def __init__(self, vocab=50, dim=8):
            super().__init__()
            self.e = nn.Embedding(vocab, dim)

        def forward(self, x):
            return self.e(x)


    class Rnn(nn.Module):
        def __init__(self, hidden, dim=8):
            super().__init__()
            self.r = nn.GRU(dim, hidden, batch_first=True)

        def forward(self, x):
            return self.r(x)[0]

    net = nn.Sequential(Emb(dim=12), Rnn(6))
    print(net(torch.randint(0, 50, (3, 4))).shape)
"""


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (LAYERS, "enc, dec = Enc(5, 3), Dec(5, layers=3)"),
        (LAYERS.replace("Enc(5, 3)", "Enc(5, layers=3)"), "enc, dec = Enc(5, layers=3), Dec(5, layers=3)"),
        (WIDTH, "self.head = Head(2, width=size)"),
        (IN_A_ROW, "net = nn.Sequential(Emb(dim=12), Rnn(6, dim=12))"),
    ],
)
def test_the_other_one_is_given_it_too(program, changed):
    found = mended(program)
    assert found.changed == [changed]
    assert "torch.Size" in found.output
    assert not found.doubts


def test_another_number_beside_it_is_not_taken():
    program = LAYERS.replace("Enc(5, 3), Dec(5)", "Enc(5), Dec(5)").replace(
        "print(", "more, state = Enc(5, 2), tuple(torch.zeros(3, 4, 5) for _ in range(2))\n    print("
    )
    fixes = mended(program.replace("enc(torch.randn(4, 7, 3))", "state"), most=1).diagnoses[0].fixes
    assert not any("layers=2" in fix.title for fix in fixes)
