"""Layers of which only those beside them take another width in the first round of a loop."""

import pytest
from mended import mended, printed

READOUT = """
    class Net(nn.Module):
        def __init__(self, size, hidden, classes, count):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(size if i == 0 else hidden, hidden) for i in range(count)])
            self.heads = nn.ModuleList([nn.Linear({taken}, classes) for {name} in range(count + 1)])

        def forward(self, x):
            seen = [x]
            for layer in self.layers:
                seen.append(torch.relu(layer(seen[-1])))
            return sum(head(each) for head, each in zip(self.heads, seen))

    print(Net(5, 8, 3, 2)(torch.randn(7, 5)).sum().item())
"""
GATES = """
    class Net(nn.Module):
        def __init__(self, size, hidden, count):
            super().__init__()
            self.cells = nn.ModuleList([nn.GRUCell(size if i == 0 else hidden, hidden) for i in range(count)])
            self.gates = nn.ModuleList()
            for i in range(count):
                self.gates.append(nn.Linear({taken}, hidden))

        def forward(self, x):
            given, out = x, x
            for cell in self.cells:
                out = cell(out)
            for gate in self.gates:
                given = torch.sigmoid(gate(given))
            return out * given

    print(Net(5, 8, 2)(torch.randn(7, 5)).sum().item())
"""


@pytest.mark.parametrize(
    ("program", "name"), [(READOUT, "i"), (READOUT, "_"), (GATES, "i")], ids=["heads", "without a name", "gates"]
)
def test_the_first_layer_takes_what_the_first_one_beside_it_takes(program, name):
    found = mended(program.format(taken="hidden", name=name), most=1)
    assert found.output == printed(program.format(taken="size if i == 0 else hidden", name="i"))
    assert not found.doubts


SIDE = """
    class Net(nn.Module):
        def __init__(self, size, hidden, count):
            super().__init__()
            self.ways = nn.ModuleList([nn.Linear(size if i == 0 else hidden, hidden) for i in range(count)])
            self.norms = nn.ModuleList([{layer} for i in range(count)])

        def forward(self, x):
            for way, norm in zip(self.ways, self.norms):
                x = way(x) + norm({given})
            return x

    print(Net(5, 8, 2)(torch.randn(7, 5)).sum().item())
"""


@pytest.mark.parametrize("layer", ["nn.LayerNorm(hidden)", "nn.Linear(hidden, hidden)"])
def test_a_layer_that_may_be_meant_behind_the_one_beside_it_is_in_doubt(layer):
    found = mended(SIDE.format(layer=layer, given="x"), most=1)
    first = found.diagnoses[0].fixes[0]
    assert first.title != "size if i == 0 else hidden" or first.doubt


def test_a_width_that_none_beside_it_takes_is_another_matter():
    found = mended(READOUT.format(taken="classes", name="i"), most=1)
    assert not any("if i == 0" in fix.title for fix in found.diagnoses[0].fixes)
