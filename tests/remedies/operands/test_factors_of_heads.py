"""A number for each head beside a table of steps by steps."""

import pytest
from mended import mended, printed

ALIBI = """
    def bias(heads, steps):
        slopes = 2.0 ** -torch.arange(1, heads + 1)
        at = torch.arange(steps)
        gaps = (at[None, :] - at[:, None]).float()
        return {line}

    q, k = torch.randn({sizes}), torch.randn({sizes})
    scores = {scores} + bias(4, 9)
    print(scores.shape, round(scores.sum().item(), 3))
"""
SCORES = "q @ k.transpose(-2, -1)"


@pytest.mark.parametrize(("line", "right"), [("slopes * {}", "slopes[:, None, None] * {}"), ("{} * slopes", None)])
def test_heads_lie_in_front_of_their_tables(line, right):
    parts = {"sizes": "2, 4, 9, 6", "scores": SCORES}
    found = mended(ALIBI.format(line=line.format("gaps"), **parts))
    assert found.output == printed(ALIBI.format(line=(right or "slopes[:, None, None] * {}").format("gaps"), **parts))
    assert not found.doubts


@pytest.mark.parametrize(
    ("sizes", "scores"),
    [
        # Other heads, other steps, and no heads at all.
        ("2, 5, 9, 6", SCORES),
        ("2, 4, 8, 6", SCORES),
        ("4, 9, 6", SCORES),
    ],
)
def test_without_so_many_heads_nothing_is_put_in_front(sizes, scores):
    found = mended(ALIBI.format(line="slopes * gaps", sizes=sizes, scores=scores), most=1)
    assert not any("None, None" in fix.title for fix in found.diagnoses[0].fixes)
