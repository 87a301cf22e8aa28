"""Heads of keys that are to be repeated for those of the queries."""

import pytest
from mended import mended, printed

ATTENTION = """
    class Attention(nn.Module):
        def __init__(self, d, heads, fewer):
            super().__init__()
            self.h, self.few, self.part = heads, fewer, d // heads
            self.q, self.k = nn.Linear(d, d), nn.Linear(d, fewer * self.part)

        def forward(self, x):
            b, t, d = x.shape
            q = self.q(x).view(b, t, self.h, self.part).transpose(1, 2)
            k = self.k(x).view(b, t, self.few, self.part).transpose(1, 2)
            k = {line}
            return {scores}

    y = Attention(24, 6, {fewer})(torch.randn(2, 5, 24))
    print(y.shape, round((y ** 2).sum().item(), 3))
"""
SCORES = "(q @ k.transpose(-2, -1)).softmax(-1)"


@pytest.mark.parametrize("axis", ["2", "-2", "3", "-1"])
@pytest.mark.parametrize(
    "line", ["k.repeat_interleave(self.h // self.few, dim={})", "torch.repeat_interleave(k, 3, {})"]
)
def test_heads_are_repeated_along_their_own_axis(line, axis):
    found = mended(ATTENTION.format(line=line.format(axis), scores=SCORES, fewer=2))
    assert found.output == printed(ATTENTION.format(line=line.format(1), scores=SCORES, fewer=2))
    assert not found.doubts


@pytest.mark.parametrize(
    ("line", "fewer"),
    [
        # The samples were repeated, and not so often as there are heads.
        ("k.repeat_interleave(3, dim=0)", 2),
        ("k.repeat_interleave(7, dim=2)", 2),
        ("k.repeat_interleave(3, dim=2)", 4),
    ],
)
def test_other_repeats_are_not_sure(line, fewer):
    found = mended(ATTENTION.format(line=line, scores=SCORES, fewer=fewer), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if "dim" in fix.title or "axis" in fix.title)
