"""Next-step models whose steps lie behind the channels, as convolutions have them."""

from __future__ import annotations

import pytest
from programs import slugs

PLAIN = """
def weight(*sizes):
    return (torch.randn(*sizes) * 0.3).requires_grad_()


first, second = weight(6, 4, 1), [weight(6, 6, 3) for _ in range(2)]
last = weight(4, 6, 1)
optimizer = torch.optim.SGD([first, last, *second], 0.01)
for _ in range(2):
    rolls = {data}
    h = F.conv1d(rolls[..., :-1], first)
    for d, w in zip((1, 2), second):
        h = h + torch.tanh({layer})
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
ROLLS = "torch.rand(5, 4, 12).round()"
WAVES = "torch.sin(torch.rand(5, 4, 1) * torch.arange(12))"
LIKELY = "F.binary_cross_entropy_with_logits(F.conv1d(h, last), rolls[..., 1:])"
BOTH, FRONT = "F.conv1d(h, w, dilation=d, padding=d)", "F.conv1d(F.pad(h, (2 * d, 0)), w, dilation=d)"


@pytest.mark.parametrize(
    ("data", "loss"),
    [(ROLLS, LIKELY), (WAVES, "F.mse_loss(F.conv1d(h, last), rolls[..., 1:])")],
)
def test_a_convolution_that_looks_ahead(data, loss):
    assert slugs(PLAIN.format(data=data, layer=BOTH, loss=loss), "") == ["future_seen_by_convolution"]
    assert slugs(PLAIN.format(data=data, layer=FRONT, loss=loss), "") == []


@pytest.mark.parametrize("asked", ["rolls[..., :-1]", "rolls[..., 1:].flip(2)"])
def test_what_is_not_the_next_step(asked):
    loss = f"F.mse_loss(F.conv1d(h, last), {asked})"
    assert slugs(PLAIN.format(data=WAVES, layer=BOTH, loss=loss), "") == []
