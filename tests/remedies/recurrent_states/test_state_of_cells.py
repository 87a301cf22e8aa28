"""The state of one of several cells, where the number of the cell took a whole state out of a tuple."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Stack(nn.Module):
        def __init__(self, depth):
            super().__init__()
            self.cells = nn.ModuleList([nn.{kind}(4 if at == 0 else 6, 6) for at in range(depth)])

        def forward(self, x, state):
            for layer, cell in enumerate(self.cells):
                x = cell(x, state{part})
            return x


    torch.manual_seed(5)
    state = ({whole},)
    print(Stack(2)(torch.randn(3, 4), state).sum().item())
"""


@pytest.mark.parametrize("kind", ["GRUCell", "RNNCell"])
def test_the_part_of_the_layer_is_taken_of_the_state_in_the_tuple(kind):
    fields = {"kind": kind, "whole": "torch.randn(2, 3, 6)"}
    found = mended(PROGRAM.format(part="[layer]", **fields))
    assert found.changed == ["x = cell(x, state[0][layer])"]
    assert found.output == printed(PROGRAM.format(part="[0][layer]", **fields))
    assert not found.doubts


def test_a_state_of_too_few_layers_is_none_of_them():
    found = mended(PROGRAM.format(kind="GRUCell", part="[layer]", whole="torch.randn(2, 3, 6), torch.randn(1, 3, 6)"))
    assert not any("[0][layer]" in line for line in found.changed)
