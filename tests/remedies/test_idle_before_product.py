"""A layer that nobody calls stands before a product whose left factor has another width, or before a loss."""

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
    found = mended(PROGRAM.format(product="x @ self.table.weight.t()", other="wide, small"), most=1)
    assert found.changed == ["return self.down(x) @ self.table.weight.t()"]
    assert found.doubts == ["another layer that nobody calls leads there as well"]


@pytest.mark.parametrize(
    ("made", "product"),
    [
        # The keys as wide as the queries: their axes were to be exchanged.
        ("nn.Linear(6, 7)", "self.query(x) @ self.key(x)"),
        # A weight a step: its axes were to be exchanged.
        ("nn.Linear(1, 7)", "torch.bmm(self.score(x).softmax(1), x)"),
    ],
)
def test_axes_that_may_have_to_be_exchanged_leave_a_doubt(made, product):
    program = f"""
        class Attention(nn.Module):
            def __init__(self):
                super().__init__()
                self.query, self.key, self.score = nn.Linear(5, 6), nn.Linear(5, 6), nn.Linear(5, 1)
                self.idle = {made}

            def forward(self, x):
                return {product}

        print(Attention()(torch.randn(2, 7, 5)).shape)
    """
    found = mended(program, most=1)
    assert "self.idle(" in found.text
    assert found.doubts


def test_a_layer_that_leads_back_may_be_for_the_other_factor():
    made = "small, wide"
    found = mended(PROGRAM.format(product="x @ self.table.weight.t()", other=made), most=1)
    assert found.changed == ["return self.down(x) @ self.table.weight.t()"]
    assert found.doubts == ["another layer that nobody calls leads there as well"]


SCORED = """
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, {made}

        def forward(self, x):
            h = torch.relu(self.body(x))
            return h

    model = Words()
    scores = model(torch.randn(4, 5))
    print(round(F.cross_entropy({scores}, torch.tensor([3, 8, 7, 1])).item(), 4))
"""


@pytest.mark.parametrize(
    ("made", "is_sure"),
    [
        ("self.head = nn.Linear(5, 6), nn.Linear(6, 9)", True),
        ("self.more, self.head = nn.Linear(5, 6), nn.Linear(6, 20), nn.Linear(6, 9)", False),
    ],
)
def test_the_narrowest_head_that_has_all_labels_stands_before_a_loss(made, is_sure):
    found = mended(SCORED.format(made=made, scores="scores"))
    assert found.output == printed(SCORED.format(made=made, scores="model.head(scores)"))
    assert found.changed == ["return self.head(h)"]
    assert bool(found.doubts) is not is_sure
