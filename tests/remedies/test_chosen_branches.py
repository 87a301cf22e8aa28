"""What made a value stands in the branch that was run, not in the last one that is written."""

import pytest
from mended import mended

BY_A_DEFAULT = """
    class Net(nn.Module):
        def __init__(self, rows):
            super().__init__()
            self.rows, self.rnn = rows, nn.GRU(3, 5, batch_first=True)

        def forward(self, x, rows=None):
            if rows is None:
                h = torch.zeros(1, self.rows, 5)
            else:
                h = torch.zeros(1, rows, 5)
            return self.rnn(x, h)[0]

    size = 8
    net = Net(size)
    for x in torch.randn(11, 4, 3).split(size):
        print(net(x).shape)
"""
BY_A_WORD = """
    def start(rows, cols, kind):
        if kind == "zeros":
            h = torch.zeros(2, cols, rows)
        elif kind == "ones":
            h = torch.ones(2, cols, rows)
        else:
            h = torch.randn(2, rows, cols)
        rnn = nn.GRU(3, cols, num_layers=2)
        return rnn(torch.randn(6, rows, 3), h)[0]

    print(start(4, 5, "ones").shape)
"""


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (BY_A_DEFAULT, "h = torch.zeros(1, x.size(0), 5)"),
        (BY_A_WORD, "h = torch.ones(2, rows, cols)"),
    ],
)
def test_the_branch_that_was_run_is_changed(program, changed):
    found = mended(program)
    assert found.changed == [changed]
    assert "crashed" not in found.output


def test_a_default_is_no_place_for_what_a_call_brings():
    program = """
    def run(x, rows=None):
        h = torch.zeros(1, rows or 8, 5)
        return nn.GRU(3, 5, batch_first=True)(x, h)[0]

    print(run(torch.randn(4, 6, 3)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("rows=x" in edit.replacement for fix in fixes for edit in fix.edits)


def test_what_is_replaced_on_the_way_chooses_no_branch():
    program = """
    def run(x, h=None):
        if h is None:
            h = torch.zeros(1, 3, 5)
        return nn.GRU(3, 5, batch_first=True)(x, h)[0]

    print(run(torch.randn(4, 6, 3)).shape)
    """
    assert mended(program).changed == ["h = torch.zeros(1, x.size(0), 5)"]
