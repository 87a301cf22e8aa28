"""A learned matrix behind a layer that goes both ways has a row for each number of both."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Tagger(nn.Module):
        def __init__(self, width, hidden, classes):
            super().__init__()
            self.rnn = nn.{kind}(width, hidden, bidirectional={both})
            self.shift = nn.Parameter(torch.zeros(classes))
            self.weight = nn.Parameter({drawn})

        def forward(self, x):
            out, state = self.rnn(x)
            return {scores} + self.shift

    print(Tagger(5, 6, 11)(torch.randn(7, 3, 5)).shape)
"""
DRAWN = ["torch.randn({}, classes)", "torch.empty({}, classes).uniform_(-1, 1)", "torch.rand(({}, classes)) / 9"]
SCORES = ["torch.mm(out[-1], self.weight)", "out @ self.weight", "torch.matmul(out.mean(0), self.weight)"]


@pytest.mark.parametrize("drawn", DRAWN)
@pytest.mark.parametrize("scores", SCORES)
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_it_gets_twice_the_rows(kind, scores, drawn):
    given = {"kind": kind, "both": "True", "scores": scores}
    found = mended(PROGRAM.format(drawn=drawn.format("hidden"), **given))
    assert found.output == printed(PROGRAM.format(drawn=drawn.format("2 * hidden"), **given))
    assert not found.doubts


@pytest.mark.parametrize("scores", SCORES)
def test_that_of_a_layer_which_goes_one_way_does_not(scores):
    program = PROGRAM.format(kind="GRU", both="False", scores=scores, drawn="torch.randn(hidden // 2, classes)")
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not [fix for fix in fixes if fix.title.startswith("2 * ")]
