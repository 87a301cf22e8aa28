"""Maps that are turned back behind a norm, and were not turned in front of it."""

import pytest
from mended import mended, printed

BLOCK = """
    class Block(nn.Module):
        def __init__(self, dim):
            super().__init__()
            self.first = nn.Conv{count}d(dim, dim, 3, padding=1)
            self.norm, self.wide = nn.LayerNorm(dim), nn.Linear(dim, {out})

        def forward(self, x):
            y = self.first(x)
            y = self.norm(y{there})
            {rest}

    y = Block(6)(torch.randn({sizes}))
    print(y.shape, round(y.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("count", "sizes", "back", "there"),
    [
        (2, "2, 6, 9, 11", "y.permute(0, 3, 1, 2)", ".permute(0, 2, 3, 1)"),
        (2, "2, 6, 9, 11", "y.permute((0, 3, 1, 2))", ".permute(0, 2, 3, 1)"),
        (1, "2, 6, 9", "y.transpose(1, 2)", ".transpose(1, 2)"),
        (1, "2, 6, 9", "y.permute(0, 2, 1)", ".transpose(1, 2)"),
    ],
)
def test_a_way_back_wants_the_way_there(count, sizes, back, there):
    text = BLOCK.replace("{rest}", f"y = self.wide(y)\n            return x + {back}")
    found = mended(text.format(count=count, out="dim", sizes=sizes, there=""))
    assert found.output == printed(text.format(count=count, out="dim", sizes=sizes, there=there))
    assert not found.doubts


def test_without_a_way_back_the_layer_goes_there_and_back():
    text = BLOCK.replace("{rest}", "return x + y")
    found = mended(text.format(count=1, out=4, sizes="2, 6, 9", there=""), most=1)
    assert found.changed == ["y = self.norm(y.transpose(1, 2)).transpose(1, 2)"]


@pytest.mark.parametrize("scores", ["y @ y.transpose(1, 2)", "torch.bmm(y, y.transpose(1, 2))"])
def test_keys_that_are_turned_for_their_scores_are_no_way_back(scores):
    text = BLOCK.replace("{rest}", f"return {scores}")
    found = mended(text.format(count=1, out=4, sizes="2, 6, 9", there=""), most=1)
    assert found.changed == ["y = self.norm(y.transpose(1, 2)).transpose(1, 2)"]
