"""A layer reads what another one has narrowed, beside siblings that are told the same width and read the whole."""

import pytest
from mended import mended

NET = """
class Net(nn.Module):
    def __init__(self, width, small):
        super().__init__()
        {layers}

    def forward(self, x):
        short = self.narrow(x)
        return self.score(short).sum() + self.value(x).sum() + self.back(short).sum()


print(Net(12, 5)(torch.randn(4, 12)).item())
"""
SCORE, REST = "self.score = nn.Linear(width, 3)", "self.value = nn.Linear(width, width)"
NARROW = "self.narrow = nn.Linear(width, small); self.back = nn.Linear(small, width)"


@pytest.mark.parametrize(
    ("order", "line"), [((SCORE, REST, NARROW), "self.score(x)"), ((REST, NARROW, SCORE), "small, 3")]
)
def test_the_order_of_the_layers_speaks_for_one_and_leaves_a_doubt(order, line):
    found = mended(NET.format(layers="; ".join(order)), most=1)
    assert (line in found.changed[0], bool(found.doubts)) == (True, True)
