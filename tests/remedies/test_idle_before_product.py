"""A layer that nobody calls stands before a product whose left factor has another width."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Tied(nn.Module):
        def __init__(self, words, small, wide):
            super().__init__()
            self.table, self.up = nn.Embedding(words, small), nn.Linear(small, wide)
            self.down, self.other = nn.Linear(wide, small), nn.Linear({other})

        def forward(self, ids):
            x = torch.tanh(self.up(self.table(ids)))
            return {product}

    print(round(Tied(20, 4, 7)(torch.arange(15).view(3, 5)).sum().item(), 4))
"""


@pytest.mark.parametrize("product", ["{} @ self.table.weight.t()", "torch.matmul({}, self.table.weight.T)"])
def test_it_makes_the_factor_narrow(product):
    found = mended(PROGRAM.format(product=product.format("x"), other="small, small"))
    assert found.output == printed(PROGRAM.format(product=product.format("self.down(x)"), other="small, small"))
    assert not found.doubts


def test_two_such_layers_leave_a_doubt():
    assert mended(PROGRAM.format(product="x @ self.table.weight.t()", other="wide, small"), most=1).doubts
