"""A loop that makes layers goes on with the width that they give, which is several times what they are told."""

import pytest
from mended import mended, printed

GRAPH = """
class Heads(nn.Module):
    def __init__(self, width, out, count):
        super().__init__()
        self.lin = nn.Linear(width, out * count)

    def forward(self, x):
        return self.lin(x).relu()


class Net(nn.Module):
    def __init__(self, given, hidden, heads={heads}, depth=3{more}):
        super().__init__()
        self.layers, width = nn.ModuleList(), given
        for _ in range(depth):
            self.layers.append(Heads({told}))
            width = {next}
        self.head = nn.Linear(width, 3)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.head(x)


print(round(Net({given}, 6)(torch.randn(4, {given})).sum().item(), 4))
"""
PLAIN = {"heads": 3, "more": "", "told": "width, hidden, count=heads", "given": 5}


@pytest.mark.parametrize(
    ("changed", "next", "right"),
    [
        ({}, "hidden", "hidden * heads"),
        ({"given": 3}, "hidden", "hidden * heads"),
        ({"told": "width, hidden, heads", "heads": 2}, "min(hidden, 6)", "min(hidden, 6) * heads"),
    ],
)
def test_the_width_is_that_of_all_parts(changed, next, right):  # noqa: A002
    found = mended(GRAPH.format(**PLAIN | changed, next=next))
    if "min" in next:
        assert all("min(" not in fix.title for each in found.diagnoses for fix in each.fixes)
        return
    assert found.changed == [f"width = {right}"]
    assert not found.doubts
    assert found.output == printed(GRAPH.format(**PLAIN | changed, next=right))


def test_a_layer_that_is_told_several_such_numbers_leaves_it_in_doubt():
    program = GRAPH.replace("out, count):", "out, count, hops):")
    told = {"more": ", hops=3", "told": "width, hidden, heads, hops", "next": "hidden"}
    found = mended(program.format(**PLAIN | told), most=1)
    (doubt,) = {fix.doubt for fix in found.diagnoses[0].fixes if fix.title == "hidden * heads"}
    assert doubt == "the layer is told several numbers that the width may be multiplied by"


def test_a_number_that_the_layer_is_not_told_is_no_factor():
    found = mended(GRAPH.format(**PLAIN | {"told": "width, hidden, 3", "next": "hidden"}), most=1)
    assert not any(fix.title == "hidden * heads" for each in found.diagnoses for fix in each.fixes)
