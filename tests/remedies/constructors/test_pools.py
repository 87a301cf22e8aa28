"""A pool that is larger than its map."""

import pytest
from mended import mended, printed

BY_FUNCTION = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.out = nn.Conv2d(1, 6, 3, stride=4, padding=1), nn.Linear(6, 4)

        def forward(self, x):
            x = {pool}
            return self.out(x.view(x.size(0), -1))

    print(round(Net()(torch.rand(3, 1, 28, 28)).sum().item(), 4))
"""
BY_LAYER = """
    net = nn.Sequential(nn.Conv1d(2, 5, 3, stride=3), nn.ReLU(), {pool}, nn.Flatten(), nn.Linear(5, 3))
    print(round(net(torch.rand(4, 2, 30)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("program", "pool", "right"),
    [
        (BY_FUNCTION, "F.avg_pool2d(self.body(x), 8)", "F.adaptive_avg_pool2d(self.body(x), 1)"),
        (BY_FUNCTION, "F.avg_pool2d(self.body(x), kernel_size=(8, 9))", "F.adaptive_avg_pool2d(self.body(x), 1)"),
        (BY_LAYER, "nn.AvgPool1d(16)", "nn.AdaptiveAvgPool1d(1)"),
    ],
)
def test_a_pool_of_a_whole_map_goes_by_what_is_left(program, pool, right):
    found = mended(program.format(pool=pool), most=1)
    assert found.diagnoses[0].slug == "pool_larger_than_map"
    assert found.output == printed(program.format(pool=right))
    assert not found.doubts


def test_the_largest_of_a_whole_map_is_in_doubt():
    found = mended(BY_LAYER.format(pool="nn.MaxPool1d(16)"), most=1)
    assert "nn.AdaptiveMaxPool1d(1)" in found.text
    assert found.doubts


def test_a_small_kernel_was_used_once_too_often():
    program = """
    x = torch.rand(3, 2, 1, 1)
    print(F.avg_pool2d(x, 2).shape)
    """
    (found,) = mended(program, most=1).diagnoses
    assert found.slug == "pool_larger_than_map"
    assert not any("adaptive" in edit.replacement for fix in found.fixes for edit in fix.edits)


WORDS = """
    class Words(nn.Module):
        def __init__(self, widths):
            super().__init__()
            self.convs = nn.ModuleList([nn.Conv1d(5, 4, {made}) for width in widths])

        def forward(self, x):
            return torch.cat([conv(x).amax(2) for conv in self.convs], 1)

    print(Words([2, 3, 9])(torch.rand(3, 5, 6)).shape)
"""


@pytest.mark.parametrize(
    ("made", "padded"),
    [
        ("width", "width, padding=width // 2"),
        ("kernel_size=width + 1", "kernel_size=width + 1, padding=(width + 1) // 2"),
        ("width, padding=1", "width, padding=width // 2"),
    ],
)
def test_a_kernel_larger_than_its_input_gets_a_margin_in_doubt(made, padded):
    found = mended(WORDS.format(made=made), most=1)
    assert found.diagnoses[0].slug == "kernel_larger_than_input"
    assert f"nn.Conv1d(5, 4, {padded})" in found.text
    assert found.output == printed(WORDS.format(made=padded))
    assert found.doubts


def test_another_number_of_channels_is_no_matter_of_the_kernel():
    found = mended("print(nn.Conv1d(5, 4, 3)(torch.rand(3, 6, 7)).shape)", most=1)
    assert found.diagnoses[0].slug == "channels_do_not_fit"
