"""Noise beside a divergence or a density of the same numbers: as wide as that says, or as its square or its root."""

from __future__ import annotations

import pytest
from programs import audited, slugs

BODY = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.both, self.decoder = nn.Linear(7, 6), nn.Linear(3, 7)

    def forward(self, x):
        mean, raw = self.both(x).chunk(2, dim=1)
        noise = torch.randn_like(mean)
        {sample}
        return self.decoder(z), z, mean, raw


def criterion(out, target):
    decoded, z, mean, raw = out
    {term}
    return F.mse_loss(decoded, target.expand_as(decoded)) + 0.1 * term.mean()


model = Model()
batches = [(x, x) for x in torch.randn(3, 5, 7)]
"""
OF_VARIANCE = "term = -0.5 * (1 + raw - mean.pow(2) - raw.exp()).sum(1)"
OF_DEVIATION = "term = 0.5 * (mean ** 2 + (2 * raw).exp() - 1) - raw"
DENSITY = "term = -0.5 * ((z - mean) ** 2 / raw.exp() + raw).sum(1)"
SOFTPLUS = "v = F.softplus(raw); term = v + mean ** 2 - 1 - v.log()"


@pytest.mark.parametrize(
    ("sample", "term", "is_told"),
    [
        ("z = mean + noise * raw.exp()", OF_VARIANCE, True),
        ("z = mean + noise * (0.5 * raw).exp()", OF_VARIANCE, False),
        ("std = raw.exp(); z = noise.mul(std).add_(mean)", OF_VARIANCE, True),
        ("std = raw.exp().sqrt(); z = noise.mul(std).add_(mean)", OF_VARIANCE, False),
        ("z = torch.addcmul(mean, noise, raw.exp())", OF_VARIANCE, True),
        ("z = mean + noise * (-0.5 * raw).exp()", OF_VARIANCE, True),
        ("z = mean + noise * raw.exp()", OF_DEVIATION, False),
        ("z = mean + (raw / 2).exp() * noise", OF_DEVIATION, True),
        ("z = mean + noise * raw.exp()", DENSITY, True),
        ("z = mean + noise * (raw / 2).exp()", DENSITY, False),
        ("z = mean + noise * F.softplus(raw)", SOFTPLUS, True),
        ("z = mean + noise * F.softplus(raw).sqrt()", SOFTPLUS, False),
        # Several samples of each mean.
        ("z = mean.unsqueeze(0) + torch.randn(4, 5, 3) * raw.exp().unsqueeze(0)", OF_VARIANCE, True),
        ("z = mean + torch.randn(4, *mean.shape) * raw.exp()", DENSITY.replace("sum(1)", "sum(-1)"), True),
        ("z = mean + torch.randn(4, *mean.shape) * (raw / 2).exp()", DENSITY.replace("sum(1)", "sum(-1)"), False),
        # What the loss asks of them is nothing that is known.
        ("z = mean + noise * raw.exp()", "term = (mean.square() - raw).abs()", False),
        ("z = mean + 0.1 * noise", OF_VARIANCE, False),
    ],
)
def test_noise_is_as_wide_as_the_loss_says(sample, term, is_told):
    assert slugs(BODY.format(sample=sample, term=term)) == ["noise_of_other_width"] * is_told


def test_the_width_goes_through_a_root():
    ((_, lines),) = audited(BODY.format(sample="z = mean + noise * raw.exp()", term=OF_VARIANCE))
    assert lines == ["        z = mean + noise * raw.exp().sqrt()\n"]
