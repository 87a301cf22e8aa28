"""An argument that a call left out, and of which what comes back is the next value."""

import pytest
from mended import mended, printed

CARRIED = """
    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.out = nn.{kind}Cell(4, 6), nn.Linear(6, 2)

        def forward(self, x, memory):
            memory = self.cell(x, memory)
            return self.out(memory{first}), memory


    step, kept, total = Step(), {start}, 0.0
    for x in torch.randn(5, 3, 4):
        y, kept = step({given})
        total = total + y.sum()
    print(round(total.item(), 4))
"""


@pytest.mark.parametrize(
    ("kind", "first", "start"),
    [("GRU", "", "torch.zeros(3, 6)"), ("LSTM", "[0]", "(torch.zeros(3, 6), torch.zeros(3, 6))")],
)
def test_what_comes_back_for_an_argument_is_given_for_it(kind, first, start):
    found = mended(CARRIED.format(kind=kind, first=first, start=start, given="x"))
    assert found.changed == ["y, kept = step(x, memory=kept)"]
    assert found.output == printed(CARRIED.format(kind=kind, first=first, start=start, given="x, kept"))
    assert not found.doubts


def test_what_has_no_value_yet_is_given_for_nothing():
    program = CARRIED.format(kind="GRU", first="", start="None", given="x").replace(
        "kept, total = Step(), None", "total = Step()"
    )
    found = mended(program, most=1).diagnoses[0]
    assert not any("memory=kept" in edit.replacement for fix in found.fixes for edit in fix.edits)
