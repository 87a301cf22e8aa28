"""What gives a width is told the name from which the width is reckoned."""

from mended import mended, printed

PROGRAM = """
    class Waves(nn.Module):
        def __init__(self, count):
            super().__init__()
            self.speeds = nn.Parameter(torch.linspace(1, 3, count))

        def forward(self, t):
            turns = t[:, None] * self.speeds[None]
            return torch.cat([turns.sin(), turns.cos()], dim=-1)


    class Steps(nn.Module):
        def __init__(self, count):
            super().__init__()
            self.table = nn.Embedding(50, count)

        def forward(self, t):
            return self.table(t.long())


    class Timed(nn.Module):
        def __init__(self, widths=(6, 9), smooth=True):
            super().__init__()
            if smooth:
                self.times = Waves({told})
                wide = 2 * widths[0]
            else:
                self.times = Steps({also})
                wide = widths[0]
            self.inner = nn.Linear({wide}, 4)

        def forward(self, t):
            return self.inner(self.times(t))


    print(round(Timed()(torch.arange(5.0)).std().item(), 4))
"""


def test_the_name_that_the_other_branch_is_told():
    found = mended(PROGRAM.format(told="count=4", also="widths[0]", wide="wide"))
    assert found.diagnoses[0].fixes[0].title == "4 -> widths[0]"
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(told="widths[0]", also="widths[0]", wide="wide"))


def test_where_no_other_branch_is_told_it_either_may_be_wrong():
    found = mended(PROGRAM.format(told="4", also="7", wide="wide"))
    assert found.changed == ["self.times = Waves(widths[0])"]
    assert found.doubts == ["the width may be reckoned wrongly, and the number be right"]


def test_a_width_that_is_no_such_product_is_no_reason():
    found = mended(PROGRAM.format(told="4", also="widths[0]", wide="10"), most=1)
    assert not any("widths[0]" in fix.title for fix in found.diagnoses[0].fixes)
