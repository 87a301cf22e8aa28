"""Two axes exchanged: what goes along the steps tells which of two tensors lies as it was meant."""

import pytest
from mended import mended, printed

ATTENTION = """
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.w, self.u, self.v = nn.Linear(8, 6), nn.Linear(8, 6), nn.Linear(6, 1)

        def forward(self, query, keys):
            scores = self.v(torch.tanh(self.w(query){added} + self.u(keys)))
            return (scores.softmax({axis}) * keys).sum(dim={axis})

    steps, state = nn.GRU(5, 8)(torch.randn({sizes}, 5))
    print(round(Attention()(state[-1], steps).sum().item(), 4))
"""


@pytest.mark.parametrize("sizes", ["4, 7", "7, 4"])
def test_a_sum_along_axis_1_leaves_open_which_layer_or_axis_is_wrong(sizes):
    assert mended(ATTENTION.format(sizes=sizes, axis=1, added=".unsqueeze(1)"), most=1).doubts


@pytest.mark.parametrize("sizes", ["4, 7", "7, 4"])
def test_a_sum_along_axis_0_tells_that_the_steps_are_first(sizes):
    found = mended(ATTENTION.format(sizes=sizes, axis=0, added=".unsqueeze(1)"), most=1)
    assert found.output == printed(ATTENTION.format(sizes=sizes, axis=0, added=".unsqueeze(0)"))
    assert not found.doubts
