"""A convolution without padding beside what is still as large as its input."""

import pytest
from mended import mended, printed

RESIDUAL = """
    class Block(nn.Module):
        def __init__(self, channels, kernel):
            super().__init__()
            self.conv = nn.{kind}(channels, channels, {told})

        def forward(self, x):
            return x + self.conv(x).relu()


    print(round(Block(3, 5)(torch.randn({sizes})).mean().item(), 4))
"""


@pytest.mark.parametrize(("kind", "sizes"), [("Conv1d", "2, 3, 14"), ("Conv2d", "2, 3, 9, 12")])
@pytest.mark.parametrize(("told", "right"), [("kernel", "kernel // 2"), ("5", "2")])
def test_it_is_padded_by_half_of_its_kernel(kind, sizes, told, right):
    found = mended(RESIDUAL.format(kind=kind, sizes=sizes, told=told), most=1)
    assert [each.title for each in found.diagnoses[0].fixes[:1]] == [f"padding={right}"]
    assert not found.doubts
    assert found.output == printed(RESIDUAL.format(kind=kind, sizes=sizes, told=f"{told}, padding={right}"))


@pytest.mark.parametrize("told", ["4", "kernel, stride=2", "kernel, dilation=2"])
def test_nothing_is_padded_where_that_would_not_make_it_as_large(told):
    found = mended(RESIDUAL.format(kind="Conv1d", sizes="2, 3, 14", told=told), most=1)
    assert all("padding=kernel // 2" not in each.title for each in found.diagnoses[0].fixes)
