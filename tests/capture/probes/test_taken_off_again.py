"""Sums that add a tensor and take it off again, and sums that only look so."""

from __future__ import annotations

import pytest
from programs import VAE, slugs

PROGRAM = """
class Coded(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.book, self.decoder = nn.Linear(6, 4), nn.Embedding(9, 4), nn.Linear(4, 6)

    def forward(self, x):
        z = self.encoder(x)
        q = self.book(torch.cdist(z, self.book.weight).argmin(dim=1))
        {body}
        return self.decoder(code)


model = Coded()
criterion = nn.MSELoss()
batches = [(x, x) for x in torch.randn(2, 5, 6)]
"""
SLUG = "taken_off_again"


@pytest.mark.parametrize(
    "body",
    ["code = z + q - z", "code = z + (q - z)", "code = -z + q + z", "code = torch.add(z, q) - z", "code = (q - z) + z"],
)
def test_what_is_added_and_taken_off(body):
    assert slugs(PROGRAM.format(body=body)) == [SLUG]


def test_a_divergence_of_which_a_term_lost_its_function():
    term = "(-0.5 * (1 + logvar - mean.pow(2) - logvar)).mean()"
    assert SLUG in slugs(VAE.replace("{term}", term))


@pytest.mark.parametrize(
    "body",
    [
        "code = z + (q - z).detach()",
        "code = z + q - z.detach()",
        "code = z + 0.5 * (q - z)",
        # A difference that is taken behind the sum is another thing: how far it has moved.
        "code = z + q\n        moved = code - z\n        code = moved",
        "code = z + q - self.encoder(x.flip(0))",
    ],
)
def test_a_gradient_that_is_left_and_what_is_written_apart(body):
    assert SLUG not in slugs(PROGRAM.format(body=body))
