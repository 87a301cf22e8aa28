"""Scores of all places, where a token in front of them stands for the whole."""

import pytest
from mended import mended, printed

VIEWED = """
    class Viewed(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Parameter({learned})
            self.mix, self.head = nn.TransformerEncoderLayer(8, 2, 8, dropout=0.0, batch_first=True), nn.Linear(8, 3)

        def forward(self, x):
            {joined}
            return {returned}

    model, x = Viewed(), torch.randn(4, 6, 8)
    print(round(F.{loss}(model(x), {target}).item(), 4))
"""
JOINED = "x = torch.cat([self.first.expand(x.size(0), -1, -1), x], dim=1)"
NAMED = "front = self.first.repeat(x.shape[0], 1, 1)\n            x = torch.cat((front, x), 1)"
PARTS = {
    "learned": "torch.zeros(1, 1, 8)",
    "joined": JOINED,
    "returned": "self.head(self.mix(x))",
    "loss": "binary_cross_entropy_with_logits",
    "target": "torch.ones(4, 3)",
}


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"joined": NAMED},
        {"learned": "torch.randn(1, 1, 8) * 0.02"},
        {"loss": "cross_entropy", "target": "torch.tensor([0, 2, 1, 1])"},
    ],
)
def test_its_place_is_taken(parts):
    found = mended(VIEWED.format(**{**PARTS, **parts}))
    assert found.output == printed(VIEWED.format(**{**PARTS, **parts, "returned": "self.head(self.mix(x)[:, 0])"}))
    assert not found.doubts


@pytest.mark.parametrize(
    "parts",
    [
        {"joined": "x = torch.cat([x, self.first.expand(x.size(0), -1, -1)], dim=1)"},
        {"joined": "x = x + self.first"},
    ],
)
def test_where_none_stands_in_front_nothing_is_taken_surely(parts):
    found = mended(VIEWED.format(**{**PARTS, **parts}), most=1)
    assert found.doubts or not any("[:, 0]" in text for text in found.changed)
