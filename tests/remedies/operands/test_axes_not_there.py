"""An axis that there is not: another one is told for sure only where something speaks for it."""

import pytest
from mended import mended, printed

LAYER = """
    score = nn.Linear(5, 4)
    print(score(torch.randn(3, 5)).softmax(dim={}).sum(1).mean().item())
"""
BESIDE = """
    def shares(near, far):
        return near.softmax(dim=1) - far.softmax(dim={})

    print(shares(torch.rand(3, 4), torch.rand(3, 4)).abs().sum().item())
"""
OWN = """
    near, far = torch.rand(3, 4), torch.rand(4)
    energy = near * far
    print(energy.softmax(dim={}).t().sum(1).mean().item())
"""
TOTAL = """
    near = torch.randn(5, 5)
    print(near.amax(dim={}).mean().item())
"""
POOL = """
    score, steps = nn.Linear(5, 2), torch.randn(3, 6, 5)
    share = score(steps).softmax(dim={})
    print((share.unsqueeze(-1) * steps.unsqueeze(2)).sum(1).std().item())
"""
DRIFT = """
    series = torch.randn(8, 3).cumsum({})
    print(series.mean().item())
"""
ARRAY = """
    import numpy as np

    truth = torch.as_tensor(np.ones(4)).unsqueeze({})
    print((truth.float() @ torch.ones(1, 3)).sum().item())
"""
PARTS = """
    masks = [torch.ones(size).bool() for size in (4, 6, 3)]
    print(torch.cat(masks, dim={}).sum().item())
"""


@pytest.mark.parametrize(("program", "right"), [(LAYER, -1), (BESIDE, -1), (PARTS, 0)])
def test_an_axis_that_something_speaks_for_is_told(program, right):
    found = mended(program.format(2), most=1)
    assert not found.doubts
    assert found.output == printed(program.format(right))


@pytest.mark.parametrize("program", [OWN, TOTAL, POOL, DRIFT, ARRAY])
def test_an_axis_that_nothing_speaks_for_is_in_doubt(program):
    found = mended(program.format(3 if program is POOL else 2), most=1)
    assert found.doubts
    assert found.output == printed(program.format(-1))
