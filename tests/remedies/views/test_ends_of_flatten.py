"""Axes that are merged from one on to itself, or to one before it."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.score = nn.Linear(8, 5)

        def forward(self, steps):
            return self.score(steps).flatten({ends})

    print(F.cross_entropy(Reader()(torch.randn(3, 6, 8)), torch.arange(18) % 5).item())
"""
IDLE = """
    steps, weights = torch.randn(3, 6, 8), torch.rand(18)
    rows = steps.flatten({ends})
    print((rows * weights.unsqueeze(1)).view_as(steps).sum().item())
"""


@pytest.mark.parametrize(("program", "wrong"), [(PROGRAM, "2, 1"), (PROGRAM, "-1, 1"), (IDLE, "1, 1")])
def test_the_axes_in_front(program, wrong):
    found = mended(program.replace("{ends}", wrong))
    assert found.output == printed(program.replace("{ends}", "0, 1"))
    assert not found.doubts
