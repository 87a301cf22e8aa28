"""A width that is an item of a list of sizes, at another place of it than is wanted."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Deep(nn.Module):
        def __init__(self, widths, kinds):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths, widths[1:])])
            self.head = nn.Linear(widths[{at}], kinds)

        def forward(self, x):
            for layer in self.layers:
                x = torch.tanh(layer(x))
            return self.head(x)


    print(round(Deep({widths}, 3)(torch.randn(6, 4)).sum().item(), 4))
"""


@pytest.mark.parametrize("at", ["0", "1", "-2"])
@pytest.mark.parametrize("widths", ["[4, 9, 5, 7]", "(4, 9, 7)"])
def test_it_is_taken_at_the_place_that_is_wanted(at, widths):
    found = mended(PROGRAM.format(at=at, widths=widths), most=1)
    assert found.changed == ["self.head = nn.Linear(widths[-1], kinds)"]
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(at="-1", widths=widths))


@pytest.mark.parametrize("widths", ["[4, 7, 9, 7]", "list(range(4, 8))"])
def test_a_size_that_is_there_twice_or_not_written_is_left(widths):
    found = mended(PROGRAM.format(at="0", widths=widths), most=1)
    assert not any("widths[" in fix.title for fix in found.diagnoses[0].fixes)


LEFT_OUT = """
    class Reader(nn.Module):
        def __init__(self, sizes):
            super().__init__()
            self.rnn = nn.LSTM(sizes[0], sizes[1], batch_first=True)
            self.middle = nn.Linear(sizes[1], sizes[2])
            self.head = nn.Linear(sizes[2], 2)

        def forward(self, x):
            out, _ = self.rnn(x)
            {body}


    print(round(Reader([4, 9, 5])(torch.randn(6, 7, 4)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    "body", ["return self.head(out[:, -1])", "last = self.middle(out[:, -1])\n            return self.head(x[:, -1])"]
)
def test_what_is_left_out_may_be_meant_to_be_handed_on(body):
    assert mended(LEFT_OUT.format(body=body), most=1).doubts
