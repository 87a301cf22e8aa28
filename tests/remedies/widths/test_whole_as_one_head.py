"""A width that is taken apart into heads, and is told whole for each of them."""

import pytest
from mended import mended, printed

ATTENTION = """
    class Attention(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads, self.part, self.width = heads, {part}, width
            self.query = nn.Linear(width, width)
            self.out = nn.Linear(self.width, 2)

        def forward(self, x):
            q = self.query(x).view({sizes}).transpose(1, 2)
            mixed = (q @ q.mT / self.part**0.5).softmax(-1) @ q
            return self.out(mixed.transpose(1, 2).flatten(2))

    print(Attention(12, 3)(torch.randn(5, 7, 12)).sum().item())
"""
SIZES = "x.size(0), x.size(1), self.heads, self.part"


@pytest.mark.parametrize(
    ("part", "sizes", "changed"),
    [
        ("width", SIZES, "self.heads, self.part, self.width = heads, width // heads, width"),
        ("width", "x.size(0), -1, self.heads, self.part", "self.heads, self.part, self.width = heads, width // heads"),
        ("width // heads", "x.size(0), -1, self.heads, self.width", "self.heads, self.width // self.heads)"),
    ],
)
def test_it_is_divided_by_the_number_of_heads(part: str, sizes: str, changed: str) -> None:
    found = mended(ATTENTION.format(part=part, sizes=sizes), most=1)
    assert found.output == printed(ATTENTION.format(part="width // heads", sizes=SIZES))
    assert changed in found.changed[0]
    assert found.diagnoses[0].slug == "whole_width_for_each_head"
    assert not found.doubts


def test_what_is_not_divided_by_that_is_left() -> None:
    found = mended(ATTENTION.format(part="width", sizes="x.size(0), x.size(1), 5, self.part"), most=1)
    assert not any("//" in line for line in found.changed)
