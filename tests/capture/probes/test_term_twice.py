"""Two terms of a loss that are one and the same, and terms that only look so."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Pairs(nn.Module):
    def __init__(self):
        super().__init__()
        self.images, self.texts, self.drop = nn.Linear(6, 4), nn.Linear(6, 4), nn.Dropout(0.3)

    def forward(self, x):
        return self.images(self.drop(x)), self.texts(self.drop(x.flip(1)))


def criterion(out, y):
    a, b = out
    p, q = a.log_softmax(1), b.log_softmax(1)
    scores = a @ b.T
    {loss}


model = Pairs()
batches = [(x, torch.arange(5)) for x in torch.randn(2, 5, 6)]
"""
KL = "F.kl_div({}, {}, log_target=True, reduction='sum')"
SLUG = "term_twice"


@pytest.mark.parametrize(
    ("loss", "mended"),
    [
        (
            f"return {KL.format('p', 'q')} + {KL.format('p', 'q')}",
            [f"    return {KL.format('p', 'q')} + {KL.format('q', 'p')}\n"],
        ),
        ("return (F.cross_entropy(scores, y) + F.cross_entropy(scores, y)) / 2", []),
        (
            "rows = F.cross_entropy(a @ b.T, y)\n    columns = F.cross_entropy(a @ b.T, y)\n    return rows + columns",
            [],
        ),
        ("return 0.5 * F.cross_entropy(scores, y) + 0.5 * F.cross_entropy(scores, y)", []),
    ],
)
def test_a_term_that_is_written_twice(loss, mended):
    assert (SLUG, mended) in audited(PROGRAM.format(loss=loss))


@pytest.mark.parametrize(
    "loss",
    [
        f"return {KL.format('p', 'q')} + {KL.format('q', 'p')}",
        "return F.cross_entropy(scores, y) + F.cross_entropy(scores.T, y)",
        "return F.cross_entropy(scores, y) - F.cross_entropy(scores, y).detach() + F.cross_entropy(scores.T, y)",
        # Other numbers are left out each time.
        "return F.cross_entropy(F.dropout(scores), y) + F.cross_entropy(F.dropout(scores), y)",
        "a, b = (F.scaled_dot_product_attention(scores, scores, scores, dropout_p=0.3) for _ in range(2))\n"
        "    return F.cross_entropy(a, y) + F.cross_entropy(b, y)",
        # Labels of two samples that were mixed, or not.
        "other, lam = y, 1.0\n    return lam * F.cross_entropy(scores, y) + (1 - lam) * F.cross_entropy(scores, other)",
        "return sum(F.cross_entropy(scores, y) for _ in range(2))",
        "return F.cross_entropy(scores, y) + F.cross_entropy(scores, y, label_smoothing=0.1)",
    ],
)
def test_terms_of_two_sides(loss):
    assert SLUG not in slugs(PROGRAM.format(loss=loss))
