"""A permute of fewer axes or more than there are."""

import pytest
from mended import mended, printed

VIEWED = """
    class Columns(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(2, 5, 3, padding=1)
            self.gru = nn.GRU(5 * 4, 7, batch_first=True)

        def forward(self, x):
            x = self.conv(x)
            n, c, h, w = x.{asked}
            x = x.permute({order})
            return self.gru(x.{view})[0]

    print(round(Columns()(torch.randn(3, 2, 4, 6)).std().item(), 4))
"""


@pytest.mark.parametrize("asked", ["shape", "size()"])
@pytest.mark.parametrize(
    ("view", "right"), [("reshape(n, w, c * h)", "0, 3, 1, 2"), ("reshape(n, w, h * c)", "0, 3, 2, 1")]
)
@pytest.mark.parametrize("order", ["0, 2, 1", "0, 3, 1, 2, 4"])
def test_the_names_of_the_sizes_in_the_view_behind_tell_the_order(asked, view, right, order):
    found = mended(VIEWED.format(asked=asked, view=view, order=order))
    assert found.output == printed(VIEWED.format(asked=asked, view=view, order=right))
    assert not found.doubts


BATCHED = """
    frames = torch.rand({sizes})
    print({before}(frames.permute({order})).shape)
"""


@pytest.mark.parametrize(
    ("sizes", "order", "before", "right"),
    [
        ("4, 9, 7, 3", "2, 0, 1", "nn.Conv2d(3, 5, 3)", "0, 3, 1, 2"),
        ("4, 3, 9, 7", "1, 2, 0", "nn.Linear(3, 5)", "0, 2, 3, 1"),
        ("4, 6, 9, 7, 3", "0, 3, 1, 2", "nn.Conv3d(6, 5, 3, padding=1)", "0, 1, 4, 2, 3"),
        ("9, 7, 3", "0, 3, 1, 2", "nn.Conv2d(3, 5, 3)", "2, 0, 1"),
    ],
)
def test_an_order_for_samples_with_another_number_of_axes_in_front_is_told_for_these(sizes, order, before, right):
    found = mended(BATCHED.format(sizes=sizes, order=order, before=before))
    assert found.changed == [f"print({before}(frames.permute({right})).shape)"]
    assert not found.doubts


def test_where_nothing_tells_which_axes_lie_together_it_is_in_doubt():
    program = "x = torch.randn(4, 5, 6, 7)\nprint(x.permute(0, 2, 1).std())"
    assert all(fix.doubt for fix in mended(program, most=1).diagnoses[0].fixes)
