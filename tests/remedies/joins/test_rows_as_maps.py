"""Rows with a number for each place of the maps that they are joined with."""

import pytest
from mended import mended, printed

NET = """
    class Net(nn.Module):
        def __init__(self, classes, size):
            super().__init__()
            self.emb = nn.Embedding(classes, {wide})
            self.net = nn.Sequential({layers})

        def forward(self, x, label):
            c = self.emb(label){view}
            return self.net(torch.cat([x, c], dim=1))

    y = Net(6, 10)(torch.randn(3, 2, 10, {high}), torch.tensor([0, 5, 2]))
    print(y.shape, round(y.sum().item(), 4))
"""


@pytest.mark.parametrize(("wide", "more", "high"), [("size * size", 1, 10), ("2 * 10 * 12", 2, 12)])
def test_rows_become_channels_of_their_own(wide, more, high):
    parts = {"wide": wide, "layers": f"nn.Conv2d({2 + more}, 4, 3), nn.ReLU()", "high": high}
    found = mended(NET.format(view="", **parts))
    assert found.output == printed(NET.format(view=f".view(-1, {more}, 10, {high})", **parts))
    assert not found.doubts


@pytest.mark.parametrize("layers", ["nn.Linear(300, 4)", "nn.Conv2d(5, 4, 3)"])
def test_without_a_layer_for_so_many_channels_nothing_is_sure(layers):
    found = mended(NET.format(wide="size * size", layers=layers, high=10, view=""), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if "view" in fix.title)


def test_a_row_of_other_numbers_is_no_map():
    found = mended(NET.format(wide="7", layers="nn.Conv2d(3, 4, 3)", high=10, view=""), most=1)
    assert not any("view" in fix.title for fix in found.diagnoses[0].fixes)
