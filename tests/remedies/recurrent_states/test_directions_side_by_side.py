"""States of both directions before a layer that takes them side by side."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.read = nn.GRU(5, 7, {layers}, batch_first=True, bidirectional=True)
            self.bridge, self.write = nn.Linear(2 * 7, 6), nn.GRU(4, 6, {layers}, batch_first=True)

        def forward(self, x, y):
            _, h = self.read(x)
            {lines}


    torch.manual_seed(1)
    print(Net()(torch.randn(3, 9, 5), torch.randn(3, 8, 4)).sum().item())
"""
NEXT = "h = torch.tanh(self.bridge({h}))\n            return self.write(y, h)[0]"


@pytest.mark.parametrize("layers", [1, 2])
def test_the_next_layers_state_keeps_the_axis_of_the_layers(layers):
    found = mended(PROGRAM.format(layers=layers, lines=NEXT.format(h="h")))
    joined = "torch.cat([h[0::2], h[1::2]], dim=2)"
    assert found.changed == [f"h = torch.tanh(self.bridge({joined}))"]
    assert found.output == printed(PROGRAM.format(layers=layers, lines=NEXT.format(h=joined)))
    assert found.doubts == []


def test_for_scores_the_last_layers_directions_are_taken():
    found = mended(PROGRAM.format(layers=1, lines="return self.bridge(h)"))
    joined = "torch.cat([h[-2], h[-1]], dim=1)"
    assert found.changed == [f"return self.bridge({joined})"]
    assert found.output == printed(PROGRAM.format(layers=1, lines=f"return self.bridge({joined})"))


def test_a_layer_of_one_direction_is_not_taken_apart():
    program = PROGRAM.format(layers=1, lines="return self.bridge(h)").replace(", bidirectional=True", "")
    assert not any("torch.cat" in line for line in mended(program).changed)
