"""Divergences from the standard normal distribution, written out, beside the sample that a model draws."""

from __future__ import annotations

import pytest
from programs import VAE, audited, slugs

SLUG = "divergence_of_normal"
HALF, MEAN = "(logvar / 2).exp()", "return F.mse_loss(decoded, target) + 0.01 * {term}"


def vae(term: str, deviation: str = HALF, loss: str = MEAN) -> str:
    return VAE.replace(HALF, deviation).replace(MEAN, loss).replace("{term}", term)


def test_the_deviation_in_the_place_of_the_variance():
    ((slug, lines),) = audited(vae("(mean ** 2 + torch.exp(0.5 * logvar) - 1 - logvar).sum(1).mean()"))
    assert slug == SLUG
    assert lines == [
        "    return F.mse_loss(decoded, target) + 0.01 * "
        "(mean ** 2 + torch.exp(0.5 * logvar) ** 2 - 1 - logvar).sum(1).mean()\n"
    ]


def test_the_sample_takes_the_logarithm_as_it_is():
    ((slug, lines),) = audited(vae("kl.mean()", "logvar"))
    assert slug == SLUG
    assert lines == [
        "        return self.decoder(mean + torch.randn_like(mean) * (0.5 * logvar).exp()), mean, logvar\n"
    ]


@pytest.mark.parametrize(
    ("term", "deviation", "loss", "is_wrong"),
    [
        # The logarithm of the deviation, weighed as that of the variance.
        ("0.5 * (mean ** 2 + logvar.exp() ** 2 - 1 - logvar).sum()", "logvar.exp()", MEAN, True),
        ("parts.sum(1).mean()", HALF, MEAN, True),
        ("kl.sum()", HALF, MEAN.replace("+", "-"), True),
        ("kl.mean()", HALF, MEAN, False),
        ("(mean ** 2 + logvar ** 2).mean()", "logvar", MEAN, False),
        ("0.5 * (mean ** 2 + logvar.exp() ** 2 - 1 - 2 * logvar).sum()", "logvar.exp()", MEAN, False),
        ("kl.sum(1).mean()", HALF, MEAN.replace("{term}", "({term} - 50).abs()"), False),
        # A prior of another width, a bound below, and a weight on one of the parts.
        ("(mean ** 2 / 4 + logvar.exp() / 4 - logvar).mean()", HALF, MEAN, False),
        ("kl.mean(0).clamp(min=0.1).sum()", HALF, MEAN, False),
        ("(mean ** 2 * 3 + logvar.exp() - 1 - logvar).mean()", HALF, MEAN, False),
        # A prior that is almost as wide as the standard one, and an entropy that is weighed.
        ("((mean ** 2 + logvar.exp()) / 0.9 - 1 - logvar + -0.105361).mean()", HALF, MEAN, False),
        ("(mean ** 2 + logvar.exp() - 1 - 0.7 * logvar).mean()", HALF, MEAN, False),
    ],
)
def test_formulas(term, deviation, loss, is_wrong):
    assert slugs(vae(term, deviation, loss)) == [SLUG] * is_wrong


RISES = """
encoder, decoder = nn.Linear(6, 8), nn.Linear(4, 6)
optimizer = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], 0.01{rises})
for _ in range(3):
    x = torch.randn(5, 6)
    mean, logvar = encoder(x).chunk(2, dim=1)
    decoded = decoder(mean + torch.randn_like(mean) * (logvar / 2).exp())
    bound = -F.mse_loss(decoded, x) - 0.5 * (mean ** 2 + logvar.exp() - 1 - logvar).sum(1).mean()
    optimizer.zero_grad()
    bound.backward({begins})
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("rises", "begins", "is_wrong"),
    [("", "", True), (", maximize=True", "", False), ("", "torch.tensor(-1.0)", False)],
)
def test_a_bound_that_is_to_rise(rises, begins, is_wrong):
    assert (SLUG in slugs(RISES.format(rises=rises, begins=begins), "")) == is_wrong
