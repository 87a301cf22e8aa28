"""A transpose of other axes than those that were meant: the axes are changed where they stand."""

import pytest
from mended import mended, printed

RECURRENT = """
    class Poses(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.gru = nn.BatchNorm1d(6), nn.GRU(6, 5, batch_first=True)

        def forward(self, x):
            out, _ = self.gru(self.norm(x.transpose(1, 2)).{turn})
            return out[:, -1]

    out = Poses()(torch.randn(4, 7, 6))
    print(out.shape, round(out.std(0).sum().item(), 4))
"""
POINTS = """
    net = nn.Sequential(nn.Conv1d(3, 8, 1), nn.ReLU(), nn.Conv1d(8, 9, 1))
    cloud = torch.rand(4, 11, 3)
    out = net({turn})
    print(out.shape, round(out.std(0).sum().item(), 4))
"""
NAMED = """
    net = nn.Conv1d(3, 8, 1)
    cloud = torch.rand(4, 11, 3)
    lying = cloud.{turn}
    out = net(lying)
    print(out.shape, round(out.std(0).sum().item(), 4))
"""
SCORES = """
    scores, tags = torch.randn(4, 7, 5), torch.randint(0, 5, (4, 7))
    loss = F.cross_entropy(scores.{turn}, tags)
    print(round(loss.item(), 4))
"""
TOKENS = """
    patches, token = torch.randn(3, 5, 11), torch.randn(3, 1, 5)
    rows = torch.cat([token, {turn}], dim=1)
    print(rows.shape, round(rows.std(1).sum().item(), 4))
"""
IMAGES = """
    net = nn.Conv2d(3, 8, 1)
    out = net(torch.rand(2, 7, 3, 6).{turn})
    print(out.shape, round(out.std(0).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (RECURRENT, "transpose(0, 2)", "transpose(1, 2)"),
        (RECURRENT, "transpose(0, -1)", "transpose(-2, -1)"),
        (RECURRENT, "transpose(2, 2)", "transpose(1, 2)"),
        (POINTS, "cloud.transpose(0, 2)", "cloud.transpose(1, 2)"),
        (POINTS, "torch.transpose(cloud, 0, 2)", "torch.transpose(cloud, 1, 2)"),
        (POINTS, "cloud.swapaxes(1, 1)", "cloud.swapaxes(1, 2)"),
        (NAMED, "transpose(0, 1)", "transpose(1, 2)"),
        (SCORES, "transpose(0, 2)", "transpose(1, 2)"),
        (SCORES, "transpose(-1, -3)", "transpose(-1, -2)"),
        (TOKENS, "patches.transpose(0, 2)", "patches.transpose(1, 2)"),
        (TOKENS, "patches.transpose(0, 1)", "patches.transpose(1, 2)"),
        (IMAGES, "transpose(0, 2)", "transpose(1, 2)"),
        (IMAGES, "transpose(2, 3)", "transpose(1, 2)"),
    ],
)
def test_the_axes_are_changed_where_they_stand(program, wrong, right):
    found = mended(program.format(turn=wrong), most=1)
    assert found.output == printed(program.format(turn=right))
    assert not found.doubts


def test_the_axis_that_is_kept_stays_where_it_is_written():
    found = mended(SCORES.format(turn="transpose(2, 0)"), most=1)
    assert found.changed == ["loss = F.cross_entropy(scores.transpose(2, 1), tags)"]


PAIRS = """
    left, right = torch.randn(4, 7, 1), torch.randn(4, 7, 1)
    scores = left + right.{turn}
    {behind}
"""


def test_which_of_several_orders_is_meant_is_told_by_the_lines_behind():
    behind = "print(round((scores @ torch.ones(7, 2)).std().item(), 4))"
    found = mended(PAIRS.format(turn="transpose(0, 1)", behind=behind), most=1)
    assert found.output == printed(PAIRS.format(turn="transpose(1, 2)", behind=behind))
    assert not found.doubts


def test_where_the_lines_behind_take_several_there_is_a_doubt():
    found = mended(PAIRS.format(turn="transpose(0, 1)", behind="print(scores.shape)"), most=1)
    assert found.changed == ["scores = left + right.transpose(2, 1)"]
    assert found.doubts == ["more than one order of the axes fits, and nothing tells which was meant"]


@pytest.mark.parametrize("given", ["torch.randn(4, 7, 5).transpose(1, 2)", "torch.randn(4, 5, 7).transpose(0, 2)"])
def test_what_fits_as_it_lies_was_not_to_be_turned(given):
    program = """
    gru = nn.GRU({size}, 6, batch_first=True)
    out, _ = gru({given})
    print(out.shape)
    """
    size = 5 if "(4, 7" in given else 7
    found = mended(program.format(size=size, given=given), most=1)
    assert not [fix for each in found.diagnoses for fix in each.fixes if fix.title.startswith("axes ")]


def test_classes_as_many_as_there_are_samples_are_not_told_apart():
    program = SCORES.replace("4, 7", "5, 7").replace("randn(5, 7, 5)", "randn(7, 5, 5)")
    assert mended(program.format(turn="transpose(1, 2)"), most=1).doubts
