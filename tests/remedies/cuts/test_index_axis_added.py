"""An index that has all of its axes is taken as it is."""

import pytest
from mended import mended, printed

HOT = """
    out, target = torch.rand(2, 6, 9, 11), torch.randint(0, 6, (2, 1, 9, 11))
    hot = torch.zeros_like(out)
    hot.scatter_(1, {index}, 1.0)
    print(round(((out * hot).sum((0, 2, 3)) * torch.arange(6)).sum().item(), 4))
"""
VALUES = """
    q, taken = torch.randn(5, 4), torch.randint(0, 4, (5, 1))
    {lines}
    print(round((values * torch.arange(5)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    "index",
    [
        "target.unsqueeze(1)",
        "target[:, None]",
        "target.unsqueeze(dim=1)",
        "torch.unsqueeze(target, -4)",
        "target[None]",
    ],
)
def test_of_a_scatter(index):
    found = mended(HOT.format(index=index))
    assert found.output == printed(HOT.format(index="target"))
    assert not found.doubts


@pytest.mark.parametrize(
    "lines",
    [
        "values = q.gather(1, taken.unsqueeze(1)).squeeze(1)",
        "at = taken.unsqueeze(-1)\n    values = torch.gather(q, 1, at)[:, 0]",
    ],
)
def test_of_a_gather(lines):
    found = mended(VALUES.format(lines=lines))
    assert found.output == printed(VALUES.format(lines="values = q.gather(1, taken).squeeze(1)"))
    assert not found.doubts


def test_an_axis_that_the_index_needs_is_kept():
    lines = "values = q[None].gather(2, taken[:, None]).squeeze()"
    assert "taken[:, None]" in mended(VALUES.format(lines=lines)).text


@pytest.mark.parametrize("axis", ["-1", "2"])
def test_a_position_for_each_of_several_places_leaves_a_doubt(axis):
    program = f"""
    out, _ = nn.GRU(3, 6, batch_first=True)(torch.randn(4, 5, 3))
    y = torch.randint(0, 4, (4, 5))
    print(tuple(out[:, -1].log_softmax(-1).gather(-1, y.unsqueeze({axis})).shape))
    """
    assert mended(program, most=1).doubts
