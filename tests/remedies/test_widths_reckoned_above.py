"""A width that the constructor has reckoned itself, for a layer that was told the parameter it began with."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Attention(nn.Module):
        def __init__(self, dim, heads, each):
            super().__init__()
            {above}
            self.heads, self.qkv = heads, nn.Linear(dim, 3 * heads * each)
            self.out = nn.Linear({told}, dim)

        def forward(self, x):
            q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in self.qkv(x).chunk(3, -1))
            mixed = (q @ k.transpose(-1, -2)).softmax(-1) @ v
            return self.out(mixed.transpose(1, 2).flatten(2))

    y = Attention(10, 3, 4)(torch.randn(2, 7, 10))
    print(y.shape, round(y.sum().item(), 4))
"""


@pytest.mark.parametrize("above", ["inner = heads * each", "self.scale, inner = each**-0.5, each * heads"])
def test_the_product_that_has_a_name_is_the_width(above):
    found = mended(PROGRAM.format(above=above, told="dim"), most=1)
    assert found.output == printed(PROGRAM.format(above=above, told="inner"))
    assert not found.doubts


@pytest.mark.parametrize(
    "above",
    [
        "inner = heads * each; inner = inner + 1",
        "inner = heads * each; wide = each * heads",
        "inner = heads + each",
        "inner = 12",
    ],
)
def test_another_name_is_not_read(above):
    found = mended(PROGRAM.format(above=above, told="dim"), most=1)
    titles = [fix.title for each in found.diagnoses for fix in each.fixes]
    assert not any("inner" in title or "wide" in title for title in titles)


def test_a_name_that_comes_later_is_not_read():
    program = PROGRAM.format(above="pass", told="dim")
    program = program.replace("self.out = nn.Linear(dim, dim)", "self.out = nn.Linear(dim, dim); inner = heads * each")
    found = mended(program, most=1)
    assert not any("inner" in fix.title for each in found.diagnoses for fix in each.fixes)
