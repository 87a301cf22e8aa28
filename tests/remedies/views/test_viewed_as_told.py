"""Rows that a layer gives as squares, viewed by another size than that of their sides."""

import pytest
from mended import mended, printed

BIAS = """
    class Turn(nn.Module):
        def __init__(self, inputs, side):
            super().__init__()
            self.side = side
            self.fc = nn.Linear(inputs, {product})
            with torch.no_grad():
                nn.init.eye_(self.fc.bias.view({view}))

        def forward(self, x):
            return self.fc(x).view(-1, self.side, self.side)

    print(Turn(7, 4)(torch.randn(5, 7)).sum().item())
"""
OUTPUT = """
    class Turn(nn.Module):
        def __init__(self, k, width):
            super().__init__()
            self.k, self.width = k, width
            self.fc = nn.Linear(width, {product})

        def forward(self, x):
            return self.fc(x).view({view}).det()

    print(Turn(3, 10)(torch.randn(5, 10)).sum().item())
"""


@pytest.mark.parametrize(
    ("text", "product", "wrong", "right"),
    [
        (BIAS, "side ** 2", "inputs, -1", "side, -1"),
        (BIAS, "side * side", "-1, inputs", "-1, side"),
        (BIAS, "self.side ** 2", "inputs, inputs", "self.side, self.side"),
        (OUTPUT, "k ** 2", "-1, self.width, self.width", "-1, self.k, self.k"),
        (OUTPUT, "k * k", "-1, self.width, self.width", "-1, self.k, self.k"),
    ],
)
def test_by_their_sides(text, product, wrong, right):
    text = text.replace("{product}", product)
    found = mended(text.replace("{view}", wrong))
    assert not found.doubts
    assert found.output == printed(text.replace("{view}", right))


def test_the_layer_may_be_wrong_where_nothing_else_is_of_that_side():
    text = """
    def squares(x, k, width):
        fc = nn.Linear(width, k * k)
        return fc(x).view(-1, width, width)

    print(squares(torch.randn(5, 10), 3, 10).sum().item())
    """
    found = mended(text, most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if "-> k" in fix.title)


def test_what_no_square_was_made_for_stays():
    text = BIAS.replace("{product}", "side * 3").replace("{view}", "inputs, -1").replace(", self.side)", ", 3)")
    found = mended(text, most=1)
    assert not any("inputs -> side" in fix.title for fix in found.diagnoses[0].fixes)
