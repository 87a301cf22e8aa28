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


CELLS = """
    class Cell(nn.Module):
        def __init__(self, width, hidden):
            super().__init__()
            self.hidden = hidden
            self.own, self.new = nn.Linear(width + hidden, hidden), nn.Linear(width + hidden, hidden)

        def forward(self, x, state):
            slow, fast = state
            both = torch.cat([x, fast], 1)
            slow = slow * self.own(both).sigmoid()
            fast = slow + self.new(both).tanh()
            return fast, (slow, fast)

        def begin(self, rows):
            return torch.zeros(rows, self.hidden), torch.zeros(rows, self.hidden)


    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.cells = nn.ModuleList([Cell(4, 6), Cell(6, 5)])

        def forward(self, steps):
            {begin}
            for x in steps:
                {line}
            return x


    print(round(Reader()(torch.randn(3, 5, 4)).sum().item(), 4))
"""
LISTED = "kept = [cell.begin(steps.size(1)) for cell in self.cells]"
EACH = "for at, cell in enumerate(self.cells):\n                    "
TWO = "low, high = self.cells[0].begin(steps.size(1)), self.cells[1].begin(steps.size(1))"
LOW, HIGH = "self.cells[0](x, low)", "self.cells[1](x, high)"


@pytest.mark.parametrize(
    ("begin", "bad", "good"),
    [
        (LISTED, EACH + "x = cell(x, kept[at])", EACH + "x, kept[at] = cell(x, kept[at])"),
        (
            TWO,
            f"x = {LOW}\n                x, high = {HIGH}",
            f"x, low = {LOW}\n                x, high = {HIGH}",
        ),
    ],
)
def test_a_state_that_came_back_in_a_round_is_kept_for_the_next(begin, bad, good):
    found = mended(CELLS.format(begin=begin, line=bad), most=1)
    assert found.output == printed(CELLS.format(begin=begin, line=good))
    assert not found.doubts


SPANS = """
    class Ends(nn.Module):
        def forward(self, x, marks):
            return x * 2, ({back})

    class Head(nn.Module):
        def forward(self, x):
            return x.mean(1)

    ends, head, marks = Ends(), Head(), (torch.zeros(3), torch.ones(3))
    for x in torch.randn(2, 3, 5):
        {taken} = ends(x, marks)
        print(round(head(seen).sum().item(), 4))
"""


def test_what_came_back_in_more_parts_is_no_state():
    found = mended(SPANS.format(taken="seen", back="*marks, x"), most=1)
    assert found.changed == ["seen, _ = ends(x, marks)"]
    assert found.output == printed(SPANS.format(taken="seen, _", back="*marks, x"))


WRITTEN = """
    def first(x):
        return torch.relu(x)


    pair = (torch.randn(3, 2), torch.randn(4, 2))
    print(first(pair))
"""
ROUNDS = """
    rnn, h = nn.GRU(3, 3), None
    h = torch.zeros(6, 4, 3)
    for _ in range(2):
        h = rnn(torch.tanh(h))
"""


@pytest.mark.parametrize("program", [WRITTEN, ROUNDS])
def test_what_gave_no_tuple_of_a_layer_is_not_taken_apart(program):
    titles = [fix.title for each in mended(program, most=1).diagnoses for fix in each.fixes]
    assert not any(", _ = (torch" in title or ", _ = torch" in title for title in titles)
