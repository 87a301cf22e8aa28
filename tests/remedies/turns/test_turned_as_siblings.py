"""One of several tensors that are made alike is turned as the others are."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Attend(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads = heads
            self.q = nn.Linear(width, width)
            self.k = nn.Linear(width, width)
            self.v = nn.Linear(width, width)

        def forward(self, x):
            n, t, _ = x.shape
            q = self.q(x).view(n, t, self.heads, -1){q}
            k = self.k(x).view(n, t, self.heads, -1){k}
            v = self.v(x).view(n, t, self.heads, -1){v}
            return (q @ k.transpose(-2, -1)).softmax(-1) @ v


    print(round(Attend(8, 2)(torch.randn(5, 7, 8)).sum().item(), 3))
"""


@pytest.mark.parametrize("turn", [".transpose(1, 2)", ".permute(0, 2, 1, 3)"])
@pytest.mark.parametrize("odd", ["q", "k", "v"])
def test_the_odd_one_is_turned(turn, odd):
    turns = dict.fromkeys("qkv", turn)
    found = mended(PROGRAM.format(**{**turns, odd: ""}))
    assert found.output == printed(PROGRAM.format(**turns))
    assert not found.doubts


def test_where_another_is_not_turned_either_nothing_is_odd():
    program = PROGRAM.format(q=".transpose(1, 2)", k="", v="")
    titles = [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]
    assert "self.k(x).view(n, t, self.heads, -1).transpose(1, 2)" not in titles
