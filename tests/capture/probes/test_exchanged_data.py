"""Data whose two sizes a reshape exchanges in front of convolutions: rows are cut across, and nothing is turned."""

from __future__ import annotations

import pytest
from programs import audited, slugs

FRAMES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.gru, self.out = nn.Conv2d(1, 4, 3, padding=1), nn.GRU(24, 8, batch_first=True), nn.Linear(8, 3)

    def forward(self, x):
        x = {cut}
        h = torch.relu(self.conv(x)).transpose(1, 2).flatten(2)
        return self.out(self.gru(h[..., :24])[1][0])


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [({x}, torch.randint(0, 3, (5,))) for _ in range(3)]
"""
BANDS = "torch.randn(5, 6, 15)"


@pytest.mark.parametrize(
    ("cut", "x"),
    [
        ("x.reshape(len(x), 1, -1, 6)", BANDS),
        ("x.view(5, 15, 6).unsqueeze(1)", BANDS),
        ("x.float().view(5, 1, 15, 6)", f"{BANDS}.double()"),
        ("x.reshape(len(x), 1, -1, 6)", "torch.stack([torch.randn(6, 15) for _ in range(5)])"),
    ],
)
def test_a_reshape_exchanges_the_sizes_of_data(cut, x):
    assert slugs(FRAMES.format(cut=cut, x=x)) == ["features_reshaped"]


def test_the_data_are_turned_before():
    ((_, edits),) = audited(FRAMES.format(cut="x.reshape(len(x), 1, -1, 6)", x=BANDS))
    assert edits == ["        x = x.permute(0, 2, 1).reshape(len(x), 1, -1, 6)\n"]


@pytest.mark.parametrize(
    ("cut", "x"),
    [
        ("x.transpose(1, 2).reshape(len(x), 1, -1, 6)", BANDS),
        ("x.reshape(len(x), 1, -1, 6)", "torch.randn(5, 15, 6)"),
        ("x.reshape(len(x), 1, -1, 6)", "torch.randn(5, 90)"),
        ("x.reshape(len(x), 1, -1, 6)", "torch.randn(5, 9, 10)"),
        # Who cut it may cut it otherwise.
        ("x.reshape(len(x), 1, -1, 6)", "torch.randn(5, 90).view(5, 6, 15)"),
        # As many rows of three steps each as there are features.
        ("x.reshape(len(x), 1, 6, 18)", "torch.randn(5, 18, 6)"),
    ],
)
def test_data_that_are_cut_as_they_lie(cut, x):
    assert slugs(FRAMES.format(cut=cut, x=x)) == []
