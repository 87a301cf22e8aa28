"""Errors and a divergence of which one is averaged over the batch and the other is summed up."""

from __future__ import annotations

import pytest
from programs import VAE, audited, slugs

SUMMED = "-0.5 * (1 + logvar - mean.pow(2) - logvar.exp()).sum()"
PROGRAM = VAE.replace("F.mse_loss(decoded, target) + 0.01 * {term}", "{loss}")


def program(loss):
    return PROGRAM.format(loss=loss)


@pytest.mark.parametrize(
    "loss",
    [
        f"F.mse_loss(decoded, target) + {SUMMED}",
        "(decoded - target).square().mean() + kl.sum()",
        "(kl.sum() + F.smooth_l1_loss(decoded, target)) / len(target)",
        "F.binary_cross_entropy_with_logits(decoded, target.sigmoid(), reduction='mean') + torch.sum(kl)",
    ],
)
def test_an_average_beside_a_sum(loss):
    assert slugs(program(loss)) == ["averaged_beside_summed"]


@pytest.mark.parametrize(
    "loss",
    [
        f"F.mse_loss(decoded, target, reduction='sum') + {SUMMED}",
        "F.mse_loss(decoded, target) + kl.mean()",
        "F.mse_loss(decoded, target) + kl.sum(1).mean()",
        # It was given a weight.
        "F.mse_loss(decoded, target) + 1e-3 * kl.sum()",
        "(decoded - target).square().sum(1).mean() + kl.sum() / len(target)",
    ],
)
def test_both_alike_or_weighed(loss):
    assert slugs(program(loss)) == []


def test_what_is_rebuilt_is_summed_up_too():
    ((_, lines),) = audited(program("F.mse_loss(decoded, target) + kl.sum()"))
    assert lines == ['    return F.mse_loss(decoded, target, reduction="sum") + kl.sum()\n']


def test_weights_that_are_drawn_have_no_samples():
    drawn = """
mean, logvar = (nn.Parameter(torch.zeros(8, 5) - at) for at in (0, 4))
optimizer = torch.optim.SGD([mean, logvar], 0.01)
for _ in range(2):
    x = torch.randn(8, 5)
    kl = -0.5 * (1 + logvar - mean.pow(2) - logvar.exp())
    out = F.linear(x, mean + torch.randn_like(mean) * (logvar / 2).exp())
    loss = F.mse_loss(out, x[:, :1].expand_as(out)) + kl.sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
    assert "averaged_beside_summed" not in slugs(drawn, "")
