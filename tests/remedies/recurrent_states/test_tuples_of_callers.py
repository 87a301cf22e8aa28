"""A pair that a call hands on whole, or that is scaled or read in parts before it is read as one tensor."""

import pytest
from mended import mended, printed

FIELD = """
    class Reader:
        def __init__(self, counts):
            self.counts = counts

        def batch(self, rows):
            sizes = torch.tensor([len(row) for row in rows])
            tokens = nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows])
            return ({pair}) if self.counts else tokens


    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(20, 6)

        def forward(self, tokens):
            {own}
            return self.table(tokens).mean(0)


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.out = Words(), nn.Linear(6, 2)

        def forward(self, x):
            return self.out(self.words(x))


    net, reader = Net(), Reader(counts=True)
    batch = {{"words": reader.batch([[1, 2, 3], [4, 5], [6, 7, 8, 9]])}}
    print(round(net(batch["words"]{part}).sum().item(), 4))
"""


@pytest.mark.parametrize(("pair", "part"), [("tokens, sizes", "[0]"), ("sizes, tokens", "[1]")])
def test_the_part_is_taken_where_a_pair_is_handed_in(pair, part):
    found = mended(FIELD.format(pair=pair, own="pass", part=""), most=1)
    assert found.changed == [f'print(round(net(batch["words"]{part}).sum().item(), 4))']
    assert found.output == printed(FIELD.format(pair=pair, own="pass", part=part))
    assert not found.doubts


def test_what_may_be_handed_a_pair_takes_the_part_itself():
    own = "counts = tokens[1] if isinstance(tokens, tuple) else None"
    found = mended(FIELD.format(pair="tokens, sizes", own=own, part=""), most=1)
    assert "tokens[0]" in found.changed[0]


SCALED = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.out = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 2)

        def forward(self, x):
            {taken} = self.rnn(x)
            {lines}


    print(round(Net()(torch.randn(2, 5, 3)).sum().item(), 4))
"""


@pytest.mark.parametrize("lines", ["return self.out(3 * seen)", "seen = seen * 2\n            return self.out(seen)"])
def test_a_pair_that_was_to_be_scaled_is_taken_apart_where_it_was_made(lines):
    found = mended(SCALED.format(taken="seen", lines=lines), most=1)
    assert found.changed[0] in ("seen, _ = self.rnn(x)", "seen, *_ = self.rnn(x)")
    assert found.output == printed(SCALED.format(taken="seen, _", lines=lines))


@pytest.mark.parametrize("part", ["last = seen[1][0]", "outs, (last,) = seen"])
def test_a_pair_of_which_a_part_is_taken_elsewhere_stays_whole(part):
    lines = f"{part}\n            return self.out(seen{{}}).sum(1) + self.out(last)"
    found = mended(SCALED.format(taken="seen", lines=lines.format("")), most=1)
    assert found.output == printed(SCALED.format(taken="seen", lines=lines.format("[0]")))


CALLED = """
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = {layer}

        def forward(self, tokens{more}):
            return self.table(tokens).mean(-2)


    print(round({print}.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("layer", "more", "given"),
    [
        ("nn.Embedding(9, 4)", "", "(torch.tensor([3, 1]), torch.tensor([[4, 2, 5], [1, 0, 0]]))"),
        ("nn.Embedding(9, 4)", "", "[torch.tensor([3, 1]), torch.tensor([[4, 2, 5], [1, 0, 0]])]"),
        ("nn.Linear(3, 4)", ", others=None", "(torch.randn(2, 3), torch.randn(2, 3))"),
    ],
)
def test_a_part_that_may_be_another_one_is_taken_in_doubt(layer, more, given):
    told = {"layer": layer, "more": more, "print": f"Words()({given})"}
    found = mended(CALLED.format(**told), most=1)
    assert found.doubts
