"""A tuple of a model of one's own, of which a loss wants one part."""

import pytest
from mended import mended

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.out = nn.Linear(6, 12), nn.Linear(12, 4)

        def forward(self, x):
            h = torch.relu(self.body(x))
            return {returned}

    net = Net()
    out = net(torch.randn(9, 6))
    print(F.cross_entropy(out, torch.randint(0, 4, (9,))).item())
"""


@pytest.mark.parametrize("returned", ["h, self.out(h), h.softmax(-1)", "self.out(h), h, h"])
def test_which_of_three_is_meant_is_in_doubt(returned):
    found = mended(PROGRAM.format(returned=returned), most=1)
    assert found.output != "crashed"
    assert found.doubts
