"""Channels that a reshape alone makes pixels of, or pixels channels, beside those that lie as they should."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Conv2d({channels}, {made}, 3, padding=1)
        self.last = nn.Conv2d({last}, 1, 3, padding=1)
        self.again = nn.Conv2d({last}, {last}, 3, padding=1)
        self.point, self.whole = nn.Conv2d({last}, 1, 1), nn.Linear(240, 4)

    def forward(self, x):
        y = self.body(x)
        b, c, h, w = y.shape
        return {out}


model, criterion = Model(), {criterion}
batches = [(torch.randn(4, {channels}, {sizes}), torch.randn({target})) for _ in range(3)]
"""
DEFAULT = {
    "channels": "2", "made": "6", "last": "3", "sizes": "8, 5", "target": "4, 1, 16, 15",
    "out": "y.view(b, 1, h * 2, w * 3)", "criterion": "nn.MSELoss()",
}  # fmt: skip
SQUARE = {"made": "12", "last": "3", "target": "4, 3, 16, 10", "out": "y.view(b, 3, h * 2, w * 2)"}
SMALLER = {"channels": "5", "made": "3", "last": "12", "target": "4, 1, 4, 3", "sizes": "8, 6"}


def told(**parts):
    return slugs(PROGRAM.format(**DEFAULT | parts))


@pytest.mark.parametrize(
    "parts",
    [
        {},
        SQUARE,
        {"out": "y.reshape(b, -1, 16, 15).tanh()", "criterion": "nn.L1Loss()"},
        # A convolution slides over it, and over what became smaller.
        SQUARE | {"out": "self.last(y.view(b, 3, h * 2, w * 2).relu())", "target": "4, 1, 16, 10"},
        SMALLER | {"out": "self.last(y.view(b, c * 4, h // 2, w // 2))"},
    ],
)
def test_rows_that_come_to_lie_side_by_side(parts):
    assert told(**parts) == ["patches_not_turned"]


def test_the_edit_shuffles_pixels():
    ((_, edits),) = audited(PROGRAM.format(**DEFAULT | SQUARE))
    assert edits == ["        return torch.pixel_shuffle(y, 2)\n"]


@pytest.mark.parametrize(
    "parts",
    [
        {"out": "y.view(b, 1, 2, 3, h, w).permute(0, 1, 4, 2, 5, 3).reshape(b, 1, h * 2, w * 3)"},
        SQUARE | {"out": "F.pixel_shuffle(y, 2)"},
        # Maps one below the other, and side by side.
        {"target": "4, 1, 48, 5", "out": "y.view(b, 1, h * 6, w)"},
        {"target": "4, 1, 8, 30", "out": "y.transpose(1, 2).reshape(b, 1, h, w * 6)"},
        # Places do not count behind it.
        {"target": "4, 4", "out": "self.whole(y.view(b, 1, h * 2, w * 3).flatten(1))"},
        # Heads, of which every place looks at every other.
        SQUARE | {"sizes": "4, 2", "made": "24", "last": "24", "target": "4, 1, 4, 2",
                  "out": "self.last((lambda q: (q.mT @ q).softmax(-1).mean(1).mean(1).view(b, 1, h, w))"
                         "(y.view(b, 3, 8, 8)) + y)"},
        # The targets were cut just so.
        SQUARE | {"criterion": "lambda out, y: F.mse_loss(out, y.view(4, 3, 16, 10))", "target": "4, 12, 8, 5"},
        # What was cut just so before the convolution comes back to where it was.
        {"sizes": "8, 8", "channels": "1", "made": "4", "last": "4", "target": "4, 1, 8, 8",
         "out": "self.again(x.view(b, 4, 4, 4)).view(b, 1, 8, 8)"},
        # Points are read by themselves, and cut back again.
        {"out": "y.view(b, 1, h * 2, w * 3).tanh().view(b, c, h, w)", "target": "4, 6, 8, 5"},
    ],
)  # fmt: skip
def test_maps_that_lie_as_they_should_or_may(parts):
    assert told(**parts) == []
