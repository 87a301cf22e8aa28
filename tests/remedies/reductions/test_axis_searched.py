"""An axis of one that is searched for by its size, in the last batch, which holds a single sample."""

import pytest
from mended import mended, printed

PROGRAM = """
def meet(left, right):
    left = {squeeze}
    return torch.bmm(left, right.transpose(1, 2))


for rows in torch.arange(5).split(2):
    print(meet(torch.ones(5, 4, 6)[rows].unsqueeze({axis}), torch.ones(5, 3, 6)[rows]).sum().item())
"""


@pytest.mark.parametrize(
    ("squeeze", "axis"),
    [
        ("left.squeeze(left.size().index(1))", "2"),
        ("torch.squeeze(left, dim=list(left.shape).index(1))", "-2"),
    ],
)
def test_the_axis_that_was_put_in_is_named(squeeze, axis):
    found = mended(PROGRAM.format(squeeze=squeeze, axis=axis))
    assert (found.output, found.doubts) == (printed(PROGRAM.format(squeeze=f"left.squeeze({axis})", axis=axis)), [])
