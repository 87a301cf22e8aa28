"""A table is read along the axis along which it was given its rows."""

import pytest
from mended import mended, printed

PROGRAM = """
    import math


    class Positions(nn.Module):
        def __init__(self, width, longest=50):
            super().__init__()
            table = torch.zeros(longest, width)
            waves = torch.arange(longest)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(1e4) / width))
            table[:, 0::2], table[:, 1::2] = waves.sin(), waves.cos()
            {kept}

        def forward(self, x):
            {steps}
            return x + self.table[:, :{length}]


    {more}
    print(round(Positions(6)(torch.zeros(4, 9, 6)).std(1).sum().item(), 4))
"""
KEPT = [
    "self.register_buffer('table', table.unsqueeze({axis}))",
    "table = table.unsqueeze({axis})\n            self.register_buffer('table', table)",
    "self.table = nn.Parameter(table.unsqueeze({axis}), requires_grad=False)",
]
LENGTHS = [("pass", "x.size(1)"), ("pass", "x.shape[1]"), ("rows, steps, _ = x.shape", "steps")]


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize(("steps", "length"), LENGTHS)
def test_the_axis_of_samples_is_put_in_front_of_the_rows(kept, steps, length):
    program = PROGRAM.format(kept=kept, steps=steps, length=length, more="")
    found = mended(program.format(axis=1))
    assert found.output == printed(program.format(axis=0))
    assert "unsqueeze(0)" in found.text
    assert not found.doubts


def test_beside_layers_with_steps_in_front_it_is_in_doubt():
    more = "rnn = nn.GRU(6, 4)"
    program = PROGRAM.format(kept=KEPT[0], steps="pass", length="x.size(1)", more=more)
    found = mended(program.format(axis=1))
    assert found.changed == ["self.register_buffer('table', table.unsqueeze(0))"]
    assert found.doubts == [
        "the layers of the script have the steps in front, where the rows of the table are as it is"
    ]


def test_a_table_that_is_cut_along_its_rows_stays():
    program = PROGRAM.format(kept=KEPT[0], steps="pass", length="x.size(1)", more="")
    found = mended(program.format(axis=1).replace("self.table[:, :x.size(1)]", "self.table[:x.size(1)]"), most=1)
    assert "table.unsqueeze(0)" not in found.text


READ = """
    class Positions(nn.Module):
        def __init__(self, width, longest=50):
            super().__init__()
            self.register_buffer("table", torch.randn(longest, width){axis})

        def forward(self, x):
            return x + self.table[:{length}]


    class Net(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.places, self.rnn = Positions(width), {layer}

        def forward(self, x):
            return self.rnn(self.places(x))[0]


    print(round(Net(6)(torch.ones(9, 4, 6)).std(0).sum().item(), 4))
"""


@pytest.mark.parametrize("length", ["x.size(0)", "x.size(0), :", "x.shape[0]"])
@pytest.mark.parametrize("axis", [".unsqueeze(0)", ""])
def test_rows_that_are_cut_to_steps_in_front_get_their_axis_of_samples_behind_them(axis, length):
    layer = "nn.GRU(width, 4)"
    found = mended(READ.format(axis=axis, length=length, layer=layer))
    assert found.output == printed(READ.format(axis=".unsqueeze(1)", length=length, layer=layer))
    assert not found.doubts


def test_with_the_samples_in_front_it_is_the_cut_that_is_another():
    layer = "nn.GRU(width, 4, batch_first=True)"
    found = mended(READ.format(axis=".unsqueeze(0)", length="x.size(0)", layer=layer))
    right = READ.format(axis=".unsqueeze(0)", length="x.size(0)", layer=layer)
    assert found.output == printed(right.replace("[:x.size(0)]", "[:, :x.size(1)]"))


def test_where_nothing_tells_it_is_in_doubt():
    found = mended(READ.format(axis=".unsqueeze(0)", length="x.size(0)", layer="nn.Linear(width, 4)"))
    assert found.changed == ['self.register_buffer("table", torch.randn(longest, width).unsqueeze(1))']
    assert found.doubts == ["the table may be cut along the wrong axis: nothing tells whether the steps stand in front"]
