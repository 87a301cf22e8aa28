"""Loops over layers of which some give back a tuple."""

import pytest
from mended import mended, printed

STACK = """
    class Stack(nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = nn.ModuleList([nn.Linear(3, 5), nn.GRU(5, 6, batch_first=True), nn.Linear(6, 2)])

        def forward(self, rows):
            for part in self.parts:
                {lines}
            return rows


    print(round(Stack()(torch.randn(2, 4, 3)).sum().item(), 4))
"""
RIGHT = "rows = (part(rows)[0] if isinstance(part, nn.GRU) else part(rows)).tanh()"


@pytest.mark.parametrize(
    "lines",
    [
        "rows = torch.tanh(part(rows))",
        """kept = part(rows)
                rows = torch.tanh(kept)""",
        """kept = part(rows)  # one of them
                rows = kept.tanh()""",
    ],
)
def test_only_those_that_give_a_tuple_are_taken_apart(lines):
    found = mended(STACK.format(lines=lines))
    assert found.output == printed(STACK.format(lines=RIGHT))
    assert len(found.diagnoses) == 1


def test_a_name_that_goes_round():
    found = mended(STACK.format(lines="rows = part(rows)"))
    assert found.output == printed(STACK.format(lines=RIGHT.replace(".tanh()", "")))


def test_layers_of_one_kind_are_taken_apart_without_asking():
    program = """
        parts = nn.ModuleList([nn.LSTM(4, 4) for _ in range(3)])
        rows = torch.randn(5, 2, 4)
        for part in parts:
            kept{rest} = part(rows)
            rows = torch.relu(kept)
        print(round(rows.sum().item(), 4))
    """
    found = mended(program.format(rest=""))
    assert found.changed == ["kept, _ = part(rows)"]
    assert found.output == printed(program.format(rest=", _"))
