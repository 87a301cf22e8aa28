"""What a recurrent layer gave whole, taken apart where it was made."""

import pytest
from mended import mended, printed

HANDED = """
    class Pool(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.score = nn.Linear(width, 1)

        def forward(self, steps):
            weights = self.score(steps).softmax(1)
            return (weights * steps).sum(1)


    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.pool = nn.{kind}(4, 6, batch_first=True), Pool(6)

        def forward(self, x):
            {taken} = self.rnn(x)
            return self.pool(seen)


    print(round(Reader()(torch.randn(3, 5, 4)).sum().item(), 4))
"""


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_a_tuple_that_a_function_was_given_is_taken_apart_by_the_one_that_gave_it(kind):
    found = mended(HANDED.format(kind=kind, taken="seen"), most=1)
    assert found.changed == ["seen, _ = self.rnn(x)"]
    assert not found.doubts
    assert found.output == printed(HANDED.format(kind=kind, taken="seen, _"))


OF_TWO = """
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.{kind}(4, 6, 2, bidirectional=True, batch_first=True)

        def forward(self, x):
            {taken} = self.rnn(x)
            last = kept.{asked}
            return last


    print(tuple(Encoder()(torch.randn(3, 5, 4)).shape))
"""


@pytest.mark.parametrize("kind", ["GRU", "RNN"])
@pytest.mark.parametrize(
    ("taken", "asked"),
    [("_, kept", "view(2, 2, x.size(0), 6)[-1]"), ("kept, _", "view(x.size(0), 5, 2, 6)[:, -1]")],
)
def test_of_the_two_parts_the_one_is_taken_that_the_lines_behind_can_read(kind, taken, asked):
    found = mended(OF_TWO.format(kind=kind, taken="kept", asked=asked), most=1)
    assert found.changed == [f"{taken} = self.rnn(x)"]
    assert found.output == printed(OF_TWO.format(kind=kind, taken=taken, asked=asked))
