"""Scores with an axis of one behind them that are scattered by an index without it."""

import pytest
from mended import mended, printed

COPY = """
    class Copy(nn.Module):
        def __init__(self, wide, words):
            super().__init__()
            self.gen, self.gate, self.score = nn.Linear(wide, words), nn.Linear(wide, 1), nn.Linear(wide, 1)

        def forward(self, h, enc, src):
            attn = self.score(enc * h.unsqueeze(1)){squeezed}.softmax(1)
            p = torch.sigmoid(self.gate(h))
            return {line}

    y = Copy(6, 20)(torch.randn(3, 6), torch.randn(3, 7, 6), torch.randint(0, 20, (3, 7)))
    print(y.shape, round((y ** 2).sum().item(), 3))
"""
WORDS = "(p * self.gen(h).softmax(1))"


@pytest.mark.parametrize(
    "line",
    [
        f"{WORDS}.scatter_add(1, src, attn)",
        f"{WORDS}.scatter_add(1, src, (1 - p) * attn)",
        f"torch.scatter_add({WORDS}, 1, src, attn * p)",
    ],
)
def test_what_is_scattered_lies_as_its_index(line):
    found = mended(COPY.format(squeezed="", line=line))
    assert found.output == printed(COPY.format(squeezed=".squeeze(2)", line=line))
    assert not found.doubts


def test_a_product_that_is_not_scattered_is_left():
    found = mended(COPY.format(squeezed="", line="((1 - p) * attn).sum(1)"), most=1)
    assert not any("squeeze(2)" in fix.title and "unsqueeze" not in fix.title for fix in found.diagnoses[0].fixes)


def test_another_number_of_steps_is_left():
    line = f"{WORDS}.scatter_add(1, src[:, 2:], (1 - p) * attn)"
    found = mended(COPY.format(squeezed="", line=line), most=1)
    assert not any(fix.title == "attn.squeeze(2)" for fix in found.diagnoses[0].fixes)
