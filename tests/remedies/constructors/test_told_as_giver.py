"""Two layers are told one width by two names of different numbers: the name that all else goes on with is meant."""

import pytest
from mended import mended, printed

IN_ONE_CLASS = """
    class Net(nn.Module):
        def __init__(self, wide=6, narrow=4):
            super().__init__()
            self.wide, self.narrow = wide, narrow
            self.first = nn.Linear(3, {gives})
            self.second = self.behind()
            self.read, self.last = nn.Linear({reads}, 2), nn.Linear(narrow, 5)

        def behind(self):
            return nn.Linear({takes}, self.narrow)

        def forward(self, x):
            x = self.first(x)
            return self.last(self.second(x)).sum() + self.read(x).sum()

    print(round(Net()(torch.ones(7, 3)).item(), 4))
"""
BEHIND_CALLS = """
    from types import SimpleNamespace

    class Words(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.table = nn.Embedding(9, width)

    class Reader(nn.Module):
        def __init__(self, width, table):
            super().__init__()
            self.table, self.norm = table, nn.LayerNorm(width)
            layer = nn.TransformerEncoderLayer(width, 2, 10, dropout=0.0, batch_first=True)
            self.layers = nn.TransformerEncoder(layer, 1)

        def forward(self, x):
            mask = nn.Transformer.generate_square_subsequent_mask(x.size(1))
            return self.layers(self.norm(self.table(x)), mask=mask)

    class Net(nn.Module):
        def __init__(self, args):
            super().__init__()
            self.words = Words({gives})
            self.reader, self.head = Reader({takes}, self.words.table), nn.Linear({reads}, 5)

        def forward(self, x):
            return self.head(self.reader(x))

    print(round(Net(SimpleNamespace(words=4, reader=6))(torch.arange(8).view(2, 4)).sum().item(), 3))
"""


@pytest.mark.parametrize(
    ("program", "given", "line"),
    [
        (IN_ONE_CLASS, ("wide", "wide", "self.narrow"), "return nn.Linear(self.wide, self.narrow)"),
        (IN_ONE_CLASS, ("wide", "narrow", "self.narrow"), "self.first = nn.Linear(3, narrow)"),
        (BEHIND_CALLS, ("args.words", "args.reader", "args.reader"), "self.words = Words(args.reader)"),
        (
            BEHIND_CALLS,
            ("args.words", "args.words", "args.reader"),
            "self.reader, self.head = Reader(args.words, self.words.table), nn.Linear(args.words, 5)",
        ),
    ],
)
def test_the_name_is_meant_with_which_all_goes_on(program, given, line):
    found = mended(program.format(**dict(zip(("gives", "reads", "takes"), given, strict=True))))
    assert found.changed == [line]
    assert not found.doubts


def test_two_numbers_told_apart_are_not_made_one_without_a_doubt():
    found = mended("""
        class Decoder(nn.Module):
            def __init__(self, read, own):
                super().__init__()
                self.rnn, self.head = nn.GRU(3, own), nn.Linear(own, 5)

            def forward(self, x, state):
                return self.head(self.rnn(x, state)[0])

        _, state = nn.GRU(3, 6)(torch.ones(7, 2, 3))
        print(Decoder(6, 4)(torch.ones(7, 2, 3), state).shape)
    """)
    assert found.changed == ["print(Decoder(6, 6)(torch.ones(7, 2, 3), state).shape)"]
    assert found.doubts


def test_a_number_of_its_own_is_made_as_the_other_is():
    program = """
        class Head(nn.Module):
            def __init__(self, width):
                super().__init__()
                self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, 3)

            def forward(self, x):
                return self.out(self.norm(x))

        body, head = nn.Linear(4, 8), Head({})
        print(round(head(body(torch.ones(5, 4))).sum().item(), 3))
    """
    found = mended(program.format(6))
    assert found.output == printed(program.format(8))
    assert not found.doubts
