"""Two layers of one tensor that were told two widths."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Cell(nn.Module):
        def __init__(self, kinds, letters, hidden):
            super().__init__()
            self.state = nn.Linear({state}, hidden)
            self.score = nn.Linear({score}, letters)

        def forward(self, kind, letter, h):
            z = torch.cat([kind, letter, h], 1)
            {line}
            return self.score({read}), torch.tanh(self.state(z))

    y, h = Cell(3, 10, 6)(torch.eye(3)[:2], torch.randn(2, 10), torch.zeros(2, 6))
    print(y.shape, round(y.sum().item() + h.sum().item(), 4))
"""
ALL = "kinds + letters + hidden"


# What is as wide as one part alone may be what was to be read.
@pytest.mark.parametrize(("part", "is_sure"), [("letters + hidden", True), ("hidden", False)])
def test_both_are_told_the_same(part, is_sure):
    found = mended(PROGRAM.format(state=ALL, score=part, line="", read="z"))
    assert found.output == printed(PROGRAM.format(state=ALL, score=ALL, line="", read="z"))
    assert bool(found.doubts) is not is_sure


def test_what_was_set_anew_in_front_of_both_is_the_same_tensor_to_them():
    way = {"state": ALL, "line": "z = z.repeat(1, 1)", "read": "z"}
    found = mended(PROGRAM.format(score="letters + hidden", **way), most=1)
    assert found.output == printed(PROGRAM.format(score=ALL, **way))


HEADS = """
    class Heads(nn.Module):
        def __init__(self, wide, hidden, code):
            super().__init__()
            self.rnn = nn.GRU(wide, hidden, batch_first=True)
            self.{first}, self.{second} = nn.Linear({told}, code), nn.Linear(hidden, code)

        def forward(self, x):
            _, h = self.rnn(x)
            h = h[-1]
            mean = self.mean(h)
            {line}
            return mean, self.spread(h)


    mean, spread = Heads(3, 8, 2)(torch.randn(5, 6, 3))
    print(round(mean.sum().item() + spread.sum().item(), 4))
"""


@pytest.mark.parametrize(("first", "second"), [("mean", "spread"), ("spread", "mean")])
def test_a_layer_that_stands_there_and_reads_the_same_says_how_wide_it_is(first, second):
    way = {"first": first, "second": second}
    found = mended(HEADS.format(told="wide", line="pass", **way), most=1)
    assert [each.title for each in found.diagnoses[0].fixes[:1]] == ["in_features=hidden"]
    assert not found.doubts
    assert found.output == printed(HEADS.format(told="hidden", line="pass", **way))


def test_what_was_set_anew_between_them_is_another_tensor():
    found = mended(HEADS.format(told="wide", line="h = h[:, :4]", first="spread", second="mean"), most=1)
    assert "in_features=hidden" not in [fix.title for fix in found.diagnoses[0].fixes]


def test_a_width_that_has_no_name_in_common_is_of_something_else():
    program = """
    class Net(nn.Module):
        def __init__(self, steps, channels):
            super().__init__()
            self.time, self.chan = nn.Linear(steps, steps), nn.Linear(channels, channels)

        def forward(self, x):
            return self.time(x).sum() + self.chan(x).sum()

    print(Net(12, 4)(torch.randn(3, 12, 4)))
    """
    found = mended(program, most=1)
    assert found.diagnoses[0].fixes[0].title != "in_features=channels"


BETWEEN = """
    class Net(nn.Module):
        def __init__(self, seen=10, hidden=32):
            super().__init__()
            self.body, self.gate, self.head = nn.Linear(seen, {gives}), nn.Linear(seen, 5), nn.Linear(hidden, 5)

        def forward(self, x):
            {line}
            return torch.sigmoid(self.gate(x)) * self.head(x)

    print(Net()(torch.randn(4, 10)).shape)
"""


@pytest.mark.parametrize("line", ["pass", "torch.relu(self.body(x))"])
@pytest.mark.parametrize(("gives", "is_sure"), [("hidden", False), ("7", True)])
def test_where_another_layer_gives_just_so_many_it_may_be_missing_between(line, gives, is_sure):
    found = mended(BETWEEN.format(line=line, gives=gives), most=1)
    assert found.diagnoses[0].fixes[0].title == "in_features=seen"
    assert bool(found.doubts) is not is_sure


def test_a_width_that_was_counted_is_that_of_the_layer_beside():
    program = PROGRAM.replace("Cell(3, 10, 6)", "Cell(3, len('abcdefghij'), 6)")
    found = mended(program.format(state=ALL, score="letters", line="", read="z"), most=1)
    assert f"in_features={ALL}" in [fix.title for fix in found.diagnoses[0].fixes]
