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


def _first(program, text):
    """The first fix that names an option, None if there is none."""
    fixes = mended(program, most=1).diagnoses[0].fixes
    return next((fix for fix in fixes if fix.title.startswith(text)), None)


def test_a_layer_with_nothing_but_its_defaults_may_be_meant_to_take_a_part_of_the_state():
    program = LAYERS.replace("self, n, layers=1", "self, n=5, layers=1").replace(
        "Enc(5, 3), Dec(5)", "Enc(layers=3), Dec()"
    )
    found = _first(program, "layers=3")
    assert found is not None
    assert found.doubt


def test_the_option_of_another_kind_of_thing_is_not_taken():
    other = """
    class Rows(nn.Module):
        def __init__(self, n, layers):
            super().__init__()
            self.rows = nn.ModuleList(nn.Linear(n, n) for _ in range(layers))
    """
    program = other + LAYERS.replace(
        "Enc(5, 3), Dec(5)", "nn.LSTM(3, 5, num_layers=3, batch_first=True), Dec(5)"
    ).replace("print(", "rows = Rows(5, layers=3)\n    print(").replace(
        "enc(torch.randn(4, 7, 3))", "enc(torch.randn(4, 7, 3))[1]"
    )
    assert _first(program, "layers=3") is None


def test_the_default_of_a_method_is_no_option_of_the_constructor():
    program = """
    class Enc(nn.Module):
        def __init__(self, n, width=16):
            super().__init__()
            self.net = nn.Linear(n, width)

        def forward(self, x):
            return self.net(x)

    class Head(nn.Module):
        def __init__(self, n):
            super().__init__()
            self.grow(n)

        def grow(self, n, width=16):
            self.out = nn.Linear(width, n)

        def forward(self, h):
            return self.out(h)

    enc, head = Enc(3, width=24), Head(2)
    print(head(enc(torch.randn(4, 3))).shape)
    """
    assert _first(program, "width=24") is None
